"""Finding posts: those that are named, the copies of one, the newest to publish."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from aggregator.model import Entry, StoredPost
from aggregator.store.archive import SHOWN_BETWEEN, between
from aggregator.store.database import Row, Store, chunks, marks
from aggregator.store.rows import (
    COLUMNS,
    OF_A_COPY,
    OF_A_LIST,
    OF_AN_OFFER,
    at,
    compared_of,
    listed_of,
    offered_of,
    packed,
    stored_of,
    utc,
)

ALL = "SELECT " + ", ".join(f"post.{column}" for column in COLUMNS) + " FROM post "
COMPARED = "SELECT " + ", ".join(f"post.{column}" for column in OF_A_COPY) + " FROM post "
"""Of posts what tells which is a copy of which."""
LISTED = "SELECT " + ", ".join(f"post.{column}" for column in OF_A_LIST) + " FROM post "
"""Of posts what lists show."""
OFFERED = "SELECT " + ", ".join(f"post.{column}" for column in OF_AN_OFFER) + " FROM post "
"""Of posts what an issue shows of them."""
MADE = {ALL: stored_of, LISTED: listed_of, OFFERED: offered_of, COMPARED: compared_of}
NEWEST_FIRST = "ORDER BY post.date_utc DESC, post.source, post.position, post.id"
SHOWN = "post.copy_of IS NULL AND post.held IS NULL AND post.date_utc <= ?"


def with_ids(store: Store, ids: Iterable[str], columns: str = ALL) -> dict[str, StoredPost]:
    """The posts with these ids, by id."""
    wanted = sorted(set(ids))
    rows = [row for chunk in chunks(wanted) for row in store.rows(f"{columns} WHERE id IN ({marks(chunk)})", chunk)]
    made = MADE[columns]
    return {row["id"]: made(row) for row in rows}


def text_of(store: Store, post: str) -> str:
    """The text of the post with this id; '' when there is none."""
    row = store.row("SELECT text FROM post WHERE id = ?", (post,))
    return str(row["text"]) if row else ""


def cluster(store: Store, post: str) -> tuple[StoredPost, ...]:
    """The original of the cluster that a post is in, and its copies; nothing when there is no such post."""
    found = clusters(store, [post])
    return tuple(sorted(found.values(), key=lambda stored: (stored.copy_of is not None, stored.post.source, stored.id)))


def clusters(store: Store, ids: Iterable[str], columns: str = ALL) -> dict[str, StoredPost]:
    """The posts with these ids, their originals, and every copy of those originals, by id."""
    found = with_ids(store, ids, columns)
    originals = {stored.copy_of or stored.id for stored in found.values()}
    found |= with_ids(store, originals - set(found), columns)
    for copies in copies_of(store, originals, columns).values():
        found |= {copy.id: copy for copy in copies}
    return found


def copies_of(store: Store, originals: Iterable[str], columns: str = ALL) -> dict[str, list[StoredPost]]:
    """The copies of each of these posts, in the order they are named."""
    made = MADE[columns]
    found: dict[str, list[StoredPost]] = {}
    for chunk in chunks(sorted(set(originals))):
        for row in store.rows(f"{columns} WHERE copy_of IN ({marks(chunk)}) ORDER BY source, link, id", chunk):
            found.setdefault(row["copy_of"], []).append(made(row))
    return found


def newest_entries(store: Store, limit: int, now: datetime) -> tuple[Entry, ...]:
    """The newest `limit` posts that may be shown at `now`, newest first, each with its copies."""
    rows = store.rows(f"{ALL} WHERE {SHOWN} {NEWEST_FIRST} LIMIT ?", (utc(now), limit))
    return entries_of(store, rows)


def newest_of_source(store: Store, source: str, limit: int, now: datetime) -> tuple[Entry, ...]:
    """The newest `limit` entries that `source` has a post of, be it a copy that is named there."""
    own = store.rows(
        "SELECT COALESCE(copy_of, id) AS entry FROM post WHERE source = ? AND held IS NULL"
        " AND (date_utc <= ? OR copy_of IS NOT NULL) ORDER BY date_utc DESC, id LIMIT ?",
        (source, utc(now), limit),
    )
    wanted = sorted({row["entry"] for row in own})
    if not wanted:
        return ()
    rows = store.rows(f"{ALL} WHERE {SHOWN} AND post.id IN ({marks(wanted)}) {NEWEST_FIRST}", (utc(now), *wanted))
    return entries_of(store, rows)


def newest_tagged(store: Store, tag: str, limit: int, now: datetime) -> tuple[Entry, ...]:
    """The newest `limit` entries that bear `tag`, spelt like that. Goes back until it has found so many."""
    holds = "REPLACE(post.tags, ?, '') <> post.tags"  # SQLite's LIKE knows no case
    statement = f"{ALL} WHERE {SHOWN} AND {holds} {NEWEST_FIRST} LIMIT ?"
    found = entries_of(store, store.rows(statement, (utc(now), packed(tag), limit)))
    return tuple(entry for entry in found if tag in entry.stored.post.tags)


def brief_between(store: Store, start: datetime, end: datetime, now: datetime) -> tuple[Entry, ...]:
    """The posts dated from `start` up to and without `end` that may be shown at `now`, newest first: of each what lists
    show, and when it was updated."""
    statement = f"{LISTED} WHERE {SHOWN_BETWEEN} {NEWEST_FIRST}"
    return entries_of(store, store.rows(statement, between((start, end), now)), LISTED)


def whole_between(store: Store, start: datetime, end: datetime, now: datetime, limit: int) -> tuple[Entry, ...]:
    """The same posts whole, the newest `limit` of them."""
    statement = f"{ALL} WHERE {SHOWN_BETWEEN} {NEWEST_FIRST} LIMIT ?"
    return entries_of(store, store.rows(statement, (*between((start, end), now), limit)))


def with_content(store: Store, entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Brief entries whole."""
    found = with_ids(store, (entry.stored.id for entry in entries))
    return tuple(replace(entry, stored=found[entry.stored.id]) for entry in entries)


def count_shown(store: Store, now: datetime) -> int:
    """How many posts may be shown at `now`."""
    row = store.row(f"SELECT COUNT(*) AS posts FROM post WHERE {SHOWN}", (utc(now),))
    return int(row["posts"]) if row else 0


def entries_of(store: Store, rows: Sequence[Row], columns: str = ALL) -> tuple[Entry, ...]:
    """Rows of posts as entries: with their copies, and the title and link of their source. Of each post, and of its
    copies, they hold what `columns` are of."""
    posts = list(map(MADE[columns], rows))
    copies = copies_of(store, (stored.id for stored in posts), columns)
    links = links_of(store, {stored.post.source for stored in posts})
    return tuple(
        Entry(
            id=stored.entry_id or "",
            stored=stored,
            source_title=stored.post.source,
            source_link=links.get(stored.post.source, ""),
            copies=tuple(copy for copy in copies.get(stored.id, ()) if not copy.held),
        )
        for stored in posts
    )


def links_of(store: Store, names: Iterable[str]) -> dict[str, str]:
    """Where people read each of these sources, by name."""
    read = (
        store.rows(f"SELECT name, link FROM source WHERE name IN ({marks(chunk)})", chunk)
        for chunk in chunks(sorted(names))
    )
    return {row["name"]: row["link"] for rows in read for row in rows}


def copy_reason(store: Store, post: str) -> str:
    """Why the post is a copy, or is not; '' when nothing was decided on that."""
    row = store.row("SELECT copy_reason FROM post WHERE id = ?", (post,))
    return str(row["copy_reason"] or "") if row else ""


def newest_dates(store: Store, source: str, limit: int) -> tuple[datetime, ...]:
    """The dates of the newest posts of `source` that state one, newest first."""
    statement = "SELECT date FROM post WHERE source = ? AND dated_by <> 'first-seen' ORDER BY date_utc DESC LIMIT ?"
    return tuple(at(row["date"]) for row in store.rows(statement, (source, limit)))


def newest_versions(store: Store, source: str, limit: int) -> list[tuple[str, str]]:
    """The newest posts of `source`, newest first: their ids, and what differs as soon as a reader sees another post."""
    statement = "SELECT id, content_hash FROM post WHERE source = ? ORDER BY date_utc DESC, id LIMIT ?"
    return [(row["id"], row["content_hash"]) for row in store.rows(statement, (source, limit))]


def texts_of(store: Store, ids: Sequence[str]) -> list[str]:
    """The texts of the posts with these ids, in no order."""
    rows = store.rows(f"SELECT text FROM post WHERE id IN ({marks(ids)})", ids) if ids else []
    return [row["text"] for row in rows]


def counts_by_month(store: Store, first: str) -> dict[tuple[str, str], int]:
    """How many posts each source has in each month (YYYY-MM, in UTC) from `first` on, by source and month."""
    statement = (  # from the sources on, so that the index answers and older posts are not gone through
        "SELECT post.source, SUBSTR(post.date_utc, 1, 7) AS month, COUNT(*) AS posts FROM source CROSS JOIN post"
        " WHERE post.source = source.name AND post.date_utc >= ? GROUP BY post.source, SUBSTR(post.date_utc, 1, 7)"
    )
    return {(row["source"], row["month"]): row["posts"] for row in store.rows(statement, (first,))}


def find(store: Store, address: str) -> StoredPost | None:
    """The post with this id, atom:id, link, or comparable address; None when there is none."""
    held_at = "id IN (SELECT post FROM post_address WHERE address = ?)"
    for condition in ("id = ?", "entry_id = ?", "link = ?", held_at):
        row = store.row(f"{ALL} WHERE {condition} ORDER BY first_seen, id LIMIT 1", (address,))
        if row:
            return stored_of(row)
    return None
