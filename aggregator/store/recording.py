"""The one transaction that keeps what a reading of a source brought."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from aggregator.keys import can_be_key
from aggregator.model import RawFeed, Reading, Sketch, SourceState, StoredPost, Verdict
from aggregator.store.copies import relate
from aggregator.store.database import Store, chunks, marks
from aggregator.store.rows import COLUMNS, packed, row_of, stated, utc
from aggregator.store.unpublished import mark_changed, mark_new


@dataclass(frozen=True, slots=True)
class Kept:
    """Everything that one reading of one source changes."""

    state: SourceState
    reading: Reading
    posts: Sequence[StoredPost] = ()
    """New ones and edited ones."""
    text_hashes: Mapping[str, str] = field(default_factory=dict)
    """By post id."""
    sketches: Mapping[str, Sketch] = field(default_factory=dict)
    addresses: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Comparable addresses of each post: its link, and what it calls canonical."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Further keys of posts of this source -> post id."""
    relations: Mapping[str, tuple[str | None, str]] = field(default_factory=dict)
    """Post id -> the original it is a copy of, or None; and why. Also for posts of other sources."""
    verdicts: Sequence[tuple[str, Verdict]] = ()
    set_aside: Mapping[str, str] = field(default_factory=dict)
    response_seconds: float | None = None


def record(store: Store, kept: Kept, now: datetime) -> None:
    """Keep all of `kept`, or nothing: validators are never stored without the posts they vouch for.

    Recording the same again changes nothing but when the source was last checked.
    """
    record_all(store, [kept], now)


def record_all(store: Store, several: Iterable[Kept], now: datetime) -> None:
    """Keep what several readings brought in one transaction: for the many sources that bring nothing new.

    After a power cut they are read again. What readers have seen rests on rows that were committed later.
    """
    several = list(several)
    with store.transaction(alone=any(kept.posts or kept.relations for kept in several), soon=True):
        store.write_many(SOURCE, [(kept.state.name,) for kept in several])
        for kept in several:
            record_posts(store, kept)
            relate(store, kept.relations)
            record_verdicts(store, kept.state.name, kept.verdicts, now)
        record_resources(store, several, now)
        record_imprints(store, several)
        record_states(store, several, now)


# What is frozen at first sight. Relations and entry ids have their own statements in copies.py and posts.py.
FROZEN = ("id", "source", "first_seen", "copy_of", "copy_reason", "entry_id")
DATES = ("date", "date_utc", "dated_by")
# A date is frozen once the post is published. Until then a date stated later or corrected counts: a post dated years
# ahead by mistake would otherwise wait for ever. First sight stays first sight.
DATE_MAY_CHANGE = "post.entry_id IS NULL AND excluded.dated_by <> 'first-seen'"
SET = [
    "revised = COALESCE(excluded.revised, post.revised)",
    *(f"{column} = excluded.{column}" for column in COLUMNS if column not in (*FROZEN, *DATES, "revised")),
    *(f"{column} = CASE WHEN {DATE_MAY_CHANGE} THEN excluded.{column} ELSE post.{column} END" for column in DATES),
]
SOURCE = "INSERT INTO source (name) VALUES (?) ON CONFLICT (name) DO NOTHING"
POST = f"""INSERT INTO post ({", ".join(COLUMNS)}) VALUES ({marks(COLUMNS)})
    ON CONFLICT (id) DO UPDATE SET {", ".join(SET)}"""
ALIAS = """INSERT INTO post_alias (source, post_key, post) VALUES (?, ?, ?)
    ON CONFLICT (source, post_key) DO UPDATE SET post = excluded.post"""
PAST = timedelta(days=31)
"""Of what a source held when its posts were first read, the newsletter takes what is no older than this."""
FOUND_LATE = timedelta(days=31)
"""A long list is read in many runs; what is found so much later than the first is a new post with an old date."""
BEGIN = """UPDATE source SET newsletter_from = COALESCE(newsletter_from, ?), newsletter_past_until = ?
    WHERE name = ? AND newsletter_past_until IS NULL"""
COUNTED = """UPDATE source SET post_count = post_count + ?,
    newest = (SELECT MAX(date_utc) FROM post WHERE source = ?) WHERE name = ?"""


def record_posts(store: Store, kept: Kept) -> None:
    name = kept.state.name
    if kept.posts:
        ids = {stored.id for stored in kept.posts}
        before = stored_among(store, ids)
        store.write_many(POST, [row_of(stored, kept.text_hashes.get(stored.id, "")) for stored in kept.posts])
        mark_changed(store, before)
        mark_new(store, (stored for stored in kept.posts if stored.id not in before))
        store.write_many(COUNTED, [(len(ids) - len(before), name, name)])
        first = min(stored.first_seen for stored in kept.posts)
        store.write_many(BEGIN, [(utc(first - PAST), utc(first + FOUND_LATE), name)])
    store.write_many(ALIAS, [(name, stored.post.key, stored.id) for stored in kept.posts])
    store.write_many(ALIAS, [(name, key, post) for key, post in sorted(kept.aliases.items())])
    if kept.sketches or kept.addresses:
        from aggregator.store.twin_index import index_posts  # a reading without news needs none of it

        index_posts(store, kept.sketches, kept.addresses)


def stored_among(store: Store, ids: Iterable[str]) -> set[str]:
    """Those of `ids` that are of stored posts."""
    statement = "SELECT id FROM post WHERE id IN ({})"
    chunked = (store.rows(statement.format(marks(chunk)), chunk) for chunk in chunks(sorted(ids)))
    return {row["id"] for rows in chunked for row in rows}


def record_verdicts(store: Store, source: str, verdicts: Sequence[tuple[str, Verdict]], now: datetime) -> None:
    """Keep what was decided about posts (by id) of `source`. Within a transaction."""
    store.write_many(
        "INSERT INTO decision (source, at, post, kind, reason) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (source, at, post, kind) DO UPDATE SET reason = excluded.reason",
        [(source, utc(now), post, verdict.kind, verdict.reason) for post, verdict in verdicts],
    )


RESOURCE = """INSERT INTO resource (source, url, etag, last_modified, body_hash, stored_at) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (source, url) DO UPDATE SET etag = excluded.etag, last_modified = excluded.last_modified,
    body_hash = CASE WHEN excluded.body_hash = '' THEN resource.body_hash ELSE excluded.body_hash END,
    stored_at = CASE WHEN excluded.body_hash = '' THEN resource.stored_at ELSE excluded.stored_at END"""
IMPRINT = """INSERT INTO imprint (source, entries) VALUES (?, ?)
    ON CONFLICT (source) DO UPDATE SET entries = excluded.entries"""
SET_ASIDE = """INSERT INTO set_aside (source, link, reason, at) VALUES (?, ?, ?, ?)
    ON CONFLICT (source, link) DO UPDATE SET reason = excluded.reason, at = excluded.at"""


def record_resources(store: Store, several: Sequence[Kept], now: datetime) -> None:
    """Validators go together, whole. A resource without a body hash is one that was not sent again.

    What is too long an address to be looked up by is not remembered, and read again each time.
    """
    resources = [
        (kept.state.name, one.url, one.validators.etag, one.validators.last_modified, one.body_hash, utc(now))
        for kept in several
        for one in kept.reading.resources
        if can_be_key(one.url)
    ]
    aside = [
        (kept.state.name, link, reason, utc(now))
        for kept in several
        for link, reason in sorted(kept.set_aside.items())
        if can_be_key(link)
    ]
    store.write_many(RESOURCE, resources)
    store.write_many(SET_ASIDE, aside)


STATE = """UPDATE source SET since = CASE WHEN since IS NOT NULL AND (state = ? OR
    (state IN ('ok', 'unchanged') AND ? IN ('ok', 'unchanged'))) THEN since ELSE ? END,
    state = ?, sentence = ?, last_checked = ?, next_check = ?,
    failures = CASE ? WHEN 'failed' THEN failures + 1 WHEN 'read' THEN 0 ELSE failures END,
    response_seconds = COALESCE(?, response_seconds), rhythm = ?, moved_to = ?, moved_since = ?,
    configured_url = ?, told_by = ?, told_by_reason = ?, read_as = ? WHERE name = ?"""
RESOLVED = "UPDATE source SET resolved_url = ?, resolved_kind = ? WHERE name = ?"
FEED = """UPDATE source SET title = ?, link = ?, feed_url = ?, feed_id = ?, kind = ?, format = ?, icon = ?, rights = ?,
    authors = ?, language = ?, updated = ? WHERE name = ?"""


def record_imprints(store: Store, several: Sequence[Kept]) -> None:
    """Remember the entries as they stand in the feeds now, in place of those of the readings before."""
    feeds = [(kept.state.name, kept.reading.feed) for kept in several if kept.reading.feed is not None]
    told = [
        (
            source,
            packed({stamp: (one.raw_hash, one.id, one.link, one.published) for stamp, one in feed.imprints.items()}),
        )
        for source, feed in feeds
        if feed.imprints
    ]
    if told:
        store.write_many(IMPRINT, told)


def record_states(store: Store, several: Sequence[Kept], now: datetime) -> None:
    """The state and when it began; what the feed says of itself, when it was read."""
    store.write_many(STATE, [state_row(kept, now) for kept in several])
    readings = [(kept.state, kept.reading) for kept in several]
    resolved = [
        (reading.resolved_url, reading.resolved_kind, state.name)
        for state, reading in readings
        if reading.resolved_url is not None
    ]
    store.write_many(RESOLVED, resolved)
    store.write_many(FEED, [feed_row(state, reading.feed) for state, reading in readings if reading.feed is not None])


def state_row(kept: Kept, now: datetime) -> tuple[Any, ...]:
    state, problem = kept.state, kept.reading.problem
    went = "read" if problem is None else "left alone" if problem.left_alone else "failed"
    return (
        state.state, state.state, utc(now), state.state, state.sentence, utc(now), stated(state.next_check),
        went, kept.response_seconds, state.rhythm, state.moved_to,
        stated(state.moved_since), state.configured_url, state.told_by, state.told_by_reason, state.read_as,
        state.name,
    )  # fmt: skip


def feed_row(state: SourceState, feed: RawFeed) -> tuple[Any, ...]:
    return (
        state.title, state.link, state.feed_url, feed.id or "", state.kind, feed.format, feed.icon, feed.rights,
        packed(state.authors), feed.language, stated(state.updated), state.name,
    )  # fmt: skip
