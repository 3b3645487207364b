"""The sketches by which copies are found, made anew for all that is stored when the way of making them changed."""

from __future__ import annotations

from aggregator.dedupe.sketch import sketch_of
from aggregator.prepare import addresses_of
from aggregator.store import Store
from aggregator.store.holding import note, noted
from aggregator.store.posts import with_ids
from aggregator.store.twin_index import index_posts

NOTE = "sketches"
VERSION = "5"
AT_ONCE = 500
NEXT = "SELECT id FROM post WHERE id > ? ORDER BY id LIMIT ?"


def renew_sketches(store: Store) -> None:
    """Make every stored post findable by sketches of this version; nothing to do in all runs but one.

    A run that is stopped at it goes on where the one before was: of a million posts it takes a quarter of an hour.
    """
    version, _, last = noted(store, NOTE).partition(" after ")
    if version == VERSION and not last:
        return
    last = last if version == VERSION else ""
    while ids := [row["id"] for row in store.rows(NEXT, (last, AT_ONCE))]:
        posts, last = with_ids(store, ids), ids[-1]
        with store.transaction():
            index_posts(
                store,
                {post: sketch_of(stored.post) for post, stored in posts.items()},
                {post: addresses_of(stored.post) for post, stored in posts.items()},
            )
            note(store, NOTE, f"{VERSION} after {last}")
    with store.transaction():
        note(store, NOTE, VERSION)
