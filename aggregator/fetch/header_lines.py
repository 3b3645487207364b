"""The headers of a request as lines for libcurl: none that ends early, and none that it would add."""

from __future__ import annotations

import re

import httpx

NAME = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
SEEN = rb"[^\x00-\x20\x7f]"
LINE = re.compile(NAME + rb": (?:" + SEEN + rb"(?:[^\x00-\x08\x0a-\x1f\x7f]*" + SEEN + rb")?)?")
"""A header as it may be sent (RFC 9110, 5.5): no end of a line within it, no blanks around its value."""
NOT_ASKED_FOR = (b"accept", b"user-agent", b"expect")
"""What libcurl would add of its own accord."""


def lines_of(headers: list[tuple[bytes, bytes]]) -> list[bytes]:
    """The headers as curl wants to be told them, no others added. Raises httpx.LocalProtocolError."""
    lines = [b"%b: %b" % header for header in headers]
    for line, (name, _) in zip(lines, headers, strict=True):
        if not LINE.fullmatch(line):  # what it says may be a secret
            raise httpx.LocalProtocolError(f"{name!r} is no header that may be sent, or says what none may say")
    sent = {name.lower() for name, _ in headers}
    told = [line if line[-2:] != b": " else line[:-2] + b";" for line in lines]  # so it spells one without a value
    return told + [b"%b:" % name for name in NOT_ASKED_FOR if name not in sent]
