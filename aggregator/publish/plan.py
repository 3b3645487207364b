"""What is to lie under out/, file by file: each is made when its turn comes, and only when what it tells changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator.publish.files import PACKED, lacks_twin, packed, remove, stamp, write_if_changed, write_twin
from aggregator.store.publishing import Filed

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future


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

    A file is left alone, unmade, when nothing changed that it tells and it lies there as it was left. A file is packed
    while the next one is made: zlib takes as long, and leaves Python to others meanwhile.
    """
    from concurrent.futures import ThreadPoolExecutor

    done: list[Done] = []
    planned = set()
    with ThreadPoolExecutor(max_workers=1) as packer:
        for file in plan:
            planned.add(file.path)
            known, place = before.get(file.path), out / file.path
            if known is not None and not file.changed and known.key == file.key and known.stamp == stamp(place):
                continue
            content = file.make()
            finish(done)
            done.append(begun(file, place, content, packer))
        finish(done)
    gone = tuple(sorted(before.keys() - planned))
    for path in gone:
        remove(out / path)
    return brought(done, before, gone)


@dataclass(slots=True)
class Done:
    """One file of the plan that was made, and what became of it."""

    file: File
    place: Path
    warnings: tuple[str, ...]
    digest: str
    replaced: tuple[str, ...]
    """The endings of what was replaced: '' for the file itself, '.gz' for its packed copy."""
    packing: Future[bytes] | None
    stamp: str = ""


def begun(file: File, place: Path, content: Content, packer: Executor) -> Done:
    """The file written, and its packed copy begun where it lacks one."""
    changed = write_if_changed(place, content.body, content.modified)
    packing = packer.submit(packed, content.body) if lacks_twin(place, content.body, changed=changed) else None
    digest = blake2b(content.body, digest_size=16).hexdigest()
    return Done(file, place, content.warnings, digest, ("",) if changed else (), packing)


def finish(done: Sequence[Done]) -> None:
    """Write the packed copy of the last file, before anything that leads to it."""
    if done:
        last = done[-1]
        if last.packing is not None and write_twin(last.place, last.packing.result()):
            last.replaced += (PACKED,)
        last.packing, last.stamp = None, stamp(last.place)


def brought(done: Sequence[Done], before: Mapping[str, Filed], gone: tuple[str, ...]) -> Brought:
    """What was done, where `before` was published."""
    filed = {one.file.path: Filed(one.file.key, one.digest, one.stamp) for one in done}
    news = [one.file.path for one in done if one.file.topic and told_by(before, one.file.path) != one.digest]
    return Brought(
        written=tuple(one.file.path + ending for one in done for ending in one.replaced),
        warnings=tuple(dict.fromkeys(warning for one in done for warning in one.warnings)),
        files={path: found for path, found in filed.items() if found != before.get(path)},
        gone=gone,
        news=tuple(news),
    )


def told_by(before: Mapping[str, Filed], path: str) -> str | None:
    return before[path].digest if path in before else None
