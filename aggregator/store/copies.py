"""Which stored posts are one post: the index that finds likely twins, and the clusters that were decided on.

A cluster is an original and its copies; every copy names its original directly, however the cluster came to be.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aggregator.store.database import Store

INDEXED = 16
"""Hashes of a sketch that are indexed and looked up, the smallest ones. The same number on both sides, so that it
does not matter which of two posts came first. Each costs 0.01 ms a post: 48 of them made a first run 15 s longer
for 16,000 posts."""
COMMON = 200
"""A hash or address that stands in more posts than this is boilerplate: it finds nothing, and is not read further."""
ADDRESS_WEIGHT = 1000
"""An address in common says more than any number of hashes."""


def index_posts(
    store: Store, fingerprints: Mapping[str, Sequence[int]], addresses: Mapping[str, Sequence[str]]
) -> None:
    """Make the posts (by id) findable by these hashes and addresses, and by no others."""
    forget_hashes(store, fingerprints)
    rows = [(value, post) for post, values in fingerprints.items() for value in sorted(set(values))[:INDEXED]]
    store.write_many("INSERT INTO fingerprint (hash, post) VALUES (?, ?)", sorted(rows))
    store.write_many(
        "INSERT INTO sketch (post, hashes) VALUES (?, ?) ON CONFLICT (post) DO UPDATE SET hashes = excluded.hashes",
        [(post, json.dumps(sorted(set(values))[:INDEXED])) for post, values in sorted(fingerprints.items())],
    )
    store.write_many("DELETE FROM post_address WHERE post = ?", [(post,) for post in sorted(addresses)])
    store.write_many(
        "INSERT INTO post_address (address, post) VALUES (?, ?) ON CONFLICT (address, post) DO NOTHING",
        [(address, post) for post, values in sorted(addresses.items()) for address in values],
    )


def forget_hashes(store: Store, posts: Iterable[str]) -> None:
    for chunk in chunks(sorted(posts)):
        rows = store.rows(f"SELECT post, hashes FROM sketch WHERE post IN ({marks(chunk)})", chunk)
        old = [(value, row["post"]) for row in rows for value in json.loads(row["hashes"])]
        store.write_many("DELETE FROM fingerprint WHERE hash = ? AND post = ?", sorted(old))


def likely_twins(store: Store, fingerprint: Sequence[int], addresses: Sequence[str]) -> list[str]:
    """Ids of the posts that share hashes or an address, those that share most first. Bounded, however many posts."""
    shared: dict[str, int] = {}
    for post in holders(store, "fingerprint", "hash", sorted(set(fingerprint))[:INDEXED]):
        shared[post] = shared.get(post, 0) + 1
    for post in holders(store, "post_address", "address", sorted(set(addresses))):
        shared[post] = shared.get(post, 0) + ADDRESS_WEIGHT
    return sorted(shared, key=lambda post: (-shared[post], post))


def holders(store: Store, table: str, column: str, values: Sequence[Any]) -> list[str]:
    """The posts that hold each of `values`, a post once for each; without values that are common."""
    if not values:
        return []
    of_one = f"SELECT {column} AS value, post FROM {table} WHERE {column} = ? LIMIT {COMMON + 1}"
    statement = " UNION ALL ".join(f"SELECT value, post FROM ({of_one}) AS of_{place}" for place in range(len(values)))
    found: dict[Any, list[str]] = {}
    for row in store.rows(statement, values):
        found.setdefault(row["value"], []).append(row["post"])
    return [post for posts in found.values() if len(posts) <= COMMON for post in posts]


def relate(store: Store, relations: Mapping[str, tuple[str | None, str]]) -> None:
    """Keep that posts are copies of others, or (None) of none, and why; in whatever order it was found out.

    The original takes over the atom:id by which readers know its cluster. A post is never hidden behind one that is
    not there, nor behind itself.
    """
    for post, (original, reason) in sorted(relations.items()):
        if original is None:
            store.write("UPDATE post SET copy_of = NULL, copy_reason = ? WHERE id = ?", (reason, post))
    originals = set()
    for post, (original, reason) in sorted(relations.items()):
        root = root_of(store, original) if original is not None else None
        if root is None or root == post:
            continue
        store.write("UPDATE post SET copy_of = ?, copy_reason = ? WHERE id = ?", (root, reason, post))
        store.write("UPDATE post SET copy_of = ? WHERE copy_of = ?", (root, post))
        originals.add(root)
    for changed in sorted(originals):
        hand_over_entry_id(store, changed)


def root_of(store: Store, post: str) -> str | None:
    """The original of the cluster that a post is in; None when there is no such post."""
    row = store.row("SELECT copy_of FROM post WHERE id = ?", (post,))
    if row is None:
        return None
    return str(row["copy_of"]) if row["copy_of"] else post


def hand_over_entry_id(store: Store, original: str) -> None:
    """Give an original that was never published the atom:id of the copy that was, the one first seen if several."""
    row = store.row("SELECT entry_id FROM post WHERE id = ?", (original,))
    if row is None or row["entry_id"]:
        return
    statement = "SELECT id, entry_id FROM post WHERE copy_of = ? AND entry_id IS NOT NULL ORDER BY first_seen, id"
    copy = store.row(statement, (original,))
    if copy:
        store.write("UPDATE post SET entry_id = NULL WHERE id = ?", (copy["id"],))
        store.write("UPDATE post SET entry_id = ? WHERE id = ?", (copy["entry_id"], original))


def marks(values: Sequence[Any]) -> str:
    """As many question marks as there are values, for IN (...)."""
    return ", ".join("?" for _ in values)


def chunks(values: Sequence[Any], size: int = 500) -> Iterable[Sequence[Any]]:
    """`values` in pieces that one statement may hold."""
    return (values[start : start + size] for start in range(0, len(values), size))
