"""The editor's Markdown as HTML that any mail shows: paragraphs, emphasis, links and lists; no HTML, no images."""

from __future__ import annotations

import re

NESTING = 8
"""Deeper lists and emphasis stay text: mjml-python crashes on deep nesting."""
KEPT = ["paragraph", "list", "newline", "escape", "link", "autolink", "emphasis", "entity", "balance_pairs"]
WEB = re.compile(r"^(https?://|mailto:)", re.I)


def as_html(text: str) -> str:
    """`text` as well-formed HTML; what is no Markdown of the kinds above is shown as it was typed."""
    from markdown_it import MarkdownIt

    reader = MarkdownIt("zero", {"html": False, "xhtmlOut": True, "maxNesting": NESTING, "breaks": False})
    reader.enable(KEPT)
    reader.validateLink = lambda url: bool(WEB.match(url))  # type: ignore[method-assign]  # as its documentation says
    return str(reader.render(text))


def as_text(text: str) -> list[str]:
    """The paragraphs of `text` for the mail's text part: links with their address, emphasis without its marks."""
    linked = re.sub(r"\[([^\]]+)\]\((\S+?)\)", r"\1 (\2)", text)
    bare = re.sub(r"(?<!\w)(\*\*|\*|__|_)(?=\S)(.+?)(?<=\S)\1(?!\w)", r"\2", linked)
    return [part.strip() for part in re.split(r"\n\s*\n", bare) if part.strip()]
