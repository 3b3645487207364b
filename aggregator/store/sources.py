"""What is remembered of each source, and the one transaction that keeps what a reading brought."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from aggregator.model import Memory, RawFeed, Reading, Resource, SourceState, StoredPost, Validators, Verdict
from aggregator.store.database import Store
from aggregator.store.rows import COLUMNS, at, moment, packed, row_of, stated, utc


@dataclass(frozen=True, slots=True)
class Kept:
    """Everything that one reading of one source changes."""

    state: SourceState
    reading: Reading
    posts: Sequence[StoredPost] = ()
    """New ones and edited ones."""
    text_hashes: Mapping[str, str] = field(default_factory=dict)
    """By post id."""
    fingerprints: Mapping[str, Sequence[int]] = field(default_factory=dict)
    addresses: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Comparable addresses of each post: its link, and what it calls canonical."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Further keys of posts of this source -> post id."""
    relations: Mapping[str, tuple[str | None, str]] = field(default_factory=dict)
    """Post id -> the original it is a copy of, or None; and why. Also for posts of other sources."""
    verdicts: Sequence[tuple[str, Verdict]] = ()
    set_aside: Mapping[str, str] = field(default_factory=dict)


def memories(store: Store) -> dict[str, Memory]:
    """What is remembered of every source, by name."""
    resources: dict[str, dict[str, Resource]] = {}
    for row in store.rows("SELECT * FROM resource"):
        validators = Validators(row["etag"], row["last_modified"])
        resource = Resource(row["url"], validators, row["body_hash"], at(row["stored_at"]))
        resources.setdefault(row["source"], {})[row["url"]] = resource
    aside: dict[str, dict[str, str]] = {}
    for row in store.rows("SELECT source, link, reason FROM set_aside"):
        aside.setdefault(row["source"], {})[row["link"]] = row["reason"]
    counts = {row["source"]: row["posts"] for row in store.rows(COUNT)}
    return {
        row["name"]: Memory(
            resources=resources.get(row["name"], {}),
            resolved_url=row["resolved_url"],
            resolved_kind=row["resolved_kind"],
            set_aside=aside.get(row["name"], {}),
            post_count=counts.get(row["name"], 0),
        )
        for row in store.rows("SELECT name, resolved_url, resolved_kind FROM source")
    }


COUNT = "SELECT source, COUNT(*) AS posts, MAX(date_utc) AS newest FROM post GROUP BY source"


def states(store: Store) -> tuple[SourceState, ...]:
    """Every source that was ever read, by name."""
    counts = {row["source"]: row for row in store.rows(COUNT)}
    found = []
    for row in store.rows("SELECT * FROM source ORDER BY name"):
        count = counts.get(row["name"])
        found.append(
            SourceState(
                name=row["name"],
                title=row["title"],
                link=row["link"],
                feed_url=row["feed_url"],
                feed_id=row["feed_id"],
                kind=row["kind"],
                format=row["format"],
                icon=row["icon"],
                rights=row["rights"],
                authors=tuple(json.loads(row["authors"])),
                language=row["language"],
                updated=moment(row["updated"]),
                state=row["state"],
                since=moment(row["since"]),
                sentence=row["sentence"],
                next_check=moment(row["next_check"]),
                last_checked=moment(row["last_checked"]),
                post_count=count["posts"] if count else 0,
                newest=moment(count["newest"]) if count else None,
            ),
        )
    return tuple(found)


def record(store: Store, kept: Kept, now: datetime) -> None:
    """Keep all of `kept`, or nothing: validators are never stored without the posts they vouch for."""
    name = kept.state.name
    with store.transaction():
        record_posts(store, kept)
        record_relations(store, kept, now)
        for resource in kept.reading.resources:
            validators = resource.validators
            values = name, resource.url, validators.etag, validators.last_modified, resource.body_hash, utc(now)
            store.write(RESOURCE, values)
        store.write_many(SET_ASIDE, [(name, link, reason, utc(now)) for link, reason in sorted(kept.set_aside.items())])
        record_state(store, kept, now)


RESOURCE = """INSERT INTO resource (source, url, etag, last_modified, body_hash, stored_at) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (source, url) DO UPDATE SET etag = excluded.etag, last_modified = excluded.last_modified,
    body_hash = CASE WHEN excluded.body_hash = '' THEN resource.body_hash ELSE excluded.body_hash END,
    stored_at = CASE WHEN excluded.body_hash = '' THEN resource.stored_at ELSE excluded.stored_at END"""
SET_ASIDE = """INSERT INTO set_aside (source, link, reason, at) VALUES (?, ?, ?, ?)
    ON CONFLICT (source, link) DO UPDATE SET reason = excluded.reason, at = excluded.at"""
KEPT_AS_THEY_ARE = ("id", "source", "first_seen", "date", "date_utc", "dated_by", "copy_of", "copy_reason", "entry_id")
POST = (
    f"INSERT INTO post ({', '.join(COLUMNS)}) VALUES ({', '.join('?' for _ in COLUMNS)}) "
    "ON CONFLICT (id) DO UPDATE SET "
    + ", ".join(f"{column} = excluded.{column}" for column in COLUMNS if column not in KEPT_AS_THEY_ARE)
)


def record_posts(store: Store, kept: Kept) -> None:
    name = kept.state.name
    store.write_many(POST, [row_of(stored, kept.text_hashes.get(stored.id, "")) for stored in kept.posts])
    keys = [(name, stored.post.key, stored.id) for stored in kept.posts]
    keys += [(name, key, post) for key, post in sorted(kept.aliases.items())]
    store.write_many(
        "INSERT INTO post_alias (source, post_key, post) VALUES (?, ?, ?)"
        " ON CONFLICT (source, post_key) DO UPDATE SET post = excluded.post",
        keys,
    )
    for table, column, values in (
        ("fingerprint", "hash", kept.fingerprints),
        ("post_address", "address", kept.addresses),
    ):
        store.write_many(f"DELETE FROM {table} WHERE post = ?", [(post,) for post in sorted(values)])
        store.write_many(
            f"INSERT INTO {table} ({column}, post) VALUES (?, ?) ON CONFLICT DO NOTHING",
            [(value, post) for post in sorted(values) for value in values[post]],
        )


def record_relations(store: Store, kept: Kept, now: datetime) -> None:
    """Copies and originals; an original takes over the entry id that readers know its cluster by."""
    for post, (original, reason) in sorted(kept.relations.items()):
        store.write("UPDATE post SET copy_of = ?, copy_reason = ? WHERE id = ?", (original, reason, post))
        if original is None:
            continue
        published = store.row("SELECT entry_id FROM post WHERE id = ?", (post,))
        if published and published["entry_id"]:
            values = published["entry_id"], original
            if store.write("UPDATE post SET entry_id = ? WHERE id = ? AND entry_id IS NULL", values):
                store.write("UPDATE post SET entry_id = NULL WHERE id = ?", (post,))
    store.write_many(
        "INSERT INTO decision (source, post, at, kind, reason) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (post, at, kind) DO UPDATE SET reason = excluded.reason",
        [(kept.state.name, post, utc(now), verdict.kind, verdict.reason) for post, verdict in kept.verdicts],
    )


def record_state(store: Store, kept: Kept, now: datetime) -> None:
    """The state and when it began; what the feed says of itself, when it was read."""
    state, reading = kept.state, kept.reading
    store.write("INSERT INTO source (name) VALUES (?) ON CONFLICT (name) DO NOTHING", (state.name,))
    store.write(
        "UPDATE source SET since = CASE WHEN state = ? AND since IS NOT NULL THEN since ELSE ? END,"
        " state = ?, sentence = ?, last_checked = ?, next_check = ?, failures = ? WHERE name = ?",
        (
            state.state, utc(now), state.state, state.sentence, utc(now), stated(state.next_check),
            0 if reading.problem is None else failures(store, state.name) + 1, state.name,
        ),
    )  # fmt: skip
    if reading.resolved_url is not None:
        values = reading.resolved_url, reading.resolved_kind, state.name
        store.write("UPDATE source SET resolved_url = ?, resolved_kind = ? WHERE name = ?", values)
    if reading.feed is not None:
        record_feed(store, state, reading.feed, reading.resolved_url or "")


def record_feed(store: Store, state: SourceState, feed: RawFeed, address: str) -> None:
    store.write(
        "UPDATE source SET title = ?, link = ?, feed_url = ?, feed_id = ?, kind = ?, format = ?, icon = ?, rights = ?,"
        " authors = ?, language = ?, updated = ? WHERE name = ?",
        (
            state.title, state.link, address, feed.id or "", state.kind, feed.format, feed.icon, feed.rights,
            packed(state.authors), feed.language, stated(state.updated), state.name,
        ),
    )  # fmt: skip


def failures(store: Store, name: str) -> int:
    """How many times in a row the source could not be read."""
    row = store.row("SELECT failures FROM source WHERE name = ?", (name,))
    return int(row["failures"]) if row else 0
