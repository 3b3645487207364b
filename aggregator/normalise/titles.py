"""Titles as plain text: entities and markup gone, one line, without the blog's name behind them."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

from aggregator.normalise.text import fold

TAG = re.compile(
    r"</?(?:a|abbr|b|bdi|bdo|big|br|cite|code|del|dfn|div|em|font|h[1-6]|i|img|ins|kbd|mark|p|q|s|samp|small|span|"
    r"strike|strong|sub|sup|time|tt|u|var|wbr)(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
"""Elements that stand in titles; anything else between angle brackets is what the title is about."""
ENTITY = re.compile(r"&(?:#\d+|#x[0-9a-f]+|[a-z][a-z0-9]{1,30});", re.IGNORECASE)
LONGEST_MADE = 80
LONGEST = 500


def title_of(raw: str | None, names: Iterable[str | None]) -> str:
    """The title that `raw` holds, '' when it holds none; `names` are those the blog goes by."""
    text = raw or ""
    for _ in range(3):  # escaped once by the format, and often twice by the software
        if not ENTITY.search(text):
            break
        text = html.unescape(text)
    text = fold(TAG.sub(" ", text) if TAG.search(text) else text)
    for name in names:
        if name and len(name) >= 2:
            text = re.sub(rf"\s+[|–—·»-]\s+{re.escape(fold(name))}$", "", text) or text
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"


def made_title(text: str, link: str) -> str:
    """A title for a post that has none: the first words of its text, else its address."""
    if not text:
        return link
    if len(text) <= LONGEST_MADE:
        return text
    return text[:LONGEST_MADE].rsplit(None, 1)[0].rstrip(" ,;:.-–—") + "…"
