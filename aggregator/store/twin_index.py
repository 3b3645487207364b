"""What stored posts are found by, kept in step with them: hashes of their words, and their addresses.

Every hash of the index lies on a page of its own, so writing a few posts writes hundreds of pages. New sketches
therefore wait in `sketch`, one row a post, and are put into the index very many at a time, in its order; meanwhile they
are looked up in memory.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Mapping, Sequence
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
AT_ONCE = 5_000
ROWS_AT_ONCE = 10_000


@dataclass(slots=True)
class Remembered:
    """What a process that alone writes to a store remembers of the index."""

    waiting: Waiting
    indexed: bool
    """Whether anything is in the index."""
    outlines: dict[int, int] = field(default_factory=dict)
    """The outlines that were asked for last, by reference."""
    told: dict[tuple[int | None, bytes], dict[int, int]] = field(default_factory=dict)
    """By how many were asked for, and the hashes of a post of this reading: who shares most of them in the index."""


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
    known.told.clear()
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
        keep_outline(store, reference, number_of(sketch.outline))
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


def number_of(outline: bytes) -> int:
    """An outline as looking at it needs it: its first byte is the least."""
    return int.from_bytes(outline, "little")


def keep_outline(store: Store, reference: int, outline: int) -> None:
    """Remember it, but where others write: there it may be another the next time."""
    if store.shared:
        return
    known = remembered(store)
    known.outlines.pop(reference, None)
    known.outlines[reference] = outline
    if len(known.outlines) > OUTLINES:
        del known.outlines[next(iter(known.outlines))]
