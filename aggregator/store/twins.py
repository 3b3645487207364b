"""Finds the stored posts that may be the same as a new one: by hashes of their words, and by address.

Every hash of the index lies on a page of its own, so writing a few posts writes hundreds of pages. New sketches
therefore wait in `sketch`, one row a post, and are put into the index many at a time, in its order; meanwhile they are
looked up in memory. For 16,000 posts that is 2 s instead of 8.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aggregator.store.database import Store, chunks, marks

INDEXED = 16
"""Hashes of a sketch that are indexed and looked up, the smallest ones. The same number on both sides, so that it
does not matter which of two posts came first."""
WAITING = 2000
"""Posts whose sketches may wait."""
COMMON = 200
"""A hash or address that stands in more posts than this is boilerplate: it finds nothing, and is not read further."""
ADDRESS_WEIGHT = 1000
"""An address in common says more than any number of hashes."""


def index_posts(
    store: Store, fingerprints: Mapping[str, Sequence[int]], addresses: Mapping[str, Sequence[str]]
) -> None:
    """Make the posts (by id) findable by these hashes and addresses, and by no others. Within a transaction."""
    if fingerprints:
        index_sketches(store, {post: sorted(set(values))[:INDEXED] for post, values in sorted(fingerprints.items())})
    store.write_many("DELETE FROM post_address WHERE post = ?", [(post,) for post in sorted(addresses)])
    store.write_many(
        "INSERT INTO post_address (address, post) VALUES (?, ?) ON CONFLICT (address, post) DO NOTHING",
        [(address, post) for post, values in sorted(addresses.items()) for address in values],
    )


def index_sketches(store: Store, sketches: Mapping[str, Sequence[int]]) -> None:
    for chunk in chunks(sorted(sketches)):
        indexed = f"SELECT post, hashes FROM sketch WHERE waiting = 0 AND post IN ({marks(chunk)})"
        old = [(value, row["post"]) for row in store.rows(indexed, chunk) for value in json.loads(row["hashes"])]
        store.write_many("DELETE FROM fingerprint WHERE hash = ? AND post = ?", sorted(old))
    store.write_many(
        "INSERT INTO sketch (post, hashes, waiting) VALUES (?, ?, 1)"
        " ON CONFLICT (post) DO UPDATE SET hashes = excluded.hashes, waiting = 1",
        [(post, json.dumps(values)) for post, values in sketches.items()],
    )
    waiting = waiting_sketches(store)
    for post, values in sketches.items():
        for value in values:
            waiting.setdefault(value, []).append(post)
    row = store.row("SELECT COUNT(*) AS posts FROM sketch WHERE waiting = 1")
    if row and row["posts"] > WAITING:
        put_into_index(store)


def put_into_index(store: Store) -> None:
    rows = store.rows("SELECT post, hashes FROM sketch WHERE waiting = 1")
    pairs = sorted((value, row["post"]) for row in rows for value in json.loads(row["hashes"]))
    store.write_many("INSERT INTO fingerprint (hash, post) VALUES (?, ?) ON CONFLICT (hash, post) DO NOTHING", pairs)
    store.write("UPDATE sketch SET waiting = 0 WHERE waiting = 1")
    store.waiting = None


def waiting_sketches(store: Store) -> dict[int, list[str]]:
    """The posts that wait for their place in the index, by hash; read once.

    It may name a post too many, when a transaction failed or a post was edited since: who asks compares texts anyway.
    """
    if store.waiting is None:
        store.waiting = {}
        for row in store.rows("SELECT post, hashes FROM sketch WHERE waiting = 1"):
            for value in json.loads(row["hashes"]):
                store.waiting.setdefault(value, []).append(row["post"])
    return store.waiting


def likely_twins(store: Store, fingerprint: Sequence[int], addresses: Sequence[str]) -> list[str]:
    """Ids of the posts that share hashes or an address, those that share most first. Bounded, however many posts."""
    hashes = sorted(set(fingerprint))[:INDEXED]
    waiting = waiting_sketches(store)
    by_hash = holders(store, "fingerprint", "hash", hashes)
    shared: dict[str, int] = {}
    for value in hashes:
        count(shared, {*by_hash.get(value, ()), *waiting.get(value, ())}, 1)
    for posts in holders(store, "post_address", "address", sorted(set(addresses))).values():
        count(shared, posts, ADDRESS_WEIGHT)
    return sorted(shared, key=lambda post: (-shared[post], post))


def count(shared: dict[str, int], posts: Iterable[str], weight: int) -> None:
    """Add `weight` to each of `posts`, unless they are so many that what they share tells nothing."""
    found = list(posts)
    for post in found if len(found) <= COMMON else ():
        shared[post] = shared.get(post, 0) + weight


def holders(store: Store, table: str, column: str, values: Sequence[Any]) -> dict[Any, list[str]]:
    """The posts that hold each of `values`; no more than tell that a value is common."""
    if not values:
        return {}
    of_one = f"SELECT {column} AS value, post FROM {table} WHERE {column} = ? LIMIT {COMMON + 1}"
    statement = " UNION ALL ".join(f"SELECT value, post FROM ({of_one}) AS of_{place}" for place in range(len(values)))
    found: dict[Any, list[str]] = {}
    for row in store.rows(statement, values):
        found.setdefault(row["value"], []).append(row["post"])
    return found
