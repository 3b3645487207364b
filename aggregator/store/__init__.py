"""Everything durable: one transaction a source, plain SQL, in SQLite or in PostgreSQL."""

from __future__ import annotations

from pathlib import Path

from aggregator.store.database import Busy, Store, StoreError
from aggregator.store.lock import run_lock, sender_lock
from aggregator.store.refusal import Refused
from aggregator.store.schema import upgrade

__all__ = ["FLEET", "Busy", "Refused", "Store", "StoreError", "open_store", "run_lock", "sender_lock"]

FLEET = "`.venv/bin/pip install -e '.[fleet]'` in the folder of the program"
"""What installs the libraries that PostgreSQL and workers need."""


def open_store(url: str, folder: Path) -> Store:
    """The store that `url` names, at the newest version of its tables.

    `sqlite:///PATH` is relative to `folder`; for `postgresql://...` see postgres_address.py. Raises StoreError with a
    sentence: not writable, damaged, not reachable, newer than this program.
    """
    store = opened(url, folder)
    try:
        upgrade(store)
    except BaseException:
        store.close()
        raise
    return store


def opened(url: str, folder: Path) -> Store:
    if url.startswith("sqlite:///"):
        from aggregator.store.sqlite import open_sqlite

        return open_sqlite(url, folder)
    if not url.startswith("postgresql://"):
        raise StoreError(
            f"{url.split(':', 1)[0]}: no such store is known; write sqlite:///PATH or postgresql://HOST/DB"
        )
    try:
        from aggregator.store.postgres import open_postgres
    except ImportError as error:
        raise StoreError(
            f"A store in PostgreSQL needs psycopg, which cannot be loaded ({error}): say {FLEET}"
        ) from None
    return open_postgres(url)
