"""Header lines of a mail, folded. Knows nothing of issues.

Most lines are left to the standard library. Three are not: it takes an address longer than a line for words and
encodes them (RFC 2047), and a List-Unsubscribe that is encoded unsubscribes nobody.
"""

from __future__ import annotations

import re
from email.header import Header
from email.headerregistry import Address
from email.policy import SMTP
from typing import Any
from urllib.parse import quote

from aggregator.store.addresses import on_the_wire

LONGEST_LINE = 78
POLICY = SMTP.clone(max_line_length=LONGEST_LINE)
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def header(name: str, value: Any) -> str:
    """One header as the standard library folds it, line end included. Raises ValueError for a value with a line end."""
    parsed: Any = POLICY.header_store_parse(name, inert(value) if isinstance(value, str) else value)[1]
    return str(parsed.fold(policy=POLICY))


def inert(text: str) -> str:
    """`text` in which nothing is an encoded word (RFC 2047).

    The standard library decodes those that a title holds, and folds their line ends into the mail as they are: whoever
    writes a title would write headers (https://github.com/python/cpython/issues/121650).
    """
    return text.replace("=?", "= ?")


def verbatim(name: str, *values: str) -> str:
    """One header, each of its values kept together on a line, which is the next one where it is long.

    Raises ValueError as above.
    """
    if any(CONTROL.search(value) for value in values):
        raise ValueError(f"{name} cannot hold a control character")
    fits = len(name) + 2 + len(values[0]) < LONGEST_LINE
    return f"{name}:{' ' if fits else f'{chr(13)}{chr(10)} '}" + ",\r\n ".join(values) + "\r\n"


def list_id(title: str, identifier: str) -> str:
    """List-Id (RFC 2919): a name for people, and the identifier in angle brackets."""
    title, identifier = inert(title), identifier.strip("<> ")
    if title.isascii():
        phrase = '"' + re.sub(r'(["\\])', r"\\\1", title) + '"'
    else:
        phrase = Header(title, "utf-8", maxlinelen=70, header_name="List-Id").encode(linesep="\r\n")
    if CONTROL.search(title + identifier):
        raise ValueError("List-Id cannot hold a control character")
    last = phrase.rpartition("\r\n")[2]
    fits = len("List-Id: ") + len(last) + len(identifier) + 3 <= LONGEST_LINE
    return f"List-Id: {phrase}{' ' if fits else f'{chr(13)}{chr(10)} '}<{identifier}>\r\n"


def mailbox(name: str, address: str) -> Address:
    """An address with the name shown beside it. Raises ValueError for what is no address."""
    return Address(display_name=inert(name), addr_spec=on_the_wire(address))


def uri(address: str) -> str:
    """`address` in the ASCII that a header may hold; what is encoded already stays as it is."""
    return quote(address, safe="%:/?#[]@!$&'()*+,;=~-._")
