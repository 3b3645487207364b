"""The language of a post: what is declared, else what a detector is sure of."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

ENOUGH = 100
"""Characters: a detector guesses on less."""
READ = 4000
"""Characters that it reads at most."""
UNDETERMINED = "und"
CODES = {"iw": "he", "jw": "jv"}
"""The detector's codes that are no longer in use, as BCP 47 has them."""
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
    return detected(text[:READ]) if len(text) >= ENOUGH else UNDETERMINED


def detected(text: str) -> str:
    """The language that most of the text is in, where the detector is sure of it; else `und`."""
    import pycld2

    try:
        sure, _, languages = pycld2.detect(text, isPlainText=True)
    except (pycld2.error, UnicodeError):  # it takes no control characters, nor halves of a surrogate pair
        return UNDETERMINED
    code = str(languages[0][1])
    return tag_of(CODES.get(code, code)) or UNDETERMINED if sure and code != "un" else UNDETERMINED


@lru_cache(maxsize=1_000)
def tag_of(declared: str | None) -> str | None:
    """A declared language as a tag in the usual case (nl-NL); None when it is no tag."""
    text = (declared or "").strip().replace("_", "-")
    text = NAMES.get(text.casefold(), text)
    if not TAG.match(text) or text.casefold() in ("und", "c", "en-us-posix"):
        return None
    first, *rest = text.split("-")
    return "-".join([first.lower(), *(part.upper() if len(part) == 2 else part for part in rest)])
