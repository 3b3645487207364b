"""What is known of a source's posts: only of those that a reading of it brings up, however many are stored."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime

from aggregator.model import Imprint, KnownPost
from aggregator.store.database import Row, Store, chunks, marks
from aggregator.store.rows import at, utc

HASHES = 1_000
"""Of the newest posts; hardly a feed holds more, and what it holds besides is recognised by its key."""
SPANS = 50
"""Of one statement."""
FACTS = "id, source, post_key, link, title, raw_hash, content_hash, text_hash, date, dated_by, first_seen, held"


def raw_hashes(store: Store, source: str) -> frozenset[str]:
    """The hashes of the newest posts of `source` as the source told them: an index holds them, no post is read."""
    statement = "SELECT raw_hash FROM post WHERE source = ? ORDER BY date_utc DESC LIMIT ?"
    return frozenset(row["raw_hash"] for row in store.rows(statement, (source, HASHES)))


def hashes_by_id(store: Store, source: str) -> dict[str, str]:
    """The hashes of all posts of `source` as the source told them, by the ids of the posts: for a source with few."""
    return {
        row["id"]: row["raw_hash"] for row in store.rows("SELECT id, raw_hash FROM post WHERE source = ?", (source,))
    }


def imprints_of(store: Store, source: str) -> dict[str, Imprint]:
    """What is remembered of the entries that the feed of `source` held when it was read last, by stamp."""
    row = store.row("SELECT entries FROM imprint WHERE source = ?", (source,))
    return {stamp: Imprint(*told) for stamp, told in json.loads(row["entries"]).items()} if row else {}


def known_by_key(store: Store, source: str, keys: Iterable[str]) -> tuple[KnownPost, ...]:
    """The posts of `source` that were ever known by one of `keys`."""
    aliases: dict[str, list[str]] = {}
    for chunk in chunks(sorted(set(keys))):
        statement = f"SELECT post, post_key FROM post_alias WHERE source = ? AND post_key IN ({marks(chunk)})"
        for row in store.rows(statement, (source, *chunk)):
            aliases.setdefault(row["post"], []).append(row["post_key"])
    return tuple(known_of(row, aliases.get(row["id"], ())) for row in with_ids(store, source, aliases))


def known_otherwise(
    store: Store,
    source: str,
    addresses: Iterable[str],
    texts: Iterable[str],
    spans: Iterable[tuple[datetime, datetime]],
) -> tuple[KnownPost, ...]:
    """The posts of `source` with one of these comparable addresses or hashes of texts, or dated within `spans`."""
    found_at: set[str] = set()
    for chunk in chunks(sorted(set(addresses))):
        statement = f"SELECT post FROM post_address WHERE address IN ({marks(chunk)})"
        found_at |= {row["post"] for row in store.rows(statement, chunk)}
    rows = [
        *with_ids(store, source, found_at),
        *with_texts(store, source, texts),
        *dated_within(store, source, spans),
    ]
    found = {row["id"]: row for row in rows}
    keys: dict[str, list[str]] = {}
    for chunk in chunks(sorted(found)):
        for row in store.rows(f"SELECT post, post_key FROM post_alias WHERE post IN ({marks(chunk)})", chunk):
            keys.setdefault(row["post"], []).append(row["post_key"])
    return tuple(known_of(row, keys.get(row["id"], ())) for row in found.values())


def known_with_ids(store: Store, source: str, ids: Iterable[str]) -> tuple[KnownPost, ...]:
    """The posts of `source` with these ids."""
    return tuple(known_of(row, ()) for row in with_ids(store, source, ids))


def count_keys(store: Store, ids: Iterable[str]) -> dict[str, int]:
    """How many keys each of the posts with these ids was known by."""
    found: dict[str, int] = {}
    for chunk in chunks(sorted(set(ids))):
        statement = f"SELECT post, COUNT(*) AS keys FROM post_alias WHERE post IN ({marks(chunk)}) GROUP BY post"
        rows = store.rows(statement, chunk)
        found |= {row["post"]: row["keys"] for row in rows}
    return found


def dated_within(store: Store, source: str, spans: Iterable[tuple[datetime, datetime]]) -> list[Row]:
    found: list[Row] = []
    for chunk in chunks(sorted(set(spans)), SPANS):
        within = " OR ".join("date_utc BETWEEN ? AND ?" for _ in chunk)
        values = [utc(end) for span in chunk for end in span]
        found += store.rows(f"SELECT {FACTS} FROM post WHERE source = ? AND ({within})", (source, *values))
    return found


def with_ids(store: Store, source: str, ids: Iterable[str]) -> list[Row]:
    """What is known of the posts of `source` with these ids."""
    wanted = chunks(sorted(set(ids)))  # by id alone: SQLite would rather go through every post of the source
    found = [row for one in wanted for row in store.rows(f"SELECT {FACTS} FROM post WHERE id IN ({marks(one)})", one)]
    return [row for row in found if row["source"] == source]


def with_texts(store: Store, source: str, hashes: Iterable[str]) -> list[Row]:
    """What is known of the posts of `source` whose text has one of these hashes."""
    found: list[Row] = []
    for chunk in chunks(sorted({text for text in hashes if text})):
        among = f"text_hash IN ({marks(chunk)}) AND text_hash <> ''"
        found += store.rows(f"SELECT {FACTS} FROM post WHERE source = ? AND {among}", (source, *chunk))
    return found


def known_of(row: Row, keys: Sequence[str]) -> KnownPost:
    return KnownPost(
        id=row["id"],
        key=row["post_key"],
        keys=(row["post_key"], *(key for key in keys if key != row["post_key"])),
        link=row["link"],
        title=row["title"],
        raw_hash=row["raw_hash"],
        content_hash=row["content_hash"],
        text_hash=row["text_hash"],
        date=at(row["date"]),
        dated_by=row["dated_by"],
        first_seen=at(row["first_seen"]),
        held=row["held"],
    )
