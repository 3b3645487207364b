"""PostgreSQL: the store of many machines. A publication is one schema of a database, so that many live side by side.

psycopg is imported by this file alone, and this file only when sources.yaml names such a store.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from time import monotonic, sleep
from typing import Any, TypeVar

import psycopg
from psycopg import errors, pq
from psycopg.rows import DictRow, dict_row

from aggregator.store.database import Contradiction, Row, Store, StoreError, encodable
from aggregator.store.postgres_address import Address, address_of, key_of
from aggregator.store.postgres_wording import connecting, running, too_old, wrong_encoding

Result = TypeVar("Result")

OLDEST_SERVER = 140000
SECONDS_TO_RECONNECT = 20.0
"""A server that is restarted is back within this; a statement that reads, or begins a transaction, waits for it."""
SESSION = (
    "SET statement_timeout = '120s'",
    "SET lock_timeout = '60s'",
    # A process that was stopped in the middle of a transaction lets go of what it holds.
    "SET idle_in_transaction_session_timeout = '60s'",
    # The promise of sqlite.py: what was committed is there after a power cut, whatever the server's default.
    "SET synchronous_commit = on",
    # A machine that is gone without a word lets go of its locks within half a minute.
    "SET tcp_keepalives_idle = 15",
    "SET tcp_keepalives_interval = 5",
    "SET tcp_keepalives_count = 3",
)
MISTAKES = psycopg.IntegrityError, psycopg.DataError, psycopg.ProgrammingError, psycopg.NotSupportedError
TYPES = {"TEXT": 'TEXT COLLATE "C"', "REAL": "DOUBLE PRECISION", "INTEGER": "BIGINT"}
"""What SQLite means by its types: text that sorts by its bytes, and numbers of eight bytes."""


class PostgresStore(Store):
    """One connection, opened again when the server was restarted in between."""

    shared = True

    def __init__(self, address: Address) -> None:
        super().__init__()
        self.address = address
        self.place = address.place
        self.within = self.turning = False
        self.held: set[int] = set()
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
            return self.execute(statement, values).rowcount

    def write_many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        with self.plainly(), self.connection.cursor() as cursor:
            cursor.executemany(numbered(statement), [storable(row) for row in rows])

    def define(self, statement: str) -> None:
        types = re.sub(r"\b(TEXT|REAL|INTEGER)\b", lambda match: TYPES[match[1]], statement)
        self.write(types.replace("/*clustered*/", ""))

    def columns(self, table: str) -> tuple[str, ...]:
        statement = (
            "SELECT column_name FROM information_schema.columns WHERE table_schema = ? AND table_name = ?"
            " ORDER BY ordinal_position"
        )
        return tuple(row["column_name"] for row in self.rows(statement, (self.address.publication, table)))

    def key(self, table: str) -> tuple[str, ...]:
        statement = (
            "SELECT attname FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey)"
            " WHERE indrelid = ?::regclass AND indisprimary ORDER BY array_position(indkey::int2[], attnum)"
        )
        return tuple(row["attname"] for row in self.rows(statement, (table,)))

    def close(self) -> None:
        self.connection.close()

    def execute(self, statement: str, values: Sequence[Any]) -> psycopg.Cursor[DictRow]:
        return self.connection.execute(numbered(statement), storable(values))

    def begin(self, *, alone: bool) -> None:
        """As BEGIN IMMEDIATE: with `alone`, the writers of a publication go one at a time.

        READ COMMITTED, so that every statement sees what the one before in the queue has committed. Within `turn` the
        lock is this session's already.
        """
        if self.within:
            raise StoreError(f"{self.place}: a transaction was begun within a transaction; please report this")
        key = key_of(self.address.publication, "writing")
        statement = f"BEGIN; SELECT pg_advisory_xact_lock({key})" if alone else "BEGIN"
        try:
            self.lasting(lambda: self.connection.execute(statement))
        except psycopg.Error:
            with suppress(psycopg.Error):
                self.connection.execute("ROLLBACK")
            raise
        self.within = True

    def commit(self) -> None:
        self.within = False
        if self.connection.info.transaction_status == pq.TransactionStatus.INERROR:
            self.connection.execute("ROLLBACK")
            raise Contradiction("A statement of this transaction failed before (nothing was written)")
        self.connection.execute("COMMIT")

    def rollback(self) -> None:
        self.within = False
        self.connection.execute("ROLLBACK")

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
        key = key_of(self.address.publication, "writing")
        with self.plainly():
            statement = f"SET idle_session_timeout = '60s'; SELECT pg_advisory_lock({key})"
            self.lasting(lambda: self.connection.execute(statement))
        self.turning = True
        try:
            yield
        finally:
            self.turning = False
            with suppress(psycopg.Error):  # a connection that was lost has let go of it
                self.connection.execute(f"SELECT pg_advisory_unlock({key}); SET idle_session_timeout = 0")

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
        except errors.InsufficientPrivilege as error:
            raise StoreError(running(error, self.place)) from error
        except MISTAKES as error:
            raise Contradiction(f"{plain(error)} (nothing was written)") from error
        except psycopg.Error as error:
            raise StoreError(running(error, self.place)) from error


def plain(error: psycopg.Error) -> str:
    return " ".join(str(error).split())


def connect(address: Address) -> psycopg.Connection[DictRow]:
    """A connection that sees the publication's schema. Raises StoreError with a sentence."""
    try:
        connection = psycopg.Connection.connect(
            address.conninfo, autocommit=True, row_factory=dict_row, cursor_factory=psycopg.RawCursor
        )
    except psycopg.Error as error:
        raise StoreError(connecting(error, address.place)) from error
    try:
        for statement in (*SESSION, f'SET search_path TO "{address.publication}"'):
            connection.execute(statement)
        told = connection.info
        if told.server_version < OLDEST_SERVER:
            raise StoreError(too_old(told.server_version, OLDEST_SERVER, address.place))
        encoding = told.parameter_status("server_encoding") or ""
        if encoding != "UTF8":
            raise StoreError(wrong_encoding(encoding, address.place))
    except psycopg.Error as error:
        connection.close()
        raise StoreError(running(error, address.place)) from error
    except BaseException:
        connection.close()
        raise
    return connection


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


@lru_cache(maxsize=2048)
def numbered(statement: str) -> str:
    """Question marks outside quotes as PostgreSQL writes them: $1, $2 ..."""
    count = 0

    def number(match: re.Match[str]) -> str:
        nonlocal count
        if match[0] != "?":
            return match[0]
        count += 1
        return f"${count}"

    return re.sub(r"'[^']*'|\?", number, statement)


def storable(values: Sequence[Any]) -> Sequence[Any]:
    """`values` without what PostgreSQL's text cannot hold: U+0000, and half surrogates."""
    if not any(isinstance(value, str) and ("\0" in value or not value.isascii()) for value in values):
        return values
    return tuple(value.replace("\0", "\ufffd") if isinstance(value, str) else value for value in encodable(values))
