"""Markdown as HTML: CommonMark, and what blogs and notebooks write beside it."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline

WIKI_LINK = re.compile(r"(?P<shown>!)?\[\[(?P<name>[^\[\]|\n]+)(?:\|(?P<words>[^\[\]|\n]+))?\]\](?![(\[:])")
"""Of Obsidian and its like; `[[1]](address)` is a link in brackets."""
PICTURE = re.compile(r"\.(?:png|jpe?g|gif|webp|svg|avif)\s*$", re.IGNORECASE)


def markdown(text: str) -> str:
    """CommonMark with tables, strike-through, footnotes and the links of wikis, as HTML."""
    return str(reader().render(text))


@cache
def reader() -> MarkdownIt:
    from markdown_it import MarkdownIt
    from mdit_py_plugins.footnote import footnote_plugin

    made = MarkdownIt("commonmark", {"html": True, "maxNesting": 50}).enable(["table", "strikethrough"])
    made.use(footnote_plugin).inline.ruler.before("link", "wiki_link", wiki_link)
    return made


def wiki_link(state: StateInline, silent: bool) -> bool:
    """`[[Note|words]]` as its words, `![[picture.png]]` as the picture: nothing tells where a note is published."""
    found = WIKI_LINK.match(state.src, state.pos)
    if found is None:
        return False
    if not silent:
        if found["shown"] and PICTURE.search(found["name"]):
            token = state.push("image", "img", 0)
            token.attrs = {"src": found["name"].strip().replace(" ", "%20"), "alt": ""}
            token.children = []
        else:
            state.push("text", "", 0).content = (found["words"] or found["name"]).strip()
    state.pos = found.end()
    return True
