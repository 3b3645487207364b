"""The one place that writes under out/: whole files, by rename, and only when their bytes differ."""

from __future__ import annotations

import os
from pathlib import Path

SUFFIX = ".part"


class PublishError(Exception):
    """out/ cannot be written; what was there before still stands."""


def write_if_changed(path: Path, content: bytes) -> bool:
    """Replace `path` by `content`; False, and nothing touched, when it holds just that already.

    A reader sees the old file or the new one, whole. Raises PublishError with a sentence.
    """
    try:
        if path.is_file() and path.read_bytes() == content:
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}{SUFFIX}")
        with part.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        message = f"{path}: {error.strerror or error}; what was published before still stands. "
        raise PublishError(message + "Make room or check the rights of the folder, and run again.") from error
    return True


def sync_folder(folder: Path) -> None:
    """Have the rename itself reach the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sweep(folder: Path) -> None:
    """Take away what a run that was killed left half written."""
    for part in sorted(folder.rglob(f".*{SUFFIX}")):
        part.unlink(missing_ok=True)
