"""Finds the stored posts that may be the same as a new one: by hashes of their words, and by address.

Every hash of the index lies on a page of its own, so writing a few posts writes hundreds of pages. New sketches
therefore wait in `sketch`, one row a post, and are put into the index very many at a time, in its order; meanwhile they
are looked up in memory.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from aggregator.model import Sketch
from aggregator.store.database import Store, chunks, marks
from aggregator.store.rows import packed
from aggregator.store.waiting import HASHES, Waiting

WAITING = 20_000
"""Posts whose sketches may wait during a run."""
WAIT_ON = 2_000
"""Posts whose sketches may wait for a run that comes later, which has to read them."""
OUTLINES = 16_000
"""Outlines that are kept in memory: 10 MB."""
READ_AT_ONCE = 500
"""Posts of one reading of which is remembered who shares hashes with them."""
COMMON = 200
"""A hash or address that stands in more posts than this is boilerplate: it finds nothing, and is not read further."""
AT_ONCE = 5_000
ROWS_AT_ONCE = 10_000
ADDRESS_WEIGHT = 1000
"""An address in common says more than any number of hashes."""


@dataclass(slots=True)
class Remembered:
    """What a process that alone writes to a store remembers of the index."""

    waiting: Waiting
    indexed: bool
    """Whether anything is in the index."""
    outlines: dict[int, bytes] = field(default_factory=dict)
    """The outlines that were asked for last, by reference."""
    several: dict[bytes, dict[int, int]] = field(default_factory=dict)
    """By the hashes of a post of this reading: who shares more than one of them, as the index told."""


def reference_of(post: str) -> int:
    """The first 15 digits of a post's id: short enough for the index, and of two posts never the same in practice."""
    return int(post[:15], 16)


def ids_of(reference: int) -> tuple[str, str]:
    """The first and the last id that have this reference."""
    digits = f"{reference:015x}"
    return digits + "0" * 17, digits + "f" * 17


def index_posts(store: Store, sketches: Mapping[str, Sketch], addresses: Mapping[str, Sequence[str]]) -> None:
    """Make the posts (by id) findable by these sketches and addresses, and by no others. Within a transaction.

    A post that is named in one of the two mappings only is findable by that alone.
    """
    for posts in chunks(sorted({*sketches, *addresses}), AT_ONCE):
        take_out(store, posts)
        found_at = {post: sorted(set(addresses.get(post, ()))) for post in posts}
        store.write_many(
            "INSERT INTO post_address (address, post) VALUES (?, ?) ON CONFLICT (address, post) DO NOTHING",
            [(address, post) for post in posts for address in found_at[post]],
        )
        sketched = [(reference_of(post), sketches.get(post, Sketch()), packed(found_at[post])) for post in posts]
        index_sketches(store, [(one, in_order(of.fingerprint), of, found) for one, of, found in sketched])


def in_order(fingerprint: Iterable[int]) -> array[int]:
    """The hashes of a fingerprint, as the index knows them."""
    return array("q", sorted({value % HASHES for value in fingerprint}))


def index_sketches(store: Store, sketched: Sequence[tuple[int, array[int], Sketch, str]]) -> None:
    """Let sketches wait; each comes with the post's reference, its hashes in order, and its addresses."""
    known = remembered(store)  # before any of them is there to be read
    known.several.clear()
    store.write_many(
        "INSERT INTO sketch (reference, hashes, addresses, waiting) VALUES (?, ?, ?, 1)"
        " ON CONFLICT (reference) DO UPDATE"
        " SET hashes = excluded.hashes, addresses = excluded.addresses, waiting = 1",
        [(reference, hashes.tobytes(), addresses) for reference, hashes, _, addresses in sketched],
    )
    store.write_many(
        "INSERT INTO sample (reference, outline, checksums) VALUES (?, ?, ?)"
        " ON CONFLICT (reference) DO UPDATE SET outline = excluded.outline, checksums = excluded.checksums",
        [(reference, sketch.outline, sketch.sample) for reference, _, sketch, _ in sketched],
    )
    for reference, hashes, sketch, _ in sketched:
        known.waiting.add(reference, hashes)
        keep_outline(known, reference, sketch.outline)
    if len(known.waiting) > (0 if store.shared else WAITING):  # what others make wait, this process would not see
        put_into_index(store)


def take_out(store: Store, posts: Sequence[str]) -> None:
    """Remove what the index holds of `posts`."""
    by_reference = {reference_of(post): post for post in posts}
    for chunk in chunks(sorted(by_reference)):
        statement = f"SELECT reference, hashes, addresses, waiting FROM sketch WHERE reference IN ({marks(chunk)})"
        rows = store.rows(statement, chunk)
        addresses = [
            (address, by_reference[row["reference"]]) for row in rows for address in json.loads(row["addresses"])
        ]
        store.write_many("DELETE FROM post_address WHERE address = ? AND post = ?", addresses)
        pairs = [(value, row["reference"]) for row in rows if not row["waiting"] for value in array("q", row["hashes"])]
        store.write_many("DELETE FROM fingerprint WHERE hash = ? AND reference = ?", sorted(pairs))
        for row in rows:
            if row["waiting"]:
                remembered(store).waiting.remove(row["reference"])


def put_into_index(store: Store) -> None:
    """Put into the index what waits for it. Within a transaction."""
    statement = "INSERT INTO fingerprint (hash, reference) VALUES (?, ?) ON CONFLICT (hash, reference) DO NOTHING"
    pairs = remembered(store).waiting.in_order()
    while several := list(islice(pairs, ROWS_AT_ONCE)):
        store.write_many(statement, several)
    store.write_many("UPDATE sketch SET waiting = 0 WHERE waiting = 1", [()])
    store.remembered = None


def end_waiting(store: Store) -> None:
    """At the end of a run: put into the index what waits for it, if it is much."""
    if store.remembered is not None and len(store.remembered.waiting) > WAIT_ON:
        with store.transaction():
            put_into_index(store)


def remembered(store: Store) -> Remembered:
    """What is remembered of the index; what waits for it is read once."""
    if store.remembered is None:
        waiting = Waiting()
        for row in store.rows("SELECT reference, hashes FROM sketch WHERE waiting = 1"):
            waiting.add(row["reference"], array("q", row["hashes"]))
        indexed = store.shared or store.row("SELECT 1 AS found FROM fingerprint LIMIT 1") is not None
        store.remembered = Remembered(waiting, indexed)
    known: Remembered = store.remembered
    return known


def keep_outline(known: Remembered, reference: int, outline: bytes) -> None:
    known.outlines.pop(reference, None)
    known.outlines[reference] = outline
    if len(known.outlines) > OUTLINES:
        del known.outlines[next(iter(known.outlines))]


def likely_twins(
    store: Store, fingerprint: Sequence[int], addresses: Sequence[str], at_least: int = 1
) -> list[tuple[int, int]]:
    """References of the posts that share hashes or an address, each with how much, if that is `at_least` so much.

    Those that share most come first.
    """
    known, hashes = remembered(store), in_order(fingerprint)
    shared = known.waiting.sharing(hashes, COMMON, at_least)  # a post waits or is in the index, never both
    if known.indexed:
        shared |= asked_once(store, known, hashes, at_least)
    for posts in holders(store, sorted(set(addresses))).values():
        for reference in map(reference_of, posts) if len(posts) <= COMMON else ():
            shared[reference] = shared.get(reference, 0) + ADDRESS_WEIGHT
    return [(reference, -less) for less, reference in sorted((-shared[one], one) for one in shared)]


def asked_once(store: Store, known: Remembered, hashes: array[int], at_least: int) -> dict[int, int]:
    """What `indexed_twins` tells; who shares several hashes is not asked again when it was told with all the others."""
    key = hashes.tobytes()
    if at_least > 1 and key in known.several:
        return {reference: shared for reference, shared in known.several[key].items() if shared >= at_least}
    found = indexed_twins(store, hashes, at_least)
    if at_least == 1 and not store.shared and len(known.several) < READ_AT_ONCE:
        known.several[key] = {reference: shared for reference, shared in found.items() if shared > 1}
    return found


def indexed_twins(store: Store, hashes: Sequence[int], at_least: int) -> dict[int, int]:
    """References of the posts in the index that share `at_least` so many of `hashes`, and how many.

    What very many share is left out.
    """
    if not hashes:
        return {}
    many = f"(SELECT COUNT(*) FROM (SELECT 1 FROM fingerprint WHERE hash = ? LIMIT {COMMON + 1}) AS holders)"
    of_one = f"SELECT reference FROM fingerprint WHERE hash = ? AND {many} <= {COMMON}"
    found = " UNION ALL ".join(of_one for _ in hashes)
    statement = (
        f"SELECT reference, COUNT(*) AS shared FROM ({found}) AS found GROUP BY reference HAVING COUNT(*) >= {at_least}"
    )
    rows = store.rows(statement, [value for value in hashes for _ in range(2)])
    return {row["reference"]: row["shared"] for row in rows}


def outlines_of(store: Store, references: Sequence[int]) -> dict[int, bytes]:
    """The outlines of the posts with these references; a post without one is left out."""
    known = remembered(store)
    if store.shared:  # where others write, it may be another the next time
        known.outlines.clear()
    found = {reference: known.outlines.get(reference) for reference in references}
    missing = [reference for reference, outline in found.items() if outline is None]
    for reference, outline in of_samples(store, "outline", missing).items() if missing else ():
        found[reference] = outline
        keep_outline(known, reference, outline)
    return {reference: outline for reference, outline in found.items() if outline}


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
