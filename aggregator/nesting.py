"""Bounds the nesting of markup, before tools that are quadratic or recursive in it see it. Knows no room."""

from __future__ import annotations

import re

DEEPEST = 250
"""Levels: no page that people read needs more."""
TAG = re.compile(r"<(/?)([A-Za-z][\w:-]*)[^<>]*?(/?)>")
CLOSED_OR_OPENED = re.compile(r"<(?:/([A-Za-z][\w:-]*)[^<>/]*>|([A-Za-z][\w:-]*))")
UNNESTED = frozenset(
    "area base br col embed hr img input link meta param source track wbr "
    "p li dt dd tr td th thead tbody tfoot option optgroup colgroup rt rp".split()
)
"""Elements without content, or whose end tag may be left out: they do not nest in themselves."""


def bounded(text: str, deepest: int = DEEPEST) -> str:
    """`text` without the tags that nest deeper than `deepest` levels; what they hold stays."""
    return without_deepest(text, deepest) if may_be_deep(text, deepest) else text


def may_be_deep(text: str, deepest: int) -> bool:
    """Whether elements may nest so deep: told by their names, at a fifth of the cost of reading the tags as well.

    What may open an element counts as if it did, and only what surely closes one as if it did.
    """
    if text.count("<") < deepest:
        return False
    depth = 0
    for closing, opening in CLOSED_OR_OPENED.findall(text):
        if (closing or opening).lower() not in UNNESTED:
            depth = depth + 1 if opening else max(0, depth - 1)
            if depth >= deepest:
                return True
    return False


def without_deepest(text: str, deepest: int) -> str:
    depth, kept, position = 0, [], 0
    for tag in TAG.finditer(text):
        if tag[3] or tag[2].lower() in UNNESTED:
            continue
        too_deep = depth > deepest if tag[1] else depth >= deepest
        depth = max(0, depth - 1) if tag[1] else depth + 1
        if too_deep:
            kept.append(text[position : tag.start()])
            position = tag.end()
    return "".join([*kept, text[position:]])
