"""The editor's Markdown as HTML that any mail shows: paragraphs, emphasis, links and lists; no HTML, no images."""

from __future__ import annotations

import re

NESTING = 8
"""Deeper lists and emphasis stay text: mjml-python crashes on deep nesting."""
KEPT = ["paragraph", "list", "newline", "escape", "link", "autolink", "emphasis", "entity", "balance_pairs"]
NEW_LINE = re.compile(r"(?: {2,}|\\)\n\s*|\n(?=\s*(?:[-+*]|\d{1,9}[.)])\s)")
"""A hard break, or what stands before an item of a list."""
WEB = re.compile(r"^(https?://|mailto:)", re.I)


def as_html(text: str) -> str:
    """`text` as well-formed HTML; what is no Markdown of the kinds above is shown as it was typed."""
    from markdown_it import MarkdownIt

    reader = MarkdownIt("zero", {"html": False, "xhtmlOut": True, "maxNesting": NESTING, "breaks": False})
    reader.enable(KEPT)
    reader.validateLink = lambda url: bool(WEB.match(url))  # type: ignore[method-assign]  # as its documentation says
    return str(reader.render(text))


def as_text(text: str) -> list[str]:
    """The paragraphs of `text` for the mail's text part: links with their address, emphasis without its marks.

    Items of a list, and what stands after a hard break, have lines of their own.
    """
    linked = re.sub(r"\[([^\]]+)\]\((\S+?)\)", r"\1 (\2)", text)
    bare = re.sub(r"(?<!\w)(\*\*|\*|__|_)(?=\S)(.+?)(?<=\S)\1(?!\w)", r"\2", linked)
    parts = [part.strip() for part in re.split(r"\n\s*\n", bare) if part.strip()]
    return ["\n".join(re.sub(r"\n\s*", " ", line) for line in NEW_LINE.split(part)) for part in parts]
