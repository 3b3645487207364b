"""What is remembered of each source: its resources, its state, and when it is due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from aggregator.model import Memory, Resource, SourceState, Validators
from aggregator.store.database import Row, Store, chunks, marks
from aggregator.store.kept import Kept
from aggregator.store.recording import record, record_all
from aggregator.store.rows import at, moment, unpacked, utc

__all__ = [
    "Kept", "Schedule", "dues", "forget_readings", "let_rest", "memories", "memory", "names", "record", "record_all",
    "resting_hosts", "schedules", "states", "states_by_name", "told",
]  # fmt: skip


TOLD = (
    "name", "title", "link", "feed_url", "feed_id", "kind", "format", "icon", "rights", "authors", "language",
    "updated", "since", "sentence", "newest", "post_count",
)  # fmt: skip
"""What is published of a source besides its state."""
LONGEST_REST = timedelta(days=3)
"""Within two days, whatever a host asks for (see fetch/freshness.py), and the clocks of a fleet."""


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


def memories(store: Store, names: Sequence[str] | None = None) -> dict[str, Memory]:
    """What is remembered of the sources with these names, or of every one, by name."""
    if names is None:
        return recalled(store, "", "", ())
    found: dict[str, Memory] = {}
    for chunk in chunks(names):
        found |= recalled(store, f"WHERE name IN ({marks(chunk)})", f"WHERE source IN ({marks(chunk)})", chunk)
    return found


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


def forget_readings(store: Store, name: str, read_as: str, *, kind_too: bool) -> Memory:
    """Forget of the source called `name` that its posts are stored as it tells them, and what it answered; and what it
    was found to be, where `kind_too`. What is remembered of it still.

    Its posts stay as they are until they are read again.
    """
    with store.transaction():
        store.write("UPDATE post SET raw_hash = '' WHERE source = ?", (name,))
        store.write("DELETE FROM resource WHERE source = ?", (name,))
        if kind_too:
            store.write("UPDATE source SET resolved_url = NULL, resolved_kind = NULL WHERE name = ?", (name,))
        store.write("UPDATE source SET read_as = ? WHERE name = ?", (read_as, name))
    return memory(store, name)


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


def names(store: Store) -> set[str]:
    """Of every source that was ever read."""
    return {row["name"] for row in store.rows("SELECT name FROM source")}


def told(store: Store) -> list[list[Any]]:
    """What is published of every source, as it is stored."""
    rows = store.rows(f"SELECT state, {', '.join(TOLD)} FROM source ORDER BY name")
    return [["ok" if row["state"] == "unchanged" else row["state"], *(row[one] for one in TOLD)] for row in rows]


def states_by_name(store: Store, names: Sequence[str] | None = None) -> dict[str, SourceState]:
    """The sources with these names, or every one, that were ever read."""
    if names is None:
        return {state.name: state for state in states(store)}
    statement = "SELECT * FROM source WHERE name IN ({})"
    rows = (row for chunk in chunks(names) for row in store.rows(statement.format(marks(chunk)), chunk))
    return {row["name"]: state_of(row) for row in rows}


def dues(store: Store) -> dict[str, SourceState]:
    """Of every source that was ever read, what tells whether it is to be read again."""
    rows = store.rows("SELECT name, state, last_checked, next_check, configured_url, read_as FROM source")
    return {
        row["name"]: SourceState(
            row["name"],
            state=row["state"],
            last_checked=moment(row["last_checked"]),
            next_check=moment(row["next_check"]),
            configured_url=row["configured_url"],
            read_as=row["read_as"],
        )
        for row in rows
    }


def resting_hosts(store: Store, now: datetime) -> dict[str, datetime]:
    """The hosts that asked to be left alone (429, Retry-After), and until when; but not for what a wrong clock made
    longer than any host is left alone."""
    rows = store.rows(
        "SELECT host, until FROM resting_host WHERE until > ? AND until <= ?", (utc(now), utc(now + LONGEST_REST))
    )
    return {row["host"]: at(row["until"]) for row in rows}


def let_rest(store: Store, hosts: Mapping[str, datetime], now: datetime) -> None:
    """Leave these hosts alone until then, whichever process would read from them."""
    if not hosts:
        return
    with store.transaction(alone=False):
        store.write("DELETE FROM resting_host WHERE until <= ?", (utc(now),))
        store.write_many(
            "INSERT INTO resting_host (host, until) VALUES (?, ?)"
            " ON CONFLICT (host) DO UPDATE SET until = excluded.until",
            [(host, utc(until)) for host, until in sorted(hosts.items())],
        )


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
        authors=unpacked(row["authors"]),
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
        told_by=row["told_by"],
        told_by_reason=row["told_by_reason"],
        read_as=row["read_as"],
    )
