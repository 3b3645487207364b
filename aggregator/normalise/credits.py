"""Credit lines: where a post says that it was taken from somewhere else."""

from __future__ import annotations

import re

STRONG = (
    r"(?i:met\s+dank\s+aan|eerder\s+(?:verschenen|gepubliceerd)\s+(?:op|in|bij)|"
    r"dit\s+(?:artikel|bericht)\s+verscheen\s+(?:eerst|eerder)\s+(?:op|in|bij)|"
    r"originally\s+(?:published|appeared)\s+(?:at|on|in)|first\s+(?:published|appeared)\s+(?:at|on|in)|with\s+thanks\s+to)"
    r"\s*:?"
)
WEAK = r"(?i:bron|source|via)\s*:"
NAMED = r"\s+(?P<named>(?:https?://)?[^\s,;()<>]+(?:\s+[A-Z][^\s,;()<>]*){0,4})"
CREDIT = re.compile(rf"\b(?=(?i:[bdefmosvw]))(?:{STRONG}|{WEAK}){NAMED}")  # a look at the first letter rules most out
HOST = re.compile(r"^(?:https?://)?((?:[\w-]+\.)+[a-z]{2,})(?:[/?#]\S*)?$", re.IGNORECASE)
PARTS = ("dank", "eerder", "verscheen", "publ", "appeared", "thank")
"""One of them, case folded, is in all that STRONG finds; none has an i, of which there are several in Unicode."""
LAST_PART = 300
"""Characters at the end (and as many at the start) in which a credit line stands."""


def credits_of(text: str) -> tuple[str, ...]:
    """The hosts or names that the credit lines of a post's text name, in order."""
    ends = text if len(text) <= 2 * LAST_PART else f"{text[:LAST_PART]} … {text[-LAST_PART:]}"
    folded = ends.casefold()
    if ":" not in ends and not any(part in folded for part in PARTS):
        return ()
    found = []
    for line in CREDIT.finditer(ends):
        named = line["named"].strip(" .,:;!?\"'”")
        host = HOST.match(named.split()[0]) if named else None
        if host:
            found.append(host[1].casefold())
        elif named and named[0].isupper():
            found.append(named)
    return tuple(dict.fromkeys(found))
