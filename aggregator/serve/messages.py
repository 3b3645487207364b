"""What is asked and what is answered, as values: a handler is a function from one to the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import BinaryIO
from urllib.parse import parse_qsl


@dataclass(frozen=True, slots=True)
class Request:
    """One request, whole: its body has been read. A HEAD comes as the GET it stands for."""

    method: str
    path: str
    """As sent, percent-encoded, without the query; begins with a slash."""
    query: str = ""
    """As sent, without the question mark; `fields` reads it."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """By name in lower case; repeated ones joined by a comma."""
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Response:
    """One answer. The server adds Date, Content-Length and the security headers that it does not state itself."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    """By name in lower case."""
    body: bytes | BinaryIO = b""
    """An open file, which the server closes, comes with a content-length of its own."""


def fields(form: str | bytes) -> dict[str, str]:
    """The fields of a query or of an urlencoded body; of a repeated one the first. At most 50, the rest is dropped."""
    text = form if isinstance(form, str) else form.decode("utf-8", "replace")
    found: dict[str, str] = {}
    for name, value in parse_qsl("&".join(text.split("&", 50)[:50]), keep_blank_values=True, errors="replace"):
        found.setdefault(name, value)
    return found
