"""Clusters: an original and its copies, kept as they were decided. Every copy names its original directly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from aggregator.store.database import Store, chunks, marks
from aggregator.store.unpublished import mark_changed


def relate(store: Store, relations: Mapping[str, tuple[str | None, str]]) -> None:
    """Keep that posts are copies of others, or (None) of none, and why; in whatever order it was found out.

    The original takes over the atom:id by which readers know its cluster. A post is never hidden behind one that is
    not there, nor behind itself.
    """
    mark_changed(store, relations)
    for post, (original, reason) in sorted(relations.items()):
        if original is None:
            store.write("UPDATE post SET copy_of = NULL, copy_reason = ? WHERE id = ?", (reason, post))
    shown = shown_ids(store, relations)
    originals = set()
    for post, (original, reason) in sorted(relations.items()):
        root = root_of(store, original) if original is not None else None
        if root is None or root == post:
            continue
        store.write("UPDATE post SET copy_of = ?, copy_reason = ? WHERE id = ?", (root, reason, post))
        store.write("UPDATE post SET copy_of = ? WHERE copy_of = ?", (root, post))
        originals.add(root)
    for changed in sorted(originals):
        hand_over_entry_id(store, changed, shown)
    mark_changed(store, relations)


def in_clusters(store: Store, posts: Iterable[str]) -> set[str]:
    """Those of `posts` (by id) that are copies, or have copies."""
    copies = "EXISTS (SELECT 1 FROM post AS copy WHERE copy.copy_of = post.id)"
    statement = f"SELECT id FROM post WHERE id IN ({{}}) AND (copy_of IS NOT NULL OR {copies})"
    chunked = (store.rows(statement.format(marks(chunk)), chunk) for chunk in chunks(sorted(set(posts))))
    return {row["id"] for rows in chunked for row in rows}


def shown_ids(store: Store, posts: Iterable[str]) -> list[str]:
    """Those of `posts` that readers know as entries of their own until now, the first seen first."""
    found = []
    for post in posts:
        statement = "SELECT first_seen FROM post WHERE id = ? AND copy_of IS NULL AND entry_id IS NOT NULL"
        row = store.row(statement, (post,))
        if row:
            found.append((row["first_seen"], post))
    return [post for _, post in sorted(found)]


def root_of(store: Store, post: str) -> str | None:
    """The original of the cluster that a post is in; None when there is no such post."""
    row = store.row("SELECT copy_of FROM post WHERE id = ?", (post,))
    if row is None:
        return None
    return str(row["copy_of"]) if row["copy_of"] else post


def hand_over_entry_id(store: Store, original: str, shown: Sequence[str]) -> None:
    """Give an original that was never published the atom:id by which its cluster was shown until now."""
    row = store.row("SELECT entry_id FROM post WHERE id = ?", (original,))
    if row is None or row["entry_id"]:
        return
    statement = "SELECT id, entry_id FROM post WHERE copy_of = ? AND entry_id IS NOT NULL ORDER BY first_seen, id"
    copies = store.rows(statement, (original,))
    copy = min(copies, key=lambda row: shown.index(row["id"]) if row["id"] in shown else len(shown), default=None)
    if copy:
        mark_changed(store, [copy["id"]])
        store.write("UPDATE post SET entry_id = NULL WHERE id = ?", (copy["id"],))
        store.write("UPDATE post SET entry_id = ? WHERE id = ?", (copy["entry_id"], original))
