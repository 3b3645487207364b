"""Every decision with its reason, oldest first: what `explain` tells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from aggregator.store.database import Row, Store
from aggregator.store.rows import at


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided about one post, when, and why."""

    source: str
    post: str
    at: datetime
    kind: str
    reason: str


def decisions_for(store: Store, post: str) -> tuple[Decision, ...]:
    """Everything that was decided about the post with this id."""
    of_its_source = "source = (SELECT source FROM post WHERE id = ?)"
    rows = store.rows(f"SELECT * FROM decision WHERE {of_its_source} AND post = ? ORDER BY at, kind", (post, post))
    return tuple(decision_of(row) for row in rows)


def decisions_of_source(store: Store, source: str, limit: int = 100) -> tuple[Decision, ...]:
    """The last `limit` decisions about posts of this source."""
    statement = "SELECT * FROM decision WHERE source = ? ORDER BY at DESC, post DESC, kind DESC LIMIT ?"
    return tuple(decision_of(row) for row in reversed(store.rows(statement, (source, limit))))


def set_aside_for(store: Store, link: str) -> tuple[tuple[str, str, datetime], ...]:
    """Where a link was read and found to be no post: the source, the reason, and when."""
    rows = store.rows("SELECT * FROM set_aside WHERE link = ? ORDER BY source", (link,))
    return tuple((row["source"], row["reason"], at(row["at"])) for row in rows)


def decision_of(row: Row) -> Decision:
    return Decision(row["source"], row["post"], at(row["at"]), row["kind"], row["reason"])
