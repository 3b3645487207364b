"""What is to lie under out/, file by file: each is made when its turn comes, and only when what it tells changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from pathlib import Path

from aggregator.publish.files import remove, stamp, write_with_twin
from aggregator.store.publishing import Filed


@dataclass(frozen=True, slots=True)
class Content:
    """What a file holds, when the newest of it was updated, and what could not be told, a sentence each."""

    body: bytes
    modified: datetime
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class File:
    """One file of the plan."""

    path: str
    """Under out/, with slashes."""
    make: Callable[[], Content]
    """Called when the file has to be made; its content is dropped when it is written."""
    key: str = ""
    """Of all that decides the content besides what is stored: another key, and the file is made anew."""
    changed: bool = True
    """Whether what is stored of it changed since it was published last, as far as is known beforehand."""
    topic: bool = False
    """A feed whose news a hub passes on."""


@dataclass(frozen=True, slots=True)
class Brought:
    """What carrying out a plan did."""

    written: tuple[str, ...]
    """The paths that were replaced."""
    warnings: tuple[str, ...]
    files: Mapping[str, Filed]
    """What is to be remembered, of the files that were made."""
    gone: tuple[str, ...]
    """The paths that are published no more."""
    news: tuple[str, ...]
    """The topics that say something else than when they were remembered last."""


def key_of(*parts: object) -> str:
    """A short text that differs when one of `parts` does."""
    return blake2b(repr(parts).encode("utf-8", "replace"), digest_size=12).hexdigest()


def bring(out: Path, plan: Iterable[File], before: Mapping[str, Filed]) -> Brought:
    """Bring `out` in line with `plan`, where `before` was published: in its order, one file at a time.

    A file is left alone, unmade, when nothing changed that it tells and it lies there as it was left.
    """
    written: list[str] = []
    warnings: list[str] = []
    news: list[str] = []
    files: dict[str, Filed] = {}
    planned = set()
    for file in plan:
        planned.add(file.path)
        known, place = before.get(file.path), out / file.path
        if known is not None and not file.changed and known.key == file.key and known.stamp == stamp(place):
            continue
        content = file.make()
        written += [file.path + ending for ending in write_with_twin(place, content.body, content.modified)]
        warnings += content.warnings
        filed = Filed(file.key, blake2b(content.body, digest_size=16).hexdigest(), stamp(place))
        if filed != known:
            files[file.path] = filed
        if file.topic and (known is None or known.digest != filed.digest):
            news.append(file.path)
    gone = tuple(sorted(before.keys() - planned))
    for path in gone:
        remove(out / path)
    return Brought(tuple(written), tuple(dict.fromkeys(warnings)), files, gone, tuple(news))
