"""Finds the stored posts that may be the same as a new one: by hashes of their words, and by address.

Every hash of the index lies on a page of its own, so writing a few posts writes hundreds of pages. New sketches
therefore wait in `sketch`, one row a post, and are put into the index many at a time, in its order; meanwhile they are
looked up in memory. For 16,000 posts that is 2 s instead of 8.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from aggregator.store.database import Store, chunks, marks

WAITING = 2000
"""Posts whose sketches may wait."""
COMMON = 200
"""A hash or address that stands in more posts than this is boilerplate: it finds nothing, and is not read further."""
CHUNK = 20
ADDRESS_WEIGHT = 1000
"""An address in common says more than any number of hashes."""


def reference_of(post: str) -> int:
    """The first 15 digits of a post's id: short enough for the index, and of two posts never the same in practice."""
    return int(post[:15], 16)


def ids_of(reference: int) -> tuple[str, str]:
    """The first and the last id that have this reference."""
    digits = f"{reference:015x}"
    return digits + "0" * 17, digits + "f" * 17


def index_posts(
    store: Store,
    fingerprints: Mapping[str, Sequence[int]],
    addresses: Mapping[str, Sequence[str]],
    samples: Mapping[str, bytes],
) -> None:
    """Make the posts (by id) findable by these hashes and addresses, and by no others. Within a transaction.

    A post that is named in one of the two mappings only is findable by that alone. `samples` rule out, without reading
    the posts, most of what is found.
    """
    posts = sorted({*fingerprints, *addresses})
    if not posts:
        return
    take_out(store, posts)
    hashes = {post: sorted(set(fingerprints.get(post, ()))) for post in posts}
    found_at = {post: sorted(set(addresses.get(post, ()))) for post in posts}
    sampled = {post: samples.get(post, b"") for post in posts}
    store.write_many(
        "INSERT INTO post_address (address, post) VALUES (?, ?) ON CONFLICT (address, post) DO NOTHING",
        [(address, post) for post in posts for address in found_at[post]],
    )
    encoded = {post: b64encode(sample).decode() for post, sample in sampled.items()}
    store.write_many(
        "INSERT INTO sketch (post, hashes, addresses, sample, waiting) VALUES (?, ?, ?, ?, 1)"
        " ON CONFLICT (post) DO UPDATE"
        " SET hashes = excluded.hashes, addresses = excluded.addresses, sample = excluded.sample, waiting = 1",
        [(post, json.dumps(hashes[post]), json.dumps(found_at[post]), encoded[post]) for post in posts],
    )
    remember(waiting_sketches(store), hashes, sampled)
    waiting = len(waiting_sketches(store).samples)
    if waiting > (0 if store.shared else WAITING):  # what others make wait, this process would not see
        put_into_index(store)


def take_out(store: Store, posts: Sequence[str]) -> None:
    """Remove what the index holds of `posts`."""
    for chunk in chunks(posts):
        rows = store.rows(f"SELECT post, hashes, addresses, waiting FROM sketch WHERE post IN ({marks(chunk)})", chunk)
        addresses = [(address, row["post"]) for row in rows for address in json.loads(row["addresses"])]
        store.write_many("DELETE FROM post_address WHERE address = ? AND post = ?", addresses)
        indexed = [row for row in rows if not row["waiting"]]
        pairs = [(value, reference_of(row["post"])) for row in indexed for value in json.loads(row["hashes"])]
        store.write_many("DELETE FROM fingerprint WHERE hash = ? AND reference = ?", sorted(pairs))


def put_into_index(store: Store) -> None:
    rows = store.rows("SELECT post, hashes FROM sketch WHERE waiting = 1")
    pairs = sorted((value, reference_of(row["post"])) for row in rows for value in json.loads(row["hashes"]))
    statement = "INSERT INTO fingerprint (hash, reference) VALUES (?, ?) ON CONFLICT (hash, reference) DO NOTHING"
    store.write_many(statement, pairs)
    store.write_many("UPDATE sketch SET waiting = 0 WHERE waiting = 1", [()])
    store.waiting = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """The posts that wait for their place in the index: by hash, and their samples; both by reference."""

    by_hash: dict[int, list[int]] = field(default_factory=dict)
    samples: dict[int, bytes] = field(default_factory=dict)


def waiting_sketches(store: Store) -> Waiting:
    """What waits for its place in the index; read once.

    It may name a post too many, when a transaction failed or a post was edited since: who asks compares texts anyway.
    """
    if store.waiting is None:
        store.waiting = Waiting()
        rows = store.rows("SELECT post, hashes, sample FROM sketch WHERE waiting = 1")
        remember(
            store.waiting,
            {row["post"]: json.loads(row["hashes"]) for row in rows},
            {row["post"]: b64decode(row["sample"]) for row in rows},
        )
    waiting: Waiting = store.waiting
    return waiting


def remember(waiting: Waiting, hashes: Mapping[str, Sequence[int]], samples: Mapping[str, bytes]) -> None:
    for post, values in hashes.items():
        reference = reference_of(post)
        waiting.samples[reference] = samples[post]
        for value in values:
            waiting.by_hash.setdefault(value, []).append(reference)


def likely_twins(store: Store, fingerprint: Sequence[int], addresses: Sequence[str]) -> list[tuple[int, int]]:
    """References of the posts that share hashes or an address, each with how much; those that share most come first."""
    hashes = sorted(set(fingerprint))
    shared = indexed_twins(store, hashes)
    waiting = waiting_sketches(store).by_hash
    for value in hashes:
        count(shared, {*waiting.get(value, ())})
    for posts in holders(store, sorted(set(addresses))).values():
        count(shared, [reference_of(post) for post in posts], ADDRESS_WEIGHT)
    return sorted(shared.items(), key=lambda pair: (-pair[1], pair[0]))


def indexed_twins(store: Store, hashes: Sequence[int]) -> Counter[int]:
    """References of the posts in the index that share `hashes`, and how many; what very many share is left out."""
    if not hashes:
        return Counter()
    many = f"(SELECT COUNT(*) FROM (SELECT 1 FROM fingerprint WHERE hash = ? LIMIT {COMMON + 1}) AS holders)"
    of_one = f"SELECT reference FROM fingerprint WHERE hash = ? AND {many} <= {COMMON}"
    found = " UNION ALL ".join(of_one for _ in hashes)
    statement = f"SELECT reference, COUNT(*) AS shared FROM ({found}) AS found GROUP BY reference"
    rows = store.rows(statement, [value for value in hashes for _ in range(2)])
    return Counter({row["reference"]: row["shared"] for row in rows})


def samples_of(store: Store, references: Sequence[int]) -> dict[int, bytes]:
    """The samples of the posts with these references; a post without one is left out."""
    waiting = waiting_sketches(store).samples
    found = {reference: waiting[reference] for reference in references if waiting.get(reference)}
    for chunk in chunks([reference for reference in references if reference not in waiting], CHUNK):
        ranges = " OR ".join("post BETWEEN ? AND ?" for _ in chunk)
        values = [end for reference in chunk for end in ids_of(reference)]
        rows = store.rows(f"SELECT post, sample FROM sketch WHERE {ranges}", values)
        found |= {reference_of(row["post"]): b64decode(row["sample"]) for row in rows if row["sample"]}
    return found


def count(shared: Counter[int], references: Collection[int], weight: int = 1) -> None:
    """Add `weight` to each of `references`, unless they are so many that what they share tells nothing."""
    if len(references) > COMMON:
        return
    if weight == 1:
        shared.update(references)
        return
    for reference in references:
        shared[reference] += weight


def holders(store: Store, addresses: Sequence[str]) -> dict[str, list[str]]:
    """The posts at each of `addresses`; no more than tell that an address is common."""
    if not addresses:
        return {}
    of_one = f"SELECT address, post FROM post_address WHERE address = ? LIMIT {COMMON + 1}"
    statement = " UNION ALL ".join(f"SELECT address, post FROM ({of_one}) AS of_{at}" for at in range(len(addresses)))
    found: dict[str, list[str]] = {}
    for row in store.rows(statement, addresses):
        found.setdefault(row["address"], []).append(row["post"])
    return found
