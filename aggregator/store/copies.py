"""Clusters: an original and its copies, kept as they were decided. Every copy names its original directly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from aggregator.store.database import Store, marks


def relate(store: Store, relations: Mapping[str, tuple[str | None, str]]) -> None:
    """Keep that posts are copies of others, or (None) of none, and why; in whatever order it was found out.

    The original takes over the atom:id by which readers know its cluster. A post is never hidden behind one that is
    not there, nor behind itself.
    """
    for post, (original, reason) in sorted(relations.items()):
        if original is None:
            store.write("UPDATE post SET copy_of = NULL, copy_reason = ? WHERE id = ?", (reason, post))
    shown = shown_ids(store, relations)
    heirs: dict[str, list[str]] = {}
    for post, (original, reason) in sorted(relations.items()):
        root = root_of(store, original) if original is not None else None
        if root is None or root == post:
            continue
        if root_of(store, post) == post:
            heirs.setdefault(root, []).append(post)
        store.write("UPDATE post SET copy_of = ?, copy_reason = ? WHERE id = ?", (root, reason, post))
        store.write("UPDATE post SET copy_of = ? WHERE copy_of = ?", (root, post))
    for root, shown_before in sorted(heirs.items()):
        hand_over_entry_id(store, root, shown_before)


def root_of(store: Store, post: str) -> str | None:
    """The original of the cluster that a post is in; None when there is no such post."""
    row = store.row("SELECT copy_of FROM post WHERE id = ?", (post,))
    if row is None:
        return None
    return str(row["copy_of"]) if row["copy_of"] else post


def hand_over_entry_id(store: Store, original: str, shown_before: Sequence[str]) -> None:
    """Give an original that was never published the atom:id under which readers see its cluster until now.

    That is the id of the one in `shown_before`, which became its copies, that was first seen; not that of a post
    which was a copy before, and whose own id is shown no longer.
    """
    row = store.row("SELECT entry_id FROM post WHERE id = ?", (original,))
    if row is None or row["entry_id"]:
        return
    statement = f"SELECT id, entry_id FROM post WHERE id IN ({marks(shown_before)}) AND entry_id IS NOT NULL"
    copy = store.row(f"{statement} ORDER BY first_seen, id", shown_before)
    if copy:
        store.write("UPDATE post SET entry_id = NULL WHERE id = ?", (copy["id"],))
        store.write("UPDATE post SET entry_id = ? WHERE id = ?", (copy["entry_id"], original))
