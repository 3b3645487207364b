"""SQLite: the store of one machine, a file that needs no server.

WAL mode with synchronous=FULL: what a transaction committed is there after kill -9 and after a power cut alike. NORMAL
is as safe from damage, but a power cut may take the last commits with it, and then a mail that was claimed would be
pending again. What needs to be there only before whatever is committed later (`soon`: a reading, of which nobody has
seen anything yet) does not wait for the disk, once a source.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from aggregator.store.database import Contradiction, Row, Store, StoreError, encodable

MISTAKES = sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.InterfaceError, sqlite3.DataError
SECONDS_TO_WAIT = 30.0
CACHE_KIB, SMALL_CACHE_KIB = 8_192, 1_024
PAGES_BETWEEN_CHECKPOINTS = 8_000
"""32 MB of log at most: the pages that many sources write are copied into the store once, not once a source."""


class SqliteStore(Store):
    shared = False
    publication = ""

    def __init__(self, connection: sqlite3.Connection, place: str) -> None:
        super().__init__()
        self.connection = connection
        self.place = place
        self.waits_for_disk = True

    def rows(self, statement: str, values: Sequence[Any] = ()) -> list[Row]:
        with self.plainly():
            found: list[Row] = self.connection.execute(statement, values).fetchall()
            return found

    def row(self, statement: str, values: Sequence[Any] = ()) -> Row | None:
        with self.plainly():
            found: Row | None = self.connection.execute(statement, values).fetchone()
            return found

    def write(self, statement: str, values: Sequence[Any] = ()) -> int:
        with self.plainly():
            try:
                return self.connection.execute(statement, values).rowcount
            except UnicodeEncodeError:
                return self.connection.execute(statement, encodable(values)).rowcount

    def write_many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        values = list(rows)
        if not values:
            return
        with self.plainly():
            try:
                self.connection.executemany(statement, values)
            except UnicodeEncodeError:
                self.connection.executemany(statement, [encodable(row) for row in values])

    def define(self, statement: str) -> None:
        self.write(statement.replace("/*clustered*/", "WITHOUT ROWID"))

    def spare_memory(self) -> None:
        with self.plainly():
            self.connection.execute(f"PRAGMA cache_size=-{SMALL_CACHE_KIB}")

    def columns(self, table: str) -> tuple[str, ...]:
        return tuple(row["name"] for row in self.rows("SELECT name FROM pragma_table_info(?) ORDER BY cid", (table,)))

    def key(self, table: str) -> tuple[str, ...]:
        statement = "SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk"
        return tuple(row["name"] for row in self.rows(statement, (table,)))

    def hold(self, what: str) -> bool:
        return True

    def let_go(self, what: str) -> None:
        pass

    def turn(self) -> AbstractContextManager[None]:
        return nullcontext()

    def close(self) -> None:
        self.connection.close()

    def begin(self, *, alone: bool, soon: bool) -> None:
        if self.waits_for_disk == soon:
            self.connection.execute(f"PRAGMA synchronous={'NORMAL' if soon else 'FULL'}")
            self.waits_for_disk = not soon
        self.connection.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        try:
            self.connection.execute("COMMIT")
        except sqlite3.Error:
            self.connection.rollback()
            raise

    def rollback(self) -> None:
        self.connection.rollback()  # nothing to do where a full disk has rolled back already

    @contextmanager
    def plainly(self) -> Iterator[None]:
        """sqlite3's errors as sentences."""
        try:
            yield
        except MISTAKES as error:
            raise Contradiction(f"{error} (nothing was written)") from error
        except sqlite3.Error as error:
            raise StoreError(sentence(error, self.place)) from error


def sentence(error: sqlite3.Error, place: str) -> str:
    """What an operator needs to know of an error of SQLite."""
    message = str(error)
    if "disk is full" in message or "disk I/O" in message:
        return f"{place}: {message}; nothing was lost: make room and run again"
    if "locked" in message:
        return f"{place}: another program has held the store for {SECONDS_TO_WAIT:.0f} s; run again when it is done"
    if "malformed" in message or "not a database" in message:
        return f"{place}: the file is damaged or no store ({message}); put back a backup"
    if "readonly" in message or "unable to open" in message:
        return f"{place}: cannot be opened for writing; check the owner and rights of the folder"
    return f"{place}: {message}"


def open_sqlite(url: str, folder: Path) -> SqliteStore:
    """The store at `sqlite:///PATH`, relative to `folder`; made when it is not there."""
    path = folder / url.removeprefix("sqlite:///")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.touch(mode=0o600)  # it holds who reads the newsletter; what SQLite lays beside it gets the same rights
        connection = sqlite3.connect(path, timeout=SECONDS_TO_WAIT, isolation_level=None)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
        connection.execute(f"PRAGMA wal_autocheckpoint={PAGES_BETWEEN_CHECKPOINTS}")
        connection.execute("PRAGMA foreign_keys=ON")
    except sqlite3.Error as error:
        raise StoreError(sentence(error, str(path))) from error
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}; check the owner and rights of the folder") from error
    return SqliteStore(connection, str(path))
