"""From what is due to jobs: one for each host. Knows nothing of queues."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from aggregator.run import due_sources
from aggregator.settings import Settings, Source, host_of
from aggregator.store import Store


def by_host(sources: Sequence[Source]) -> dict[str, list[Source]]:
    """The sources of every host, in their order."""
    found: dict[str, list[Source]] = {}
    for source in sources:
        found.setdefault(host_of(source), []).append(source)
    return found


def due_hosts(settings: Settings, store: Store, now: datetime, at_work: Collection[str]) -> list[str]:
    """The hosts with sources that are due and no job yet, those with most to read first: they take longest."""
    due = by_host(due_sources(settings, store, now))
    return sorted((host for host in due if host not in at_work), key=lambda host: (-len(due[host]), host))
