"""What is held back, after sources.yaml changed: and what was remembered of how it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from aggregator.model import StoredPost
from aggregator.store.database import Store
from aggregator.store.rows import at, stored_of
from aggregator.store.unpublished import mark_changed

__all__ = ["hold", "ids_of", "note", "noted", "oldest_of_many", "posts_of"]


def posts_of(store: Store, source: str) -> Iterator[StoredPost]:
    """Every post of `source`, newest first."""
    from aggregator.store.posts import ALL  # what only notes something needs none of that

    for row in store.rows(f"{ALL} WHERE post.source = ? ORDER BY post.date_utc DESC, post.id", (source,)):
        yield stored_of(row)


def ids_of(store: Store, source: str) -> list[str]:
    """The ids of all posts of `source`."""
    return [row["id"] for row in store.rows("SELECT id FROM post WHERE source = ?", (source,))]


def oldest_of_many(store: Store, source: str, reason: str) -> datetime | None:
    """The date of the oldest post of `source` that was let through while others were held back.

    None when none is held back for what begins with `reason`.
    """
    statement = "SELECT 1 FROM post WHERE source = ? AND held IS NOT NULL AND SUBSTR(held, 1, ?) = ? LIMIT 1"
    held = store.row(statement, (source, len(reason), reason))
    if held is None:
        return None
    shown = "SELECT date FROM post WHERE source = ? AND held IS NULL ORDER BY date_utc, id LIMIT 1"
    row = store.row(shown, (source,))
    return at(row["date"]) if row else None


def hold(store: Store, reasons: Mapping[str, str | None]) -> None:
    """Hold posts (by id) back for a reason, or (None) no longer. Within a transaction."""
    store.write_many("UPDATE post SET held = ? WHERE id = ?", [(why, post) for post, why in sorted(reasons.items())])
    mark_changed(store, reasons)


def noted(store: Store, name: str) -> str:
    """What was noted under `name`; '' when nothing was."""
    row = store.row("SELECT value FROM meta WHERE name = ?", (name,))
    return str(row["value"]) if row else ""


def note(store: Store, name: str, value: str) -> None:
    """Note `value` under `name`. Within a transaction."""
    statement = "INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
    store.write(statement, (name, value))
