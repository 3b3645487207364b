"""Carrying out a plan: what changed is made, a few files at a time, and written in the order of the plan."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator.publish.files import packed, put_with_twin, remove, stamp, sync
from aggregator.publish.plan import Content, File
from aggregator.store.publishing import Filed
from aggregator.templating import TemplateMistakeError

if TYPE_CHECKING:
    from concurrent.futures import Future

AHEAD, BYTES_AHEAD = 12, 8_000_000
"""Files that may wait to be packed and written, with what they hold in memory."""
IN_THE_MAKING = 6
"""Files that may be made elsewhere at a time."""
UNMADE = Filed("not made", "", "not made")
"""What is remembered of a file that could not be made: it lies as no file lies, so that it is made next time."""


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
    stale: tuple[str, ...]
    """The paths that could not be made, for mistakes in templates; what lay there still does."""


def bring(out: Path, plan: Iterable[File], before: Mapping[str, Filed]) -> Brought:
    """Bring `out` in line with `plan`, where `before` was published: in its order, one file at a time.

    A file is left alone, unmade, when nothing changed that it tells and it lies there as it was left. Files are packed
    in one thread and written in another while those that follow are made: zlib and the disk take as long, and leave
    Python to others meanwhile. A few may be in the making elsewhere; they have their turn all the same.
    """
    from concurrent.futures import ThreadPoolExecutor

    waiting: deque[Waiting] = deque()
    done: list[Done] = []
    planned = set[str]()
    mistakes = dict[str, str]()
    last: Future[Done] | None = None
    with ThreadPoolExecutor(max_workers=1) as packer, ThreadPoolExecutor(max_workers=1) as writer:
        for file, content in made(wanted(out, plan, before, planned), mistakes):
            packing = packer.submit(packed, content.body)
            last = writer.submit(written, file, out / file.path, content, packing, last)
            waiting.append(Waiting(last, len(content.body)))
            while len(waiting) > AHEAD or sum(one.size for one in waiting) > BYTES_AHEAD:
                done.append(waiting.popleft().writing.result())
        done += [one.writing.result() for one in waiting]
    if last is not None and (folder := last.result().to_be_synced) is not None:
        sync(folder)
    gone = tuple(sorted(before.keys() - planned))
    for path in gone:
        remove(out / path)
    return brought(done, before, gone, mistakes)


def wanted(out: Path, plan: Iterable[File], before: Mapping[str, Filed], planned: set[str]) -> Iterator[File]:
    """The files of the plan that are to be made; the paths of all are added to `planned`."""
    for file in plan:
        planned.add(file.path)
        known = before.get(file.path)
        if known is None or file.changed or known.key != file.key or known.stamp != stamp(out / file.path):
            yield file


def made(files: Iterable[File], mistakes: dict[str, str]) -> Iterator[tuple[File, Content]]:
    """Each file with its content, in order; a few are in the making while others are begun.

    Of one whose template has a mistake, that is added to `mistakes`, by path, and the others are made all the same.
    """
    making: deque[tuple[File, Content | Callable[[], Content]]] = deque()
    for file in files:
        with noting(mistakes, file):
            making.append((file, file.make()))
        while len(making) > IN_THE_MAKING or (making and isinstance(making[0][1], Content)):
            yield from finished(*making.popleft(), mistakes)
    while making:
        yield from finished(*making.popleft(), mistakes)


def finished(
    file: File, making: Content | Callable[[], Content], mistakes: dict[str, str]
) -> Iterator[tuple[File, Content]]:
    with noting(mistakes, file):
        yield file, making if isinstance(making, Content) else making()


@contextmanager
def noting(mistakes: dict[str, str], file: File) -> Iterator[None]:
    try:
        yield
    except TemplateMistakeError as mistake:
        mistakes[file.path] = str(mistake)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file that waits to be written."""

    writing: Future[Done]
    size: int
    """Bytes that it holds in memory."""


@dataclass(frozen=True, slots=True)
class Done:
    """A file of the plan that lies in its place."""

    file: File
    warnings: tuple[str, ...]
    replaced: tuple[str, ...]
    """The endings of what was replaced: '' for the file itself, '.gz' for its packed copy."""
    filed: Filed
    to_be_synced: Path | None
    """The folder of which what was renamed last may not have reached the disk."""


def written(file: File, place: Path, content: Content, packing: Future[bytes], last: Future[Done] | None) -> Done:
    """Write a file, unless the `last` before it could not be written. Raises PublishError.

    What was written in another folder before is on the disk by then: the archive, before the feeds that lead to it.
    """
    folder = last.result().to_be_synced if last is not None else None
    if folder is not None and folder != place.parent:
        sync(folder)
        folder = None
    replaced = put_with_twin(place, content.body, content.modified, packing.result)
    digest = blake2b(content.body, digest_size=16).hexdigest() if file.topic else ""
    filed = Filed(file.key, digest, stamp(place))
    return Done(file, content.warnings, replaced, filed, place.parent if replaced else folder)


def brought(
    done: Sequence[Done], before: Mapping[str, Filed], gone: tuple[str, ...], mistakes: Mapping[str, str]
) -> Brought:
    """What was done, where `before` was published."""
    warnings = [warning for one in done for warning in one.warnings]
    known = {one.file.path: before.get(one.file.path) for one in done}
    news = [one.file.path for one in done if one.file.topic and differ(known[one.file.path], one.filed)]
    return Brought(
        written=tuple(one.file.path + ending for one in done for ending in one.replaced),
        warnings=tuple(dict.fromkeys([*warnings, *mistakes.values()])),
        files={one.file.path: one.filed for one in done if one.filed != known[one.file.path]}
        | dict.fromkeys(mistakes, UNMADE),
        gone=gone,
        news=tuple(news),
        stale=tuple(mistakes),
    )


def differ(known: Filed | None, filed: Filed) -> bool:
    return known is None or known.digest != filed.digest
