"""The atom:id of posts: fixed when a post is first published, and never another after that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from uuid import NAMESPACE_URL, uuid5

from aggregator.store.database import Store, chunks, marks


def entry_ids(store: Store, ids: Iterable[str]) -> dict[str, str | None]:
    """The atom:id of each of these posts, by the post's id; None where it was never published."""
    wanted = chunks(sorted(set(ids)))
    rows = (store.rows(f"SELECT id, entry_id FROM post WHERE id IN ({marks(chunk)})", chunk) for chunk in wanted)
    return {row["id"]: row["entry_id"] for found in rows for row in found}


def freeze_entry_ids(store: Store, entry_ids: Mapping[str, str]) -> None:
    """Fix the atom:id of posts (by id) that are about to be published for the first time.

    A post that has one keeps it. One whose id is taken gets another, always the same: a copy that became a post of
    its own again, after it had handed its id to the original.
    """
    if not entry_ids:
        return
    with store.transaction():
        taken = taken_entry_ids(store, sorted(entry_ids.values()))
        frozen = []
        for post, entry_id in sorted(entry_ids.items()):
            free = taken.get(entry_id, post) == post
            frozen.append((entry_id if free else f"urn:uuid:{uuid5(NAMESPACE_URL, f'{entry_id} {post}')}", post))
            taken.setdefault(entry_id, post)
        store.write_many("UPDATE post SET entry_id = ? WHERE id = ? AND entry_id IS NULL", frozen)


def taken_entry_ids(store: Store, entry_ids: Sequence[str]) -> dict[str, str]:
    """Which post holds each of these atom:ids, of those that are held."""
    found: dict[str, str] = {}
    for chunk in chunks(entry_ids):
        rows = store.rows(f"SELECT id, entry_id FROM post WHERE entry_id IN ({marks(chunk)})", chunk)
        found |= {row["entry_id"]: row["id"] for row in rows}
    return found
