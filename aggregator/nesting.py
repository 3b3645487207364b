"""Bounds the nesting of markup, before tools that are quadratic or recursive in it see it. Knows no room."""

from __future__ import annotations

import re

DEEPEST = 250
"""Levels: no page that people read needs more."""
TAG = re.compile(r"<(/?)([A-Za-z][\w:-]*)[^<>]*?(/?)>")
UNNESTED = frozenset(
    "area base br col embed hr img input link meta param source track wbr "
    "p li dt dd tr td th thead tbody tfoot option optgroup colgroup rt rp".split()
)
"""Elements without content, or whose end tag may be left out: they do not nest in themselves."""


def bounded(text: str) -> str:
    """`text` without the tags that nest deeper than DEEPEST levels; what they hold stays."""
    if text.count("<") < DEEPEST:
        return text
    depth, kept, position = 0, [], 0
    for tag in TAG.finditer(text):
        if tag[3] or tag[2].lower() in UNNESTED:
            continue
        too_deep = depth > DEEPEST if tag[1] else depth >= DEEPEST
        depth = max(0, depth - 1) if tag[1] else depth + 1
        if too_deep:
            kept.append(text[position : tag.start()])
            position = tag.end()
    return "".join([*kept, text[position:]])
