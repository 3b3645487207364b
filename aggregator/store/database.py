"""An open store: statements, transactions, and what can go wrong, in words that hold for SQLite and PostgreSQL alike.

The two differ in sqlite.py and in postgres*.py, and nowhere else.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

Result = TypeVar("Result")


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


class Store(ABC):
    """An open store. Statements outside `transaction()` are reads. Values take the place of question marks."""

    place: str
    """Where it is, for sentences; without a password."""
    publication: str
    """Which of those it is that share a database; '' where there is one."""
    shared: bool
    """Whether other processes may write to it while this one does, so that nothing of it is remembered."""

    def __init__(self) -> None:
        self.remembered: Any = None
        """What twin_index.py remembers of the index; None before it was read."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @abstractmethod
    def rows(self, statement: str, values: Sequence[Any] = ()) -> list[Row]:
        """Every row that `statement` gives."""

    @abstractmethod
    def row(self, statement: str, values: Sequence[Any] = ()) -> Row | None:
        """The first row, or None."""

    @abstractmethod
    def write(self, statement: str, values: Sequence[Any] = ()) -> int:
        """Run one statement within a transaction; how many rows it touched."""

    @abstractmethod
    def write_many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one statement for each of `rows`, within a transaction; one that may run twice, such as an upsert.

        A server is not waited for: what goes wrong shows with the next statement that is, at the latest with the end.
        """

    @abstractmethod
    def define(self, statement: str) -> None:
        """Run one statement that makes or changes a table, within a transaction."""

    @abstractmethod
    def columns(self, table: str) -> tuple[str, ...]:
        """The columns of a table in their order; none when there is no such table."""

    def spare_memory(self) -> None:  # noqa: B027  (a server has memory of its own)
        """Keep little of the store in this process, for what goes through a long table once."""

    @abstractmethod
    def key(self, table: str) -> tuple[str, ...]:
        """The columns of a table's primary key, in their order."""

    def has_table(self, name: str) -> bool:
        """Whether there is a table of this name."""
        return bool(self.columns(name))

    @abstractmethod
    def hold(self, what: str) -> bool:
        """Hold `what` until it is let go of, or this process ends however it ends; False when another holds it.

        Where only one process is at work, nobody does.
        """

    @abstractmethod
    def let_go(self, what: str) -> None: ...

    @abstractmethod
    def turn(self) -> AbstractContextManager[None]:
        """No transaction of another process is within `transaction()` until the context ends; this one's may be."""

    async def in_turn(self, work: Callable[[Store], Result]) -> Result:
        """The result of `work`, given a store to work in, while no other process is within `transaction()`."""
        return work(self)

    @abstractmethod
    def close(self) -> None:
        """Let go of the store."""

    @abstractmethod
    def begin(self, *, alone: bool, soon: bool) -> None: ...

    @abstractmethod
    def commit(self) -> None: ...

    @abstractmethod
    def rollback(self) -> None: ...

    @abstractmethod
    def plainly(self) -> AbstractContextManager[None]:
        """The database's own errors as StoreError or Contradiction."""

    @contextmanager
    def transaction(self, *, alone: bool = True, soon: bool = False) -> Iterator[None]:
        """All that is written within is kept whole, or not at all. Not to be nested.

        No other transaction is within at the same time. With `alone` False others may be, in a shared store: for what
        touches the rows of one source only, which one process reads at a time. With `soon` a server need not have it on
        its disk at once, but before whatever is committed after it: for what can be read again, as long as nobody saw.
        """
        with self.plainly():
            self.begin(alone=alone, soon=soon)
        try:
            yield
        except BaseException:
            self.remembered = None  # it may be of what was not kept
            with suppress(StoreError, Contradiction), self.plainly():  # the first error is the news
                self.rollback()
            raise
        with self.plainly():
            self.commit()


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
