"""Keeping the posts that a reading brought, and what was decided about them. Within its transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from aggregator.model import Verdict
from aggregator.store.copies import relate
from aggregator.store.database import Store, chunks, marks
from aggregator.store.kept import Kept
from aggregator.store.rows import COLUMNS, row_of, utc
from aggregator.store.unpublished import mark_changed, mark_new


def record_news(store: Store, kept: Kept, now: datetime) -> None:
    """Keep the posts, which are one with others, and why."""
    record_posts(store, kept)
    relate(store, kept.relations)
    record_verdicts(store, kept.state.name, kept.verdicts, now)


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
