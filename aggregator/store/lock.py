"""Keeps two runs apart. The system lets go of the lock when the process ends, however it ends."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aggregator.store.database import Busy, StoreError


@contextmanager
def run_lock(folder: Path) -> Iterator[None]:
    """Holds state/run.lock in `folder`. Raises Busy when another process holds it."""
    path = folder / "state" / "run.lock"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}; check the owner and rights of the folder") from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(handle, 20).decode("ascii", "replace").strip() or "unknown"
            raise Busy(f"Another run holds {path} (process {holder}); this one did nothing.") from None
        os.truncate(handle, 0)
        os.write(handle, str(os.getpid()).encode())
        yield
    finally:
        os.close(handle)
