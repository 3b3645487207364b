"""The archive as the store has it: what its parts hold, how it is divided for good, and which entries are withdrawn."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from aggregator.store.database import Store
from aggregator.store.publishing import SHOWN
from aggregator.store.rows import at, utc

Span = tuple[datetime, datetime]
"""A start, and an exclusive end."""
SHOWN_BETWEEN = f"{SHOWN} AND date_utc >= ? AND date_utc < ?"
WITHDRAWN = "entry_id IS NOT NULL AND (copy_of IS NOT NULL OR held IS NOT NULL)"


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """An entry that was published and is no more, and since when."""

    entry_id: str
    at: datetime


def all_days(store: Store) -> set[str]:
    """Every day (UTC) with a post, as YYYY-MM-DD: for a first publishing, which reads the whole store."""
    return {row["day"] for row in store.rows("SELECT DISTINCT substr(date_utc, 1, 10) AS day FROM post")}


def date_of_place(store: Store, place: int, now: datetime) -> datetime | None:
    """The date of the post that is the `place`-th newest, from 0, of those shown at `now`; None when it is not there.

    In UTC. Reads no further than that post.
    """
    statement = f"SELECT date_utc FROM post WHERE {SHOWN} AND date_utc <= ? ORDER BY date_utc DESC LIMIT 1 OFFSET ?"
    row = store.row(statement, (utc(now), place))
    return at(row["date_utc"]) if row else None


def holds_entries(store: Store, span: Span, now: datetime) -> bool:
    """Whether there is anything to say of `span`: a post to show at `now`, or one withdrawn."""
    shown = f"SELECT 1 FROM post WHERE {SHOWN_BETWEEN} LIMIT 1"
    withdrawn = f"SELECT 1 FROM post WHERE {WITHDRAWN} AND date_utc >= ? AND date_utc < ? LIMIT 1"
    dates = utc(span[0]), utc(span[1])
    return store.row(shown, between(span, now)) is not None or store.row(withdrawn, dates) is not None


def count_between(store: Store, span: Span, now: datetime) -> int:
    """How many posts of `span` are shown at `now`."""
    row = store.row(f"SELECT COUNT(*) AS posts FROM post WHERE {SHOWN_BETWEEN}", between(span, now))
    return int(row["posts"]) if row else 0


def dates_between(store: Store, span: Span, now: datetime) -> list[datetime]:
    """The dates, in UTC, of the posts of `span` that are shown at `now`, in order."""
    rows = store.rows(f"SELECT date_utc FROM post WHERE {SHOWN_BETWEEN} ORDER BY date_utc", between(span, now))
    return [at(row["date_utc"]) for row in rows]


def without_entry_id(store: Store, span: Span, now: datetime) -> list[str]:
    """The posts (by id) of `span` that are shown at `now` for the first time."""
    rows = store.rows(f"SELECT id FROM post WHERE {SHOWN_BETWEEN} AND entry_id IS NULL", between(span, now))
    return [row["id"] for row in rows]


def between(span: Span, now: datetime) -> tuple[str, str]:
    """The values of SHOWN_BETWEEN, for what is shown at `now`.

    Of two upper bounds, SQLite would hold its index to one, be it the later one, and go through all up to that.
    """
    return utc(span[0]), utc(min(span[1], now + datetime.resolution))


def parts(store: Store) -> tuple[str, ...]:
    """The names of all parts that the archive was ever divided into, in order."""
    return tuple(sorted(row["name"] for row in store.rows("SELECT name FROM archive_part")))


def keep_parts(store: Store, names: Iterable[str]) -> None:
    """Fix that parts of these names are published: before they are, so that a run that dies divides nothing twice."""
    with store.transaction():
        store.write_many(
            "INSERT INTO archive_part (name) VALUES (?) ON CONFLICT DO NOTHING", [(name,) for name in names]
        )


def withdraw(store: Store, spans: Iterable[Span], now: datetime) -> None:
    """Fix since when entries of `spans` that are shown no more are withdrawn; forget it of those shown again."""
    with store.transaction():
        for start, end in spans:
            store.write(
                f"INSERT INTO withdrawal (post, at) SELECT id, ? FROM post"
                f" WHERE {WITHDRAWN} AND date_utc >= ? AND date_utc < ? ON CONFLICT (post) DO NOTHING",
                (utc(now), utc(start), utc(end)),
            )
        still = f"SELECT 1 FROM post WHERE post.id = withdrawal.post AND {WITHDRAWN}"
        store.write(f"DELETE FROM withdrawal WHERE NOT EXISTS ({still})")


def withdrawn_between(store: Store, span: Span) -> tuple[Withdrawn, ...]:
    """The entries of `span` that are withdrawn, the last withdrawn first."""
    rows = store.rows(
        f"SELECT entry_id, at FROM post CROSS JOIN withdrawal WHERE withdrawal.post = post.id AND {WITHDRAWN}"
        " AND date_utc >= ? AND date_utc < ? ORDER BY at DESC, entry_id",
        (utc(span[0]), utc(span[1])),
    )
    return tuple(Withdrawn(row["entry_id"], at(row["at"])) for row in rows)


def last_withdrawn(store: Store, limit: int) -> tuple[Withdrawn, ...]:
    """The `limit` entries that were withdrawn last, whatever their date; the last first."""
    rows = store.rows(  # from what is withdrawn: SQLite would rather go through all that was ever published
        f"SELECT entry_id, at FROM withdrawal CROSS JOIN post WHERE post.id = withdrawal.post AND {WITHDRAWN}"
        " ORDER BY at DESC, entry_id LIMIT ?",
        (limit,),
    )
    return tuple(Withdrawn(row["entry_id"], at(row["at"])) for row in rows)
