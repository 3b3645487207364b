"""What is published, as the store remembers it: the files, and what changed since."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from aggregator.store.database import Row, Store, chunks, marks
from aggregator.store.holding import note, noted
from aggregator.store.rows import at, utc

MinuteAndSource = tuple[str, str]
"""A minute (UTC) as YYYY-MM-DDTHH:MM, and the name of a source."""
SHOWN = "copy_of IS NULL AND held IS NULL"
UNTIL = "published until"


@dataclass(frozen=True, slots=True)
class Mark:
    """Posts of one minute and source that changed; `times` tells a mark that was set again meanwhile."""

    minute: str
    source: str
    times: int


@dataclass(frozen=True, slots=True)
class Filed:
    """A file under out/ as it was published: what it was made of, of a topic its digest, and how it lay on the disk."""

    key: str
    digest: str
    stamp: str


@dataclass(frozen=True, slots=True)
class Settled:
    """What one publishing has brought about, once its files are on the disk."""

    marks: Collection[Mark]
    """Those that it dealt with."""
    until: datetime
    """Posts dated later wait."""
    notes: Mapping[str, str]
    files: Mapping[str, Filed]
    """Those that are new or lie there otherwise than before, by path."""
    gone: Collection[str]
    topics: Collection[str]
    """Feeds (by URL) whose news the hub has not been told yet."""


def marked(store: Store) -> tuple[Mark, ...]:
    """What changed since the publishing that was settled last."""
    rows = store.rows("SELECT minute, source, times FROM unpublished ORDER BY minute, source")
    return tuple(Mark(row["minute"], row["source"], row["times"]) for row in rows)


def take_all_marks_away(store: Store) -> None:
    """For a publishing of everything, which needs none: there may be as many as posts."""
    with store.transaction():
        store.write("DELETE FROM unpublished")


def published_until(store: Store) -> datetime | None:
    """The `now` of the publishing that was settled last."""
    text = noted(store, UNTIL)
    return at(text) if text else None


def minutes_between(store: Store, start: datetime, end: datetime) -> set[MinuteAndSource]:
    """The posts whose date lies after `start`, up to and with `end`, which they were waiting for, and their copies."""
    passed = f"SELECT id, date_utc, source FROM post WHERE {SHOWN} AND date_utc > ? AND date_utc <= ?"
    return with_copies(store, passed, (utc(start), utc(end)))


def minutes_of_source(store: Store, source: str) -> set[MinuteAndSource]:
    """The minutes in which `source` has posts, or others a copy of them."""
    return with_copies(store, "SELECT id, date_utc, source FROM post WHERE source = ?", (source,))


def with_copies(store: Store, posts: str, values: tuple[str, ...]) -> set[MinuteAndSource]:
    """The minutes and sources of the posts that a statement selects, and of their copies: the feed of a source tells of
    the originals of its copies."""
    statement = (
        f"WITH found AS ({posts}) SELECT date_utc, source FROM found UNION SELECT post.date_utc, post.source"
        + (" FROM found CROSS JOIN post WHERE post.copy_of = found.id")
    )
    return {(minute_of(row["date_utc"]), row["source"]) for row in store.rows(statement, values)}


def minute_of(date_utc: str) -> str:
    """The minute of a time as it is stored."""
    return date_utc[:16]


def files(store: Store, paths: Iterable[str] | None = None) -> dict[str, Filed]:
    """The files that were published, by path under out/: all of them, or those of `paths`."""
    if paths is None:
        return filed(store.rows(f"{FILES} ORDER BY path"))
    found = (store.rows(f"{FILES} WHERE path IN ({marks(chunk)})", chunk) for chunk in chunks(sorted(set(paths))))
    return filed(row for rows in found for row in rows)


def files_outside(store: Store, folder: str) -> dict[str, Filed]:
    """Those that are not in `folder`, which ends with a slash."""
    return filed(store.rows(f"{FILES} WHERE path NOT LIKE ? ORDER BY path", (f"{folder}%",)))


def files_within(store: Store, folder: str, start: int, count: int) -> dict[str, Filed]:
    """`count` of those in `folder`, in order, from the one at the place `start` on; round again after the last."""
    row = store.row("SELECT COUNT(*) AS files FROM published_file WHERE path LIKE ?", (f"{folder}%",))
    every = int(row["files"]) if row else 0
    first = start % every if every > count else 0
    statement = f"{FILES} WHERE path LIKE ? ORDER BY path LIMIT ? OFFSET ?"
    rows = store.rows(statement, (f"{folder}%", count, first))
    if first + count > every > count:
        rows += store.rows(statement, (f"{folder}%", first + count - every, 0))
    return filed(rows)


def paths_within(store: Store, folder: str) -> set[str]:
    """The paths of all files in `folder`, which ends with a slash."""
    return {row["path"] for row in store.rows("SELECT path FROM published_file WHERE path LIKE ?", (f"{folder}%",))}


FILES = "SELECT path, file_key, digest, stamp FROM published_file"


def filed(rows: Iterable[Row]) -> dict[str, Filed]:
    return {row["path"]: Filed(row["file_key"], row["digest"], row["stamp"]) for row in rows}


FILE = """INSERT INTO published_file (path, file_key, digest, stamp) VALUES (?, ?, ?, ?) ON CONFLICT (path) DO UPDATE
    SET file_key = excluded.file_key, digest = excluded.digest, stamp = excluded.stamp"""


def settle(store: Store, settled: Settled) -> None:
    """Keep that the files are published. To be called when they are on the disk: a run that was killed before that
    finds its marks again, and makes the files anew."""
    with store.transaction():
        marks = [(mark.minute, mark.source, mark.times) for mark in settled.marks]
        store.write_many("DELETE FROM unpublished WHERE minute = ? AND source = ? AND times = ?", marks)
        store.write_many(FILE, [(path, one.key, one.digest, one.stamp) for path, one in settled.files.items()])
        store.write_many("DELETE FROM published_file WHERE path = ?", [(path,) for path in settled.gone])
        topics = [(topic,) for topic in settled.topics]
        store.write_many("INSERT INTO hub_news (topic) VALUES (?) ON CONFLICT (topic) DO NOTHING", topics)
        note(store, UNTIL, utc(settled.until))
        for name, value in settled.notes.items():
            note(store, name, value)


def hub_news(store: Store) -> tuple[str, ...]:
    """The feeds, by URL, whose news the hub has not been told yet."""
    return tuple(row["topic"] for row in store.rows("SELECT topic FROM hub_news ORDER BY topic"))


def hub_told(store: Store, topics: Iterable[str]) -> None:
    """Forget the news of these feeds: the hub knows it, or there is no hub to tell."""
    with store.transaction():
        store.write_many("DELETE FROM hub_news WHERE topic = ?", [(topic,) for topic in topics])
