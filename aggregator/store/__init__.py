"""Everything durable: one transaction a source, plain SQL, SQLite by default."""

from __future__ import annotations

from pathlib import Path

from aggregator.store.database import Busy, Store, StoreError, open_sqlite
from aggregator.store.lock import run_lock
from aggregator.store.refusal import Refused
from aggregator.store.schema import upgrade

__all__ = ["Busy", "Refused", "Store", "StoreError", "open_store", "run_lock"]


def open_store(url: str, folder: Path) -> Store:
    """The store that `url` names (sqlite:///PATH, relative to `folder`), at the newest version of its tables.

    Raises StoreError with a sentence: not writable, damaged, newer than this program.
    """
    if not url.startswith("sqlite:///"):
        raise StoreError(f"{url.split(':', 1)[0]}: this version keeps its store in SQLite; write sqlite:///PATH")
    store = open_sqlite(url, folder)
    try:
        upgrade(store)
    except BaseException:
        store.connection.close()
        raise
    return store
