"""Titles as plain text: entities and markup gone, one line, without the blog's name behind them."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from aggregator.normalise.text import fold

ATTRIBUTES = r"(?:\s(?:[^<>\"']|\"[^\"]*\"|'[^']*')*|\s[^<>]*)?"
LINE_TAG = re.compile(
    rf"<!doctype[^<>]*>|</?(?:html|head|body|title|blink|br|center|div|embed|form|frame|frameset|h[1-6]|iframe|img|input|"
    rf"link|marquee|meta|object|p|svg){ATTRIBUTES}/?>",
    re.IGNORECASE,
)
WORD_TAG = re.compile(
    rf"</?(?:a|abbr|acronym|applet|b|bdi|bdo|big|cite|code|del|dfn|em|font|i|ins|kbd|mark|nobr|q|s|samp|small|span|"
    rf"strike|strong|sub|sup|time|tt|u|var|wbr){ATTRIBUTES}/?>",
    re.IGNORECASE,
)
"""Elements that stand in titles: those that part words, and those within one; anything else between angle brackets is
what the title is about."""
COMMENT = re.compile(r"<!--[^<>]*>|<!--.*\Z", re.DOTALL)
PAIR = re.compile(r"<(a|b|em|i|small|span|strong|sub|sup|u)(?:\s[^<>]*)?>(.{0,500}?)</\1>", re.IGNORECASE)
SCRIPT = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
CAPITALS_FROM = 3
"""Words in capitals from which on a title is taken to shout."""
ENTITY = re.compile(r"&(?:#\d+|#x[0-9a-f]+|[a-z][a-z0-9]{1,30});", re.IGNORECASE)
SHORT_FORM = re.compile(
    r"(?:[^AEIOUY\W]{2,5}|ICT|IT|AI|API|AVG|EU|HR|KI|OR|SLA|UX|UWV|CAO|BTW|ERP|FAQ|KPI|NPS|USA|VS|UK|ING|CEO|CIO|CFO|FIFA|NATO)$"
)
LONGEST_MADE = 80
LONGEST = 500
LONGEST_RAW = 5_000


def title_of(raw: str | None, names: Iterable[str | None]) -> str:
    """The title that `raw` holds, '' when it holds none; `names` are those the blog goes by."""
    text = (raw or "")[:LONGEST_RAW]
    text = fold(without_markup(text) if "<" in text or "&" in text else text)
    for name in names:
        if name and len(name) >= 2 and text.endswith(endings := endings_with(name)):
            text = text[: -len(endings[0])]
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"


def without_markup(text: str) -> str:
    """`text` without scripts and tags, and with what its entities stand for."""
    text = without_tags(SCRIPT.sub(" ", text))
    for _ in range(3):  # escaped once by the format, and often twice by the software
        if not ENTITY.search(text):
            break
        text = html.unescape(text)
    return PAIR.sub(r"\2", SCRIPT.sub(" ", text))


@lru_cache(maxsize=1_000)
def endings_with(name: str) -> tuple[str, ...]:
    """What stands behind the title of a post where the name of its blog does; all of one length."""
    return tuple(f" {mark} {fold(name)}" for mark in "|–—·»-")


def without_tags(text: str) -> str:
    """The text between the tags; `H<sub>2</sub>O` is one word."""
    return WORD_TAG.sub("", LINE_TAG.sub(" ", COMMENT.sub("", text)))


def made_title(text: str, link: str) -> str:
    """A title for a post that has none: the first words of its text, else its address."""
    if not text:
        return link
    if len(text) <= LONGEST_MADE:
        return text
    return text[:LONGEST_MADE].rsplit(None, 1)[0].rstrip(" ,;:.-–—") + "…"


def calmed(title: str, text: str) -> str:
    """A title in capitals as a sentence; each word is spelt as `text`, the post's own, spells it.

    A word that the text does not hold in small letters stays as it is when it looks like an abbreviation: short, or
    without a vowel. Any other title is given back unchanged.
    """
    if title != title.upper() or len([word for word in WORD.findall(title) if len(word) > 1]) < CAPITALS_FROM:
        return title
    spelt: dict[str, Counter[str]] = {}
    for found in WORD.finditer(text):
        begins = not text[max(0, found.start() - 20) : found.start()].rstrip(" \"'“‘(")[-1:].strip(".!?:…")
        if not begins and found[0] != found[0].upper():
            spelt.setdefault(found[0].casefold(), Counter())[found[0]] += 1

    def word_of(found: re.Match[str]) -> str:
        known = spelt.get(found[0].casefold())
        if known:
            return known.most_common(1)[0][0]
        return found[0] if SHORT_FORM.match(found[0]) else found[0].lower()

    calm = WORD.sub(word_of, title)
    return calm[:1].upper() + calm[1:]
