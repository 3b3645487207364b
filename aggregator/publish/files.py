"""The one place that writes under out/: whole files, by rename, and only when their bytes differ."""

from __future__ import annotations

import os
import zlib
from datetime import UTC, datetime
from pathlib import Path

SUFFIX = ".part"
PACKED = ".gz"
LEVEL = 6
HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
"""Of a gzip file (RFC 1952) without a name, without a time, of an unknown system: the same wherever it is made."""
EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)
"""No file is older: some file systems and HTTP caches know no earlier time."""


class PublishError(Exception):
    """out/ cannot be written; what was there before still stands."""


def write_with_twin(path: Path, content: bytes, modified: datetime) -> tuple[str, ...]:
    """Replace `path` by `content`, and the packed copy beside it likewise; the endings of what was replaced: '', '.gz'.

    The file's time is `modified`, that of what it tells. It never stands still or goes back while the bytes change:
    there are caches that would take the new file for the old one.
    """
    replaced = [""] if write_if_changed(path, content, modified) else []
    if lacks_twin(path, content, changed=bool(replaced)) and write_twin(path, packed(content)):
        replaced.append(PACKED)
    return tuple(replaced)


def lacks_twin(path: Path, content: bytes, *, changed: bool) -> bool:
    """Whether the packed copy of `path` is to be written, which holds `content`, or will as it is `changed`."""
    twin = path.with_name(path.name + PACKED)
    try:
        return changed or not twin.is_file() or not unpacks_to(twin, content)
    except OSError as error:
        raise refusal(path, error) from error


def holds(path: Path, content: bytes) -> bool:
    """Whether `path` holds just `content` already. Raises PublishError."""
    try:
        return path.is_file() and path.stat().st_size == len(content) and path.read_bytes() == content
    except OSError as error:
        raise refusal(path, error) from error


def write_twin(path: Path, body: bytes) -> bool:
    """Replace the packed copy of `path` by `body`, with the time of `path`; whether its bytes differed."""
    try:
        moment = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError as error:
        raise refusal(path, error) from error
    return write_if_changed(path.with_name(path.name + PACKED), body, moment)


def write_if_changed(path: Path, content: bytes, modified: datetime | None = None) -> bool:
    """Replace `path` by `content`; False, and nothing touched, when it holds just that already.

    A reader sees the old file or the new one, whole. Raises PublishError with a sentence.
    """
    if holds(path, content):
        return False
    try:
        before = path.stat() if path.is_file() else None
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}{SUFFIX}")
        with part.open("wb") as stream:
            stream.write(content)
            stream.flush()
            if modified is not None:
                seconds = seconds_of(modified, before)
                os.utime(stream.fileno(), (seconds, seconds))
            os.fsync(stream.fileno())
        part.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise refusal(path, error) from error
    return True


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


def sync_folder(folder: Path) -> None:
    """Have the rename itself reach the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


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
