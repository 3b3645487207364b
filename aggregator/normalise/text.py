"""Plain text: folded, safe for XML, and cut at the end of a sentence."""

from __future__ import annotations

import html
import math
import re

CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]")
INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]")
BEYOND_LATIN = r"[^\s\x00-\u036f\u2000-\u206f]"
UNSEEN = re.compile(
    "[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]"
    f"|(?<!{BEYOND_LATIN})[\u200c\u200d]|[\u200c\u200d](?!{BEYOND_LATIN})"
)
"""INVISIBLE without the joiners that make one of several emoji, or spell words in Persian and in India."""
TURNING = re.compile("[\u202a-\u202e\u2066-\u2069\ufeff]")
HARMFUL = re.compile(f"{CONTROL.pattern[:-1]}{TURNING.pattern[1:]}")
VISIBLE = re.compile(rf"[^\s{CONTROL.pattern[1:-1]}{INVISIBLE.pattern[1:-1]}]")
MARKUP = re.compile(r"<[^<>]*>")
ABBREVIATIONS = (
    "bijv bv o.a d.w.z nl dhr mevr mr dr drs prof ir ing enz etc ca blz nr st jl a.u.b i.p.v m.b.t t.o.v t/m v.d "
    "e.g i.e vs mr mrs ms jr sr inc ltd no vol fig jan feb mrt apr jun jul aug sep sept okt nov dec"
).split()
SENTENCE_END = re.compile(r"[.!?…]+[\"'”’)\]]*(?=\s|$)")
LONGEST_EXCERPT = 280
WORDS_A_MINUTE = 265


def fold(text: str) -> str:
    """One line: white space of every kind as single spaces; nothing that XML forbids, nothing invisible."""
    plain = " ".join(text.split())
    if plain.isprintable():  # which nothing is that the two patterns find
        return plain
    return " ".join(UNSEEN.sub("", CONTROL.sub(" ", text)).split())


def shows(text: str | None) -> bool:
    """Whether folding leaves anything of the text: found at its first letter, where folding would go through it all."""
    return text is not None and VISIBLE.search(text) is not None


def harmless(text: str) -> str:
    """The same text without the characters that XML 1.0 forbids or that turn its direction; line ends as they are."""
    return text if text.isprintable() else HARMFUL.sub("", text)


def text_of(markup: str) -> str:
    """The words of sanitised HTML, folded; blocks are parted by a space."""
    return fold(html.unescape(MARKUP.sub(" ", INLINE.sub("", markup))))


WITHIN_WORDS = frozenset(
    "a abbr b bdi bdo cite code del dfn em i ins kbd mark q s samp small span strong sub sup time u var wbr".split()
)
INLINE = re.compile(rf"</?(?:{'|'.join(sorted(WITHIN_WORDS))})(?:\s[^<>]*)?>", re.IGNORECASE)


def excerpt_of(text: str, longest: int = LONGEST_EXCERPT) -> str:
    """The first sentences of `text`, at most `longest` characters; cut at a word, with …, where none ends in time."""
    if len(text) <= longest:
        return text
    end = 0
    for mark in SENTENCE_END.finditer(text[: longest + 1]):
        last_word = text[: mark.start()].rsplit(None, 1)[-1].casefold().lstrip("(\"'“‘")
        is_abbreviation = mark[0] == "." and (last_word in ABBREVIATIONS or len(last_word) == 1 or last_word.isdigit())
        if not is_abbreviation and mark.end() <= longest:
            end = mark.end()
    if end >= longest // 3:
        return text[:end]
    cut = text[: longest - 1].rsplit(None, 1)[0] if " " in text[: longest - 1] else text[: longest - 1]
    return cut.rstrip(" ,;:-–—.") + "…"


def reading_minutes(text: str) -> int:
    """Whole minutes for a folded text, rounded up, at 265 words a minute; 0 for no words."""
    return math.ceil((text.count(" ") + 1) / WORDS_A_MINUTE) if text else 0
