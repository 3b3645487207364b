"""Posts that may be the same as a new one: those that share hashes or an address with it, read as far as that needs."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from aggregator.model import Post
from aggregator.store.database import Store, chunks
from aggregator.store.rows import likeness_of
from aggregator.store.twin_index import ids_of, reference_of
from aggregator.store.twins import ADDRESS_WEIGHT, likely_twins, outlines_of, samples_of

LIKENESS = "SELECT id, source, post_key, link, title, published, text, canonical, via, credits FROM post"
CANDIDATES = 20
LOOKED_AT = 30
"""Posts that are looked at more closely, the likeliest."""
SHARED_HASHES = 2
"""Copies have so many in common, or an address."""
MayBe = tuple[Callable[[int], bool], Callable[[bytes], bool]]
"""Whether a post with this outline, or this sample, may be the same as the one that candidates are looked for."""
Told = TypeVar("Told", int, bytes)


def candidates(
    store: Store,
    fingerprint: Sequence[int],
    addresses: Sequence[str],
    source: str,
    may_be: MayBe | None = None,
) -> dict[str, Post]:
    """Posts of other sources (by id) that may be the same, as hashes or addresses say: at most 20, likeliest first.

    `may_be` rules posts out before they are read, by their outlines and then by their samples; one that shares an
    address is read in any case. Of each is read what telling copies needs: its words, its addresses, whom it credits.
    """
    likely = likely_twins(store, fingerprint, addresses, *((SHARED_HASHES, LOOKED_AT) if may_be else ()))
    references = [reference for reference, _ in likely]
    if may_be is not None:
        by_address = {reference for reference, shared in likely if shared >= ADDRESS_WEIGHT}
        looked_at = [reference for reference in references if reference not in by_address]
        references = not_ruled_out(references, outlines_of(store, looked_at), may_be[0])
        looked_at = [reference for reference in references if reference not in by_address]
        references = not_ruled_out(references, samples_of(store, looked_at), may_be[1])
    found: dict[str, Post] = {}
    for chunk in chunks(references, CANDIDATES):
        ranges = " OR ".join("id BETWEEN ? AND ?" for _ in chunk)
        values = [end for reference in chunk for end in ids_of(reference)]
        posts = {reference_of(row["id"]): row for row in store.rows(f"{LIKENESS} WHERE {ranges}", values)}
        rows = [posts[one] for one in chunk if one in posts]
        found |= {row["id"]: likeness_of(row) for row in rows if row["source"] != source}
        if len(found) >= CANDIDATES:
            break
    return dict(itertools.islice(found.items(), CANDIDATES))


def not_ruled_out(references: Iterable[int], told: Mapping[int, Told], may_be: Callable[[Told], bool]) -> list[int]:
    """Those of `references` of which what is `told` lets it be, or nothing is."""
    return [reference for reference in references if reference not in told or may_be(told[reference])]


def own_candidates(
    store: Store, fingerprint: Sequence[int], source: str, own: Mapping[int, str] | None = None
) -> list[str]:
    """The ids of posts of `source` that share hashes with a text. Likeliest first, at most 20.

    `own` are the ids of all posts of `source` by reference, where those are at hand.
    """
    likely = [reference for reference, _ in likely_twins(store, fingerprint, (), 1, LOOKED_AT)]
    ids = own_among(store, likely, source) if own is None else own
    return [ids[reference] for reference in likely if reference in ids][:CANDIDATES]


def own_among(store: Store, references: Sequence[int], source: str) -> dict[int, str]:
    """The ids of those posts with these references that are of `source`, by reference."""
    found: dict[int, str] = {}
    for chunk in chunks(references, CANDIDATES):
        ranges = " OR ".join("id BETWEEN ? AND ?" for _ in chunk)
        values = [end for reference in chunk for end in ids_of(reference)]
        rows = store.rows(f"SELECT id, source FROM post WHERE {ranges}", values)
        found |= {reference_of(row["id"]): row["id"] for row in rows if row["source"] == source}
    return found
