"""Clusters: an original and its copies, kept as they were decided. Every copy names its original directly."""

from __future__ import annotations

from collections.abc import Mapping

from aggregator.store.database import Store


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
