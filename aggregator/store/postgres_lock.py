"""The lock of a publication as PostgreSQL keeps it: in a session of its own, gone with the process that opened it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from aggregator.store.database import Busy, StoreError
from aggregator.store.postgres import PostgresStore
from aggregator.store.postgres_address import address_of, key_of

# The two halves of the key are two columns of pg_locks.
HOLDER = """SELECT application_name AS name FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE locktype = 'advisory' AND granted AND objsubid = 1
    AND ((classid::bigint << 32) | objid::bigint) = ?"""


@contextmanager
def publication_lock(url: str) -> Iterator[None]:
    """Holds the publication at `url` on every machine. Raises Busy when another process holds it."""
    address = address_of(url)
    what = f"{address.publication}\nrun"
    with PostgresStore(address) as store:
        if not store.hold(what):
            holder = store.row(HOLDER, (key_of(what),))
            name = holder["name"] if holder else "unknown"
            raise Busy(f"Another run holds {address.place} ({name}); this one did nothing.")
        try:
            yield
        finally:
            with suppress(StoreError):  # a connection that was lost has let go of it
                store.let_go(what)  # at once: of what a closed connection held, the server lets go a little later
