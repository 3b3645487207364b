"""PostgreSQL: the store of many machines. A publication is one schema of a database, so that many live side by side.

psycopg is imported by the modules named so alone, and these only when sources.yaml names such a store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from time import monotonic, sleep
from typing import Any

import psycopg
from psycopg.rows import DictRow

from aggregator.store.database import Contradiction, Result, Row, Store, StoreError
from aggregator.store.postgres_address import Address, address_of, key_of
from aggregator.store.postgres_connection import connect
from aggregator.store.postgres_statements import COLUMNS_OF, KEY_OF, numbered, storable, with_types
from aggregator.store.postgres_turns import Turns
from aggregator.store.postgres_wording import plainly_of

SECONDS_TO_RECONNECT = 20.0
"""A server that is restarted is back within this; a statement that reads, or begins a transaction, waits for it."""


class PostgresStore(Store):
    """One connection, opened again when the server was restarted in between."""

    shared = True

    def __init__(self, address: Address) -> None:
        super().__init__()
        self.address = address
        self.place, self.publication = address.place, address.publication
        self.within = self.turning = False
        self.leaving = ExitStack()
        self.queue: psycopg.Pipeline | None = None
        """Within a transaction: what is sent without waiting for each answer."""
        self.held: set[int] = set()
        self.turns = Turns(lambda: PostgresStore(address))
        self.connection = connect(address)

    def rows(self, statement: str, values: Sequence[Any] = ()) -> list[Row]:
        with self.plainly():
            found: list[Row] = list(self.lasting(lambda: self.execute(statement, values).fetchall()))
            return found

    def row(self, statement: str, values: Sequence[Any] = ()) -> Row | None:
        with self.plainly():
            return self.lasting(lambda: self.execute(statement, values).fetchone())

    def write(self, statement: str, values: Sequence[Any] = ()) -> int:
        with self.plainly():
            done = self.execute(statement, values)
            if self.queue is not None:
                self.queue.sync()
            return done.rowcount

    def write_many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        values = [storable(row) for row in rows]
        if values:
            with self.plainly(), self.connection.cursor() as cursor:
                cursor.executemany(numbered(statement), values)

    def define(self, statement: str) -> None:
        self.write("SET LOCAL statement_timeout = 0")  # an index over a million posts takes its time
        self.write(with_types(statement))

    def columns(self, table: str) -> tuple[str, ...]:
        return tuple(row["name"] for row in self.rows(COLUMNS_OF, (self.address.publication, table)))

    def key(self, table: str) -> tuple[str, ...]:
        return tuple(row["name"] for row in self.rows(KEY_OF, (table,)))

    def close(self) -> None:
        self.turns.close()
        self.connection.close()

    def execute(self, statement: str, values: Sequence[Any]) -> psycopg.Cursor[DictRow]:
        return self.connection.execute(numbered(statement), storable(values))

    def begin(self, *, alone: bool, soon: bool) -> None:
        """As BEGIN IMMEDIATE: with `alone`, the writers of a publication go one at a time.

        READ COMMITTED, so that every statement sees what the one before in the queue has committed. Within `turn` the
        lock is this session's already.
        """
        if self.within:
            raise StoreError(f"{self.place}: a transaction was begun within a transaction; please report this")
        statement = "BEGIN; SET LOCAL synchronous_commit = off" if soon else "BEGIN"
        if alone and not self.turning:
            statement += f"; SELECT pg_advisory_xact_lock({key_of(self.address.publication, 'writing')})"
        try:
            self.lasting(lambda: self.connection.execute(statement))
        except psycopg.Error:
            with suppress(psycopg.Error):
                self.connection.execute("ROLLBACK")
            raise
        self.within = True
        self.leaving = ExitStack()
        self.queue = self.leaving.enter_context(self.connection.pipeline())

    def commit(self) -> None:
        try:
            ended = self.connection.execute("COMMIT")
            self.leave_queue()
        except psycopg.Error:
            with suppress(psycopg.Error):
                self.rollback()
            raise
        self.within = False
        if ended.statusmessage != "COMMIT":
            raise Contradiction("A statement of this transaction failed before (nothing was written)")

    def rollback(self) -> None:
        self.within = False
        with suppress(psycopg.Error):
            self.leave_queue()
        self.connection.execute("ROLLBACK")

    def leave_queue(self) -> None:
        """Wait for the server to answer all that was sent. Raises what went wrong first."""
        self.queue = None
        self.leaving.close()

    def run_script(self, script: str) -> None:
        """Run many statements at once, within a transaction."""
        self.leave_queue()
        self.connection.execute(script)
        self.queue = self.leaving.enter_context(self.connection.pipeline())

    def hold(self, what: str) -> bool:
        """Hold `what` until it is let go of, or this process ends however it ends; False when another holds it."""
        key = key_of(what)
        row = None if key in self.held else self.row("SELECT pg_try_advisory_lock(?) AS held", (key,))
        if row is None or not row["held"]:
            return False
        self.held.add(key)
        return True

    def let_go(self, what: str) -> None:
        key = key_of(what)
        self.held.discard(key)
        self.row("SELECT pg_advisory_unlock(?)", (key,))

    @contextmanager
    def turn(self) -> Iterator[None]:
        """The lock of `begin`, kept over reads and one or more transactions. A process that is stopped within loses it,
        and its connection, after a minute."""
        self.take_turn()
        try:
            yield
        finally:
            self.end_turn()

    def take_turn(self) -> None:
        """Wait until it is this session's turn."""
        key = key_of(self.address.publication, "writing")
        with self.plainly():
            statement = f"SET idle_session_timeout = '60s'; SELECT pg_advisory_lock({key})"
            self.lasting(lambda: self.connection.execute(statement))
        self.turning = True

    def end_turn(self) -> None:
        self.turning = False
        key = key_of(self.address.publication, "writing")
        with suppress(psycopg.Error):  # a connection that was lost has let go of it
            self.connection.execute(f"SELECT pg_advisory_unlock({key}); SET idle_session_timeout = 0")

    async def in_turn(self, work: Callable[[Store], Result]) -> Result:
        """In a session of its own, so that whatever else goes on here goes on while another process has its turn."""
        return await self.turns.one(work)

    def lasting(self, attempt: Callable[[], Result]) -> Result:
        """The result of `attempt`; of a second one when the connection was lost, unless more than that went with it."""
        try:
            return attempt()
        except psycopg.OperationalError:
            if self.within or self.turning or not self.connection.broken:
                raise
        self.reconnect()
        return attempt()

    def reconnect(self) -> None:
        self.connection.close()
        until = monotonic() + SECONDS_TO_RECONNECT
        while True:
            try:
                self.connection = connect(self.address)
                break
            except StoreError:
                if monotonic() > until:
                    raise
                sleep(0.5)
        for key in sorted(self.held):
            self.connection.execute("SELECT pg_advisory_lock($1)", (key,))

    @contextmanager
    def plainly(self) -> Iterator[None]:
        """psycopg's errors as sentences."""
        try:
            yield
        except psycopg.Error as error:
            raise plainly_of(error, self.place) from error


def open_postgres(url: str) -> PostgresStore:
    """The store at `postgresql://...`; its schema is made when it is not there."""
    store = PostgresStore(address_of(url))
    try:
        make_schema(store)
    except BaseException:
        store.close()
        raise
    return store


def make_schema(store: PostgresStore) -> None:
    name = store.address.publication
    there = "SELECT 1 FROM pg_namespace WHERE nspname = ?"
    if store.row(there, (name,)):
        return
    with store.transaction():
        if not store.row(there, (name,)):
            store.write(f'CREATE SCHEMA "{name}"')
