"""What is remembered of each source: its resources, its state, and when it is due."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from aggregator.model import Memory, Resource, SourceState, Validators
from aggregator.store.database import Row, Store
from aggregator.store.recording import Kept, record, record_all
from aggregator.store.rows import at, moment

__all__ = ["Kept", "Schedule", "memories", "memory", "record", "record_all", "schedules", "states"]


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a source was and will be read, and how it went: what decides whether and in which order to read it."""

    name: str
    last_checked: datetime | None
    next_check: datetime | None
    failures: int
    """In a row."""
    response_seconds: float | None
    """What the last reading took, where it was told."""


def memory(store: Store, name: str) -> Memory:
    """What is remembered of the source called `name`; empty for one that was never read."""
    return recalled(store, "WHERE name = ?", "WHERE source = ?", (name,)).get(name, Memory())


def memories(store: Store) -> dict[str, Memory]:
    """What is remembered of every source, by name."""
    return recalled(store, "", "", ())


def recalled(store: Store, of_name: str, of_source: str, values: Sequence[str]) -> dict[str, Memory]:
    resources: dict[str, dict[str, Resource]] = {}
    for row in store.rows(f"SELECT * FROM resource {of_source}", values):
        validators = Validators(row["etag"], row["last_modified"])
        resource = Resource(row["url"], validators, row["body_hash"], at(row["stored_at"]))
        resources.setdefault(row["source"], {})[row["url"]] = resource
    aside: dict[str, dict[str, str]] = {}
    for row in store.rows(f"SELECT source, link, reason FROM set_aside {of_source}", values):
        aside.setdefault(row["source"], {})[row["link"]] = row["reason"]
    return {
        row["name"]: Memory(
            resources=resources.get(row["name"], {}),
            resolved_url=row["resolved_url"],
            resolved_kind=row["resolved_kind"],
            configured_url=row["configured_url"],
            set_aside=aside.get(row["name"], {}),
            post_count=row["post_count"],
        )
        for row in store.rows(
            f"SELECT name, resolved_url, resolved_kind, configured_url, post_count FROM source {of_name}", values
        )
    }


def schedules(store: Store) -> dict[str, Schedule]:
    """When every source was and will be read, by name."""
    rows = store.rows("SELECT name, last_checked, next_check, failures, response_seconds FROM source ORDER BY name")
    return {
        row["name"]: Schedule(
            row["name"], moment(row["last_checked"]), moment(row["next_check"]), row["failures"],
            row["response_seconds"],
        )
        for row in rows
    }  # fmt: skip


def states(store: Store) -> tuple[SourceState, ...]:
    """Every source that was ever read, by name."""
    return tuple(state_of(row) for row in store.rows("SELECT * FROM source ORDER BY name"))


def state_of(row: Row) -> SourceState:
    return SourceState(
        name=row["name"],
        title=row["title"],
        link=row["link"],
        feed_url=row["feed_url"],
        feed_id=row["feed_id"],
        kind=row["kind"],
        format=row["format"],
        icon=row["icon"],
        rights=row["rights"],
        authors=tuple(json.loads(row["authors"])),
        language=row["language"],
        updated=moment(row["updated"]),
        state=row["state"],
        since=moment(row["since"]),
        sentence=row["sentence"],
        next_check=moment(row["next_check"]),
        last_checked=moment(row["last_checked"]),
        post_count=row["post_count"],
        newest=moment(row["newest"]),
        failures=row["failures"],
        rhythm=row["rhythm"],
        moved_to=row["moved_to"],
        moved_since=moment(row["moved_since"]),
        configured_url=row["configured_url"],
    )
