"""The sketches by which copies are found, made anew for all that is stored when the way of making them changed."""

from __future__ import annotations

from aggregator.dedupe.sketch import sketch_of
from aggregator.prepare import addresses_of
from aggregator.store import Store
from aggregator.store.holding import note, noted
from aggregator.store.posts import with_ids
from aggregator.store.twins import index_posts

NOTE = "sketches"
VERSION = "5"
AT_ONCE = 500


def renew_sketches(store: Store) -> None:
    """Make every stored post findable by sketches of this version; nothing to do in all runs but one."""
    if noted(store, NOTE) == VERSION:
        return
    rows = store.rows("SELECT id FROM post ORDER BY id")
    for start in range(0, len(rows), AT_ONCE):
        posts = with_ids(store, [row["id"] for row in rows[start : start + AT_ONCE]])
        with store.transaction():
            index_posts(
                store,
                {post: sketch_of(stored.post) for post, stored in posts.items()},
                {post: addresses_of(stored.post) for post, stored in posts.items()},
            )
    with store.transaction():
        note(store, NOTE, VERSION)
