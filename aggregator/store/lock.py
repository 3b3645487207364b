"""Keeps two runs apart. The system, or the server, lets go of the lock when the process ends, however it ends."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from aggregator.store.database import Busy, StoreError


def run_lock(url: str, folder: Path) -> AbstractContextManager[None]:
    """Holds the publication on this machine, or in PostgreSQL on all of them. Raises Busy when another run does."""
    if url.startswith("postgresql://"):
        from aggregator.store.postgres_lock import publication_lock

        return publication_lock(url)
    return folder_lock(folder)


def sender_lock(url: str, folder: Path) -> AbstractContextManager[None]:
    """The same for a sender; in PostgreSQL any number of them may be at work, kept apart by what each has claimed."""
    return nullcontext() if url.startswith("postgresql://") else run_lock(url, folder)


@contextmanager
def folder_lock(folder: Path) -> Iterator[None]:
    """Holds state/run.lock in `folder`."""
    path = folder / "state" / "run.lock"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}; check the owner and rights of the folder") from error
    try:
        hold(handle, path)
        yield
    finally:
        os.close(handle)


def hold(handle: int, path: Path) -> None:
    """Hold the open file at `path`, and write into it who does."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.truncate(handle, 0)
        os.write(handle, str(os.getpid()).encode())
    except BlockingIOError:
        holder = os.read(handle, 20).decode("ascii", "replace").strip() or "unknown"
        raise Busy(f"Another run holds {path} (process {holder}); this one did nothing.") from None
    except OSError as error:
        told = "make room" if error.errno == errno.ENOSPC else "the folder has to be on a disk that keeps locks"
        raise StoreError(f"{path}: {error.strerror}; nothing was done: {told}, and run again") from error
