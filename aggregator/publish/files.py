"""The one place that writes under out/: whole files, by rename, and only when their bytes differ."""

from __future__ import annotations

import os
import stat
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

SUFFIX = ".part"
PACKED = ".gz"
LEVEL = 3
"""Of zlib-ng: it packs pages in half the time of its level 6, into 4 % more bytes."""
HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
"""Of a gzip file (RFC 1952) without a name, without a time, of an unknown system: the same wherever it is made."""
EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)
"""No file is older: some file systems and HTTP caches know no earlier time."""


class PublishError(Exception):
    """out/ cannot be written; what was there before still stands."""


def write_with_twin(path: Path, content: bytes, modified: datetime) -> tuple[str, ...]:
    """Replace `path` by `content`, and the packed copy beside it likewise, on the disk when it returns.

    As `put_with_twin` says.
    """
    replaced = put_with_twin(path, content, modified, lambda: packed(content))
    if replaced:
        sync(path.parent)
    return replaced


def put_with_twin(path: Path, content: bytes, modified: datetime, pack: Callable[[], bytes]) -> tuple[str, ...]:
    """Replace `path` by `content`, and the packed copy beside it likewise; the endings of what was replaced: '', '.gz'.
    The folder is still to be synced.

    The file's time is `modified`, that of what it tells. It never stands still or goes back while the bytes change:
    there are caches that would take the new file for the old one. `pack` gives the packed copy. Raises PublishError.
    """
    twin = path.with_name(path.name + PACKED)
    try:
        replaced = [""] if put(path, content, modified) else []
        wanted = replaced or not twin.is_file() or not unpacks_to(twin, content)
        if wanted and put(twin, pack(), datetime.fromtimestamp(path.stat().st_mtime, UTC)):
            replaced.append(PACKED)
    except OSError as error:
        raise refusal(path, error) from error
    return tuple(replaced)


def write_if_changed(path: Path, content: bytes, modified: datetime | None = None) -> bool:
    """Replace `path` by `content`; False, and nothing touched, when it holds just that already.

    Raises PublishError with a sentence.
    """
    try:
        if not put(path, content, modified):
            return False
    except OSError as error:
        raise refusal(path, error) from error
    sync(path.parent)
    return True


def put(path: Path, content: bytes, modified: datetime | None) -> bool:
    """Replace `path` by `content`, if its bytes differ, and say whether they did; the folder is still to be synced.

    A reader sees the old file or the new one, whole. In few calls, as another thread has Python meanwhile each time.
    """
    before = lying(path)
    if before is not None and before.st_size == len(content) and path.read_bytes() == content:
        return False
    part = path.with_name(f".{path.name}{SUFFIX}")
    handle = opened(part)
    try:
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(handle, rest) :]
        if modified is not None:
            seconds = seconds_of(modified, before)
            os.utime(handle, (seconds, seconds))
        os.fsync(handle)
    finally:
        os.close(handle)
    part.replace(path)
    return True


def lying(path: Path) -> os.stat_result | None:
    """What is known of the file at `path`; None where there is none."""
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found if stat.S_ISREG(found.st_mode) else None


def opened(part: Path) -> int:
    """A handle to write `part` with, its folder made when it is not there."""
    for_all = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
    try:
        return os.open(part, for_all, 0o666)
    except FileNotFoundError:
        part.parent.mkdir(parents=True, exist_ok=True)
        return os.open(part, for_all, 0o666)


def seconds_of(modified: datetime, before: os.stat_result | None) -> int:
    """The time of the new file, in whole seconds as HTTP tells it: later than that of the file it replaces."""
    wanted = int(max(modified, EARLIEST).timestamp())
    return wanted if before is None else max(wanted, int(before.st_mtime) + 1)


def refusal(path: Path, error: OSError) -> PublishError:
    message = f"{path}: {error.strerror or error}; what was published before still stands. "
    return PublishError(message + "Make room or check the rights of the folder, and run again.")


def packed(content: bytes) -> bytes:
    """`content` as gzip: the same bytes for the same content, as long as zlib-ng and the machine are of one kind."""
    from zlib_ng import zlib_ng

    deflater = zlib_ng.compressobj(LEVEL, zlib_ng.DEFLATED, -zlib_ng.MAX_WBITS)
    body = deflater.compress(content) + deflater.flush()
    ends = zlib.crc32(content).to_bytes(4, "little") + (len(content) & 0xFFFFFFFF).to_bytes(4, "little")
    return HEADER + body + ends


def unpacks_to(twin: Path, content: bytes) -> bool:
    """Whether a packed file unpacks to `content`: then it stays, also where this zlib would pack otherwise."""
    try:
        return zlib.decompress(twin.read_bytes(), wbits=16 + zlib.MAX_WBITS) == content
    except zlib.error:
        return False


def stamp(path: Path) -> str:
    """How a file and its packed copy lie on the disk: a cheap sign that nobody touched them. '' without either."""
    try:
        both = path.stat(), path.with_name(path.name + PACKED).stat()
    except OSError:
        return ""
    return " ".join(f"{one.st_size}-{one.st_mtime_ns}" for one in both)


def remove(path: Path) -> None:
    """Take a file and its packed copy away; a folder that is empty then, too."""
    try:
        path.unlink(missing_ok=True)
        path.with_name(path.name + PACKED).unlink(missing_ok=True)
        if path.parent.is_dir() and not any(path.parent.iterdir()):
            path.parent.rmdir()
    except OSError as error:
        raise refusal(path, error) from error


def sync(folder: Path) -> None:
    """Have what was renamed in `folder` reach the disk. Raises PublishError with a sentence."""
    try:
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise refusal(folder, error) from error


def sweep(folder: Path, passed_over: Path | None = None) -> None:
    """Take away what a run that was killed left half written, but in the folder that is passed over.

    It changes the time of its folder: one that has the time it had need not be read. Raises PublishError, a sentence.
    """
    try:
        for place, folders, files in os.walk(folder):
            folders[:] = [one for one in folders if Path(place, one) != passed_over]
            for name in files:
                if name.startswith(".") and name.endswith(SUFFIX):
                    Path(place, name).unlink(missing_ok=True)
    except OSError as error:
        raise refusal(folder, error) from error
