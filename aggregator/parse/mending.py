"""Mending UTF-8 that software broke: one byte in a whole document, a wrong label, or what was encoded twice."""

from __future__ import annotations

import codecs
import re

PROLOG = re.compile(rb"""^(\s*<\?xml\s[^>]*?encoding\s*=\s*["'])([\w.:-]+)""")
TWICE = ("Ã", "â€")
"""How letters with an accent, and quotation marks, begin that were encoded twice."""
WINDOWS = codecs.charmap_build(
    "".join(bytes([code]).decode("windows-1252", "ignore") or chr(code) for code in range(256))
)
"""windows-1252 as browsers have it: what it leaves undefined stands for itself."""
LEADS = (b"\xc2", b"\xc3")
"""With which most letters of two bytes begin."""


def says_utf8(body: bytes) -> bool:
    """Whether an XML document is in UTF-8, by what it says itself."""
    return label_of(body) == b"utf-8"


def label_of(body: bytes) -> bytes:
    prolog = PROLOG.match(body)
    return prolog[2].lower() if prolog else b"utf-8"


def well_labelled(body: bytes) -> bytes:
    """An XML document in UTF-8 that says it is in another encoding, or was encoded twice, as it was meant."""
    label = label_of(body)
    if body.isascii() or not (label == b"utf-8" or label.startswith((b"iso-8859-", b"windows-125"))):
        return body
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return body
    body = body if label == b"utf-8" else PROLOG.sub(rb"\1utf-8", body, count=1)
    return decoded_once(body) if any(mark in text for mark in TWICE) else body


def decoded_once(body: bytes) -> bytes:
    """What was encoded twice, decoded; the same bytes where not all of it was."""
    try:
        once, _ = codecs.charmap_encode(body.decode(), "strict", WINDOWS)
        once.decode()
    except UnicodeError:
        return body
    return once


def nearly_utf8(body: bytes) -> str | None:
    """The text of UTF-8 in which some bytes are broken; None where they are more than the letters that are whole.

    An excerpt that was cut in the midst of a letter is no reason to read all other letters wrongly.
    """
    replaced = body.decode("utf-8", "replace")
    broken = replaced.count("\ufffd")
    letters = len(replaced) - len(replaced.encode("ascii", "ignore"))
    return body.decode("utf-8", MENDED) if letters - broken >= broken else None


def mended(error: UnicodeError) -> tuple[str, int]:
    """A byte that is a letter by itself in windows-1252; nothing of what was cut off."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    found = error.object[error.start : error.end]
    return "" if len(found) > 1 or found in LEADS else found.decode("windows-1252", "ignore"), error.end


MENDED = "aggregator.mended"
codecs.register_error(MENDED, mended)
