"""The blocks of text that a page is made of: what stands on lines of its own, loose text made into paragraphs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

INLINE = frozenset(
    "a abbr acronym b bdi bdo big br cite code data del dfn em font i img ins kbd label mark nobr picture q rp rt ruby "
    "s samp small source span strike strong sub sup time tt u var wbr".split()
)
WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W\u3040-\u30ff\u3400-\u9fff]+")
"""Chinese and Japanese put no spaces between words: there each character counts."""
PROSE = 20
"""Words."""


def words_of(text: str) -> list[str]:
    return WORD.findall(text.casefold())


def is_block(node: HtmlElement) -> bool:
    """Whether an element stands on lines of its own: by its kind, or because of what it holds."""
    if not isinstance(node.tag, str):
        return False
    return node.tag not in INLINE or any(isinstance(one.tag, str) and one.tag not in INLINE for one in node.iter())


def text_blocks(root: HtmlElement) -> list[HtmlElement]:
    """The elements that hold text and no other block, in order; preformatted text and tables are one block each."""
    found = []
    waiting = [root]
    while waiting:
        node = waiting.pop()
        children = [child for child in node if is_block(child)]
        if children and not (node.tag in ("pre", "figcaption") or (node.tag == "table" and is_data(node))):
            waiting += reversed(children)
        elif node.text_content().strip():
            found.append(node)
    return found


def is_data(table: HtmlElement) -> bool:
    """Whether a table holds figures and short lines, not the layout of a page."""
    return all(len(words_of(cell.text_content())) < PROSE for cell in table.iter("td"))


def wrap_loose_text(root: HtmlElement) -> None:
    """Put text that stands between blocks, or between two line breaks in a row, in paragraphs of its own."""
    for line_break in root.iter("br"):
        line_break.tail = f"\n{line_break.tail or ''}"  # or the words on both sides of it are taken for one
    for node in [one for one in root.iter() if isinstance(one.tag, str) and is_block(one)]:
        if node.tag in ("pre", "table", "tbody", "thead", "tfoot", "tr", "ul", "ol", "dl"):
            continue
        children = list(node)
        if any(is_block(child) for child in children) or has_double_break(children):
            wrap_in(node, children)


def has_double_break(children: Sequence[HtmlElement]) -> bool:
    return any(one.tag == other.tag == "br" and not (one.tail or "").strip() for one, other in pairwise(children))


def wrap_in(node: HtmlElement, children: Sequence[HtmlElement]) -> None:
    """The content of `node`, its loose runs in paragraphs."""
    from lxml import html

    text, node.text = node.text or "", None
    for child in children:
        node.remove(child)
    run = html.Element("p")
    run.text = text

    def close() -> HtmlElement:
        if run.text_content().strip():
            node.append(run)
        else:
            for one in list(run):
                if one.tag != "br":
                    node.append(one)
        return html.Element("p")

    for at, child in enumerate(children):
        tail, child.tail = child.tail, None
        doubled = (
            child.tag == "br" and at + 1 < len(children) and children[at + 1].tag == "br" and not (tail or "").strip()
        )
        if isinstance(child.tag, str) and not is_block(child) and not doubled:
            child.tail = tail
            run.append(child)
            continue
        run = close()
        if not doubled and isinstance(child.tag, str):
            node.append(child)
        run.text = tail
    close()
