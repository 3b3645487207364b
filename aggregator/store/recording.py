"""The one transaction that keeps what a reading of a source brought, and how the source fares since."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from aggregator.keys import can_be_key
from aggregator.model import RawFeed, SourceState
from aggregator.store.database import Store
from aggregator.store.kept import Kept
from aggregator.store.rows import packed, stated, utc


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
    with store.transaction(alone=any(kept.has_news for kept in several), soon=True):
        store.write_many(SOURCE, [(kept.state.name,) for kept in several])
        for kept in several:
            if kept.has_news:
                from aggregator.store.recording_posts import record_news

                record_news(store, kept, now)
        record_resources(store, several, now)
        record_imprints(store, several)
        record_states(store, several, now)


SOURCE = "INSERT INTO source (name) VALUES (?) ON CONFLICT (name) DO NOTHING"
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
