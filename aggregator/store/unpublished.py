"""What changed in the store since it was published last: a mark a minute and source, set with the change itself.

A mark names the minute (UTC) of the posts that changed, because by that parts of the archive begin; the publishing that
has dealt with it takes it away. So publishing costs what changed, not what is stored.
"""

from __future__ import annotations

from collections.abc import Iterable

from aggregator.model import StoredPost
from aggregator.store.database import Store, chunks, marks
from aggregator.store.rows import utc

MARK = """INSERT INTO unpublished (minute, source, times) SELECT DISTINCT substr(date_utc, 1, 16), source, 1 FROM post
    WHERE id IN ({ids}) OR id IN (SELECT copy_of FROM post WHERE id IN ({ids})) OR copy_of IN ({ids})
    ON CONFLICT (minute, source) DO UPDATE SET times = unpublished.times + 1"""

MARK_NEW = """INSERT INTO unpublished (minute, source, times) VALUES (?, ?, 1)
    ON CONFLICT (minute, source) DO UPDATE SET times = unpublished.times + 1"""
UP_TO_THE_MINUTE = len("2026-10-31T23:59")


def mark_new(store: Store, posts: Iterable[StoredPost]) -> None:
    """Mark posts that were not stored before, of which nothing is a copy yet: their rows need not be read."""
    store.write_many(MARK_NEW, sorted({(utc(one.date)[:UP_TO_THE_MINUTE], one.post.source) for one in posts}))


def mark_changed(store: Store, posts: Iterable[str]) -> None:
    """Mark these posts (by id) to be published, with their originals and their copies. Within a transaction."""
    for chunk in chunks(sorted(set(posts)), 200):
        store.write_many(MARK.format(ids=marks(chunk)), [[*chunk, *chunk, *chunk]])
