"""Telling an excerpt from a whole post: what decides whether the article page is read as well."""

from __future__ import annotations

import html
import re

MARKUP = re.compile(r"<[^<>]*>")
APPEARED = re.compile(
    r"(?:Het bericht|Le post|The post|Der Beitrag)\b.{0,400}?\b"
    r"(?:verscheen eerst op|appeared first on|erschien zuerst)\b.{0,200}\W*$",
    re.IGNORECASE,
)
FIRST_ELSEWHERE = ("verscheen eerst op", "appeared f", "en zuerst")
"""A part of what APPEARED finds, case folded, without the i, of which there are several in Unicode."""
CUT = re.compile(
    r"(?=[….lvrc])(?:(?:…|\.\.\.)\s*\]?|"
    r"(?:lees\s+(?:verder|meer|het hele (?:bericht|artikel))|verder lezen|"
    r"read\s+(?:more|on|the (?:rest|full))|continue reading)"
    r"[^.]{0,80})\W*$",
    re.IGNORECASE,
)
TAIL = 1000
"""Characters at the end of a text, in which all lies that the patterns find."""
CUT_BELOW = 150
"""Words: a longer text is not taken for cut, however it ends."""
SHORT = 400
"""Characters: a description shorter than this is taken for an excerpt, a content element is not."""


def looks_cut(markup: str, *, has_own_element: bool) -> bool:
    """Whether this HTML is only the beginning of its post.

    `has_own_element` says that it stood in an element meant for whole posts (content:encoded, atom:content), which is
    believed unless it ends like an excerpt.
    """
    text = " ".join(html.unescape(MARKUP.sub(" ", markup)).split())
    tail = text[-TAIL:].casefold()
    body = text
    if any(part in tail for part in FIRST_ELSEWHERE):
        body = (text[:-TAIL] + APPEARED.sub("", text[-TAIL:])).strip()
    if len(body.split(None, CUT_BELOW)) < CUT_BELOW and CUT.search(body[-TAIL:]):
        return True
    return not has_own_element and len(body) < SHORT


def words_in(markup: str) -> int:
    """How many words the HTML shows."""
    return len(html.unescape(MARKUP.sub(" ", markup)).split())
