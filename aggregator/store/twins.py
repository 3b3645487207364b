"""Finds the stored posts that may be the same as a new one: by hashes of their words, and by address."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable, Sequence

from aggregator.store.database import Store, chunks, marks
from aggregator.store.twin_index import Remembered, in_order, keep_outline, number_of, reference_of, remembered

READ_AT_ONCE = 500
"""Posts of one reading of which is remembered who shares hashes with them."""
COMMON = 200
"""A hash or address that stands in more posts than this is boilerplate: it finds nothing, and is not read further."""
ADDRESS_WEIGHT = 1000
"""An address in common says more than any number of hashes."""


def likely_twins(
    store: Store, fingerprint: Sequence[int], addresses: Sequence[str], at_least: int = 1, at_most: int | None = None
) -> list[tuple[int, int]]:
    """References of the posts that share hashes or an address, each with how much, if that is `at_least` so much.

    Those that share most come first; `at_most` so many.
    """
    known, hashes = remembered(store), in_order(fingerprint)
    there = [posts for posts in holders(store, sorted(set(addresses))).values() if len(posts) <= COMMON]
    shared = known.waiting.sharing(hashes, COMMON, at_least)  # a post waits or is in the index, never both
    if known.indexed:  # which of those at an address come first is told by all that they share
        shared |= asked_once(store, known, hashes, at_least, None if there else at_most)
    for posts in there:
        for reference in map(reference_of, posts):
            shared[reference] = shared.get(reference, 0) + ADDRESS_WEIGHT
    return [(reference, -less) for less, reference in sorted((-shared[one], one) for one in shared)[:at_most]]


def asked_once(
    store: Store, known: Remembered, hashes: array[int], at_least: int, at_most: int | None
) -> dict[int, int]:
    """What `indexed_twins` tells; who shares several hashes is not asked again when it was told with all the others."""
    key = at_most, hashes.tobytes()
    if at_least > 1 and key in known.told:
        return {reference: shared for reference, shared in known.told[key].items() if shared >= at_least}
    found = indexed_twins(store, hashes, at_least, at_most)
    if at_least == 1 and at_most is not None and not store.shared and len(known.told) < READ_AT_ONCE:
        known.told[key] = found
    return found


def indexed_twins(store: Store, hashes: Sequence[int], at_least: int, at_most: int | None) -> dict[int, int]:
    """References of the posts in the index that share `at_least` so many of `hashes`, and how many.

    What very many share is left out. Of the posts come the `at_most` so many that share most.
    """
    if not hashes:
        return {}
    many = f"(SELECT COUNT(*) FROM (SELECT 1 FROM fingerprint WHERE hash = ? LIMIT {COMMON + 1}) AS holders)"
    of_one = f"SELECT reference FROM fingerprint WHERE hash = ? AND {many} <= {COMMON}"
    found = " UNION ALL ".join(of_one for _ in hashes)
    statement = (
        f"SELECT reference, COUNT(*) AS shared FROM ({found}) AS found GROUP BY reference HAVING COUNT(*) >= {at_least}"
    )
    if at_most is not None:
        statement += f" ORDER BY COUNT(*) DESC, reference LIMIT {at_most}"
    rows = store.rows(statement, [value for value in hashes for _ in range(2)])
    return {row["reference"]: row["shared"] for row in rows}


def outlines_of(store: Store, references: Sequence[int]) -> dict[int, int]:
    """The outlines of the posts with these references, as numbers; a post without one is left out."""
    outlines = remembered(store).outlines
    found = {reference: outlines[reference] for reference in references if reference in outlines}
    if len(found) < len(references):
        read = of_samples(store, "outline", [reference for reference in references if reference not in found])
        for reference, outline in read.items():
            found[reference] = number_of(outline)
            keep_outline(store, reference, found[reference])
    return found if all(found.values()) else {reference: outline for reference, outline in found.items() if outline}


def samples_of(store: Store, references: Sequence[int]) -> dict[int, bytes]:
    """The samples of the posts with these references; a post without one is left out."""
    return {reference: sample for reference, sample in of_samples(store, "checksums", references).items() if sample}


def of_samples(store: Store, column: str, references: Collection[int]) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    for chunk in chunks(sorted(references)):
        rows = store.rows(f"SELECT reference, {column} FROM sample WHERE reference IN ({marks(chunk)})", chunk)
        found |= {row["reference"]: row[column] for row in rows}
    return found


def held(store: Store, addresses: Iterable[str]) -> set[str]:
    """Those of `addresses` at which there are posts."""
    found: set[str] = set()
    for chunk in chunks(sorted(set(addresses))):
        asked = ", ".join("(?)" for _ in chunk)
        rows = store.rows(
            f"WITH asked (address) AS (VALUES {asked}) SELECT address FROM asked"
            " WHERE EXISTS (SELECT 1 FROM post_address WHERE post_address.address = asked.address)",
            chunk,
        )
        found |= {row["address"] for row in rows}
    return found


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


def sources_at(store: Store, address: str) -> dict[str, str]:
    """By id, the sources of the posts at `address`; of no more posts than tell that it is common."""
    rows = store.rows(
        "SELECT post.id, post.source FROM post_address CROSS JOIN post WHERE post.id = post_address.post"
        f" AND post_address.address = ? LIMIT {COMMON + 1}",
        (address,),
    )
    return {row["id"]: row["source"] for row in rows}
