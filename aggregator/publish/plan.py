"""What is to lie under out/, file by file: what each holds, and what decides whether it is to be made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from aggregator.model import Parameters, Result


def here(
    function: Callable[Parameters, Result], *arguments: Parameters.args, **named: Parameters.kwargs
) -> Callable[[], Result]:
    """Makes it in this process, at once."""
    made = function(*arguments, **named)
    return lambda: made


@dataclass(frozen=True, slots=True)
class Content:
    """What a file holds, when the newest of it was updated, and what could not be told, a sentence each."""

    body: bytes
    modified: datetime
    warnings: tuple[str, ...] = ()


def being_made(page: Callable[[], bytes], modified: datetime) -> Callable[[], Content]:
    """What waits for the content of a page that is made elsewhere."""
    return lambda: Content(page(), modified)


@dataclass(frozen=True, slots=True)
class File:
    """One file of the plan."""

    path: str
    """Under out/, with slashes."""
    make: Callable[[], Content | Callable[[], Content]]
    """Called when the file has to be made; its content, or what waits for it, is dropped when it is written."""
    key: str = ""
    """Of all that decides the content besides what is stored: another key, and the file is made anew."""
    changed: bool = True
    """Whether what is stored of it changed since it was published last, as far as is known beforehand."""
    topic: bool = False
    """A feed whose news a hub passes on."""


def key_of(*parts: object) -> str:
    """A short text that differs when one of `parts` does."""
    return blake2b(repr(parts).encode("utf-8", "replace"), digest_size=12).hexdigest()
