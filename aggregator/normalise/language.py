"""The language of a post: what is declared, else what a detector is sure of."""

from __future__ import annotations

import re
from collections.abc import Iterable

ENOUGH = 100
"""Characters: a detector guesses on less."""
TAG = re.compile(r"^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$")
NAMES = {
    "dutch": "nl",
    "nederlands": "nl",
    "english": "en",
    "engels": "en",
    "german": "de",
    "deutsch": "de",
    "french": "fr",
}


def language_of(declared: Iterable[str | None], text: str) -> str:
    """A BCP 47 tag: the first that is declared and is one, else the detected language, else `und`."""
    for tag in declared:
        cleaned = tag_of(tag)
        if cleaned:
            return cleaned
    if len(text) < ENOUGH:
        return "und"
    from py3langid.langid import classify

    return str(classify(text[:4000])[0])


def tag_of(declared: str | None) -> str | None:
    """A declared language as a tag in the usual case (nl-NL); None when it is no tag."""
    text = (declared or "").strip().replace("_", "-")
    text = NAMES.get(text.casefold(), text)
    if not TAG.match(text) or text.casefold() in ("und", "c", "en-us-posix"):
        return None
    first, *rest = text.split("-")
    return "-".join([first.lower(), *(part.upper() if len(part) == 2 else part for part in rest)])
