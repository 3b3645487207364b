"""The excerpt that lists and mails show of a post."""

from __future__ import annotations

import re

from aggregator.model import RawPost
from aggregator.normalise.html import Cleaned, clean_html
from aggregator.normalise.text import excerpt_of, text_of

ASIDE = re.compile(r"<figcaption\b.*?</figcaption>|<a [^<>]*#noot-[^<>]*>[^<>]*</a>", re.DOTALL)
"""Captions of pictures, and the numbers of footnotes."""
CUT_OFF = re.compile(r"\s*(?:\[\s*(?:…|\.\.\.)\s*\]|…|\.\.\.)\s*$")
"""How software marks that it cut an excerpt short."""
LEAD = 600
"""Characters at the beginning of a post, in which the words lie that software makes an excerpt of."""
FEWEST = 40
"""Characters: a shorter summary says too little."""


def excerpt_for(raw: RawPost, base: str, cleaned: Cleaned) -> str:
    """The summary its author wrote, when it is one; else the beginning of the text, without what is beside it."""
    text = cleaned.text
    if "<figcaption" in (begin := cleaned.html[: 5 * LEAD]) or "#noot-" in begin:
        text = without_asides(cleaned.html) or text
    if raw.summary and raw.content and raw.summary != raw.content:
        summary = clean_html(raw.summary, base, whole=False).text
        whole = CUT_OFF.sub("", summary)
        begins = whole[:60].rstrip("…. ").casefold()
        searched = len(begins) if whole == summary else LEAD
        if len(summary) >= FEWEST and begins not in text[:searched].casefold():
            return excerpt_of(summary)
    return excerpt_of(text)


def without_asides(markup: str) -> str:
    """The words of sanitised HTML but for what is beside the text; of a long post its beginning, longer than LEAD."""
    begin = ASIDE.sub("", markup[: max(0, markup.rfind("</p>", 0, 5 * LEAD))])
    if "<figcaption" not in begin and len(words := text_of(begin)) > LEAD:
        return words
    return text_of(ASIDE.sub("", markup))
