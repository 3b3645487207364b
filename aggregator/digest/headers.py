"""Header lines of a mail, folded. Knows nothing of issues.

Most lines are left to the standard library. Some are not: it takes an address longer than a line for words and
encodes them (RFC 2047), and a List-Unsubscribe that is encoded unsubscribes nobody. Words that are encoded it parts
without the space between them, or not at all, and mail servers refuse such a subject
(https://github.com/python/cpython/issues/144156).
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
    if CONTROL.search(title + identifier):
        raise ValueError("List-Id cannot hold a control character")
    quoted = '"' + re.sub(r'(["\\])', r"\\\1", title) + '"'
    return bracketed("List-Id", quoted if title.isascii() else encoded("List-Id", title), identifier)


def from_line(name: str, address: str) -> str:
    """From: the address, with the name shown beside it. Raises ValueError for what is no address."""
    known = Address(display_name=inert(name), addr_spec=on_the_wire(address))
    if name.isascii():
        return header("From", known)
    return bracketed("From", encoded("From", inert(name)), known.addr_spec)


def subject(text: str) -> str:
    """Subject. Raises ValueError for a control character."""
    if CONTROL.search(text):
        raise ValueError("Subject cannot hold a control character")
    return header("Subject", text) if text.isascii() else f"Subject: {encoded('Subject', inert(text))}\r\n"


def encoded(name: str, text: str) -> str:
    """`text` as encoded words, folded for the header `name`."""
    return Header(text, "utf-8", maxlinelen=70, header_name=name).encode(linesep="\r\n")


def bracketed(name: str, phrase: str, inside: str) -> str:
    """One header: a phrase, and in angle brackets what belongs to it, on the next line where it is long."""
    begun = f"{name}: {phrase}"
    fits = len(begun.rpartition("\r\n")[2]) + len(inside) + 3 <= LONGEST_LINE
    return f"{begun}{' ' if fits else f'{chr(13)}{chr(10)} '}<{inside}>\r\n"


def uri(address: str) -> str:
    """`address` in the ASCII that a header may hold; what is encoded already stays as it is."""
    return quote(address, safe="%:/?#[]@!$&'()*+,;=~-._")
