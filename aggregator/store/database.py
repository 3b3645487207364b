"""One connection and its transactions: the only file that knows which database is beneath.

SQLite in WAL mode with synchronous=FULL: what a transaction committed is there after kill -9 and after a power cut
alike. NORMAL is as safe from damage, but a power cut may take the last commits with it, and then a post would get a
second date of first sight and a mail that was claimed would be pending again. It costs 0.27 ms a commit instead of
0.03, and a run commits once a source.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

MISTAKES = sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.InterfaceError, sqlite3.DataError
SECONDS_TO_WAIT = 30.0
CACHE_KIB = 16_384
PAGES_BETWEEN_CHECKPOINTS = 8_000
"""32 MB of log at most: the pages that many sources write are copied into the store once, not once a source."""


class StoreError(Exception):
    """The store cannot be used; the text says why and what to do."""


class Contradiction(Exception):  # noqa: N818  (named for what it says)
    """What was to be written cannot be, or breaks a promise of the tables; nothing was written.

    A mistake of this program. Not a StoreError, because the store is well: it ends the reading of one source, not the
    run.
    """


class Busy(Exception):  # noqa: N818  (a state of affairs, no error in itself)
    """Another run holds the lock."""


class Row(Protocol):
    """One row of a result: its columns by name."""

    def __getitem__(self, column: str, /) -> Any: ...


class Store:
    """An open store. Statements outside `transaction()` are reads."""

    def __init__(self, connection: sqlite3.Connection, place: str) -> None:
        self.connection = connection
        self.place = place
        self.waiting: dict[int, list[int]] | None = None
        """What twins.py remembers of the index; None before it was read."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.connection.close()

    def rows(self, statement: str, values: Sequence[Any] = ()) -> list[Row]:
        """Every row that `statement` gives."""
        with self.plainly():
            found: list[Row] = self.connection.execute(statement, values).fetchall()
            return found

    def row(self, statement: str, values: Sequence[Any] = ()) -> Row | None:
        """The first row, or None."""
        with self.plainly():
            found: Row | None = self.connection.execute(statement, values).fetchone()
            return found

    def write(self, statement: str, values: Sequence[Any] = ()) -> int:
        """Run one statement within a transaction; how many rows it touched."""
        with self.plainly():
            try:
                return self.connection.execute(statement, values).rowcount
            except UnicodeEncodeError:
                return self.connection.execute(statement, encodable(values)).rowcount

    def write_many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one statement for each of `rows`, within a transaction; one that may run twice, such as an upsert."""
        values = list(rows)
        with self.plainly():
            try:
                self.connection.executemany(statement, values)
            except UnicodeEncodeError:
                self.connection.executemany(statement, [encodable(row) for row in values])

    def define(self, statement: str) -> None:
        """Run one statement that makes or changes a table, within a transaction."""
        self.write(statement.replace("/*clustered*/", "WITHOUT ROWID"))

    def has_table(self, name: str) -> bool:
        """Whether there is a table of this name."""
        return self.row("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (name,)) is not None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is written within is kept whole, or not at all. Not to be nested."""
        with self.plainly():
            self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            with suppress(sqlite3.Error):  # a full disk may have rolled back already; the first error is the news
                self.connection.rollback()
            raise
        with self.plainly():
            try:
                self.connection.execute("COMMIT")
            except sqlite3.Error:
                self.connection.rollback()
                raise

    @contextmanager
    def plainly(self) -> Iterator[None]:
        """sqlite3's errors as sentences."""
        try:
            yield
        except MISTAKES as error:
            raise Contradiction(f"{error} (nothing was written)") from error
        except sqlite3.Error as error:
            raise StoreError(sentence(error, self.place)) from error


def marks(values: Sequence[Any]) -> str:
    """As many question marks as there are values, for IN (...)."""
    return ", ".join("?" for _ in values)


def chunks(values: Sequence[Any], size: int = 500) -> Iterable[Sequence[Any]]:
    """`values` in pieces that one statement may hold."""
    return (values[start : start + size] for start in range(0, len(values), size))


def encodable(values: Sequence[Any]) -> tuple[Any, ...]:
    """`values` with half surrogates, which no encoding can store, replaced by question marks."""
    return tuple(
        value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else value for value in values
    )


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


def open_sqlite(url: str, folder: Path) -> Store:
    """The store at `sqlite:///PATH`, relative to `folder`; made when it is not there."""
    path = folder / url.removeprefix("sqlite:///")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
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
    return Store(connection, str(path))
