"""What changed since the last publishing: by the marks in the store, the clock, and what sources say of themselves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from aggregator.model import SourceState, StoredPost
from aggregator.publish.plan import key_of
from aggregator.store import Store, publishing
from aggregator.store.holding import noted
from aggregator.store.publishing import DayAndSource, Mark
from aggregator.store.rows import utc

SOURCES = "published sources"
ZONE = "published zone"


@dataclass(frozen=True, slots=True)
class Changes:
    """The days and sources whose posts are to be looked at again; nothing at all when there are none."""

    days: frozenset[DayAndSource]
    marks: tuple[Mark, ...]
    notes: Mapping[str, str]
    """What is to be noted once this is published."""
    everything: bool = False
    """Nothing is known of what was published before: all of it is looked at."""

    def __bool__(self) -> bool:
        return bool(self.days)

    def touch(self, stored: StoredPost) -> bool:
        """Whether something may have changed of what feeds say of a post."""
        return (utc(stored.date)[:10], stored.post.source) in self.days

    @property
    def sources(self) -> frozenset[str]:
        """Whose posts changed, or the posts that are named under theirs."""
        return frozenset(source for _, source in self.days)


def changes_since(store: Store, states: Mapping[str, SourceState], timezone: str, now: datetime) -> Changes:
    """What changed since the publishing that was settled last; everything when there was none in this time zone."""
    marks = publishing.marked(store)
    described = {name: description(state) for name, state in states.items()}
    notes = {ZONE: timezone, SOURCES: json.dumps(described, sort_keys=True)}
    until = publishing.published_until(store)
    if until is None or noted(store, ZONE) != timezone:
        return Changes(frozenset(publishing.all_days(store)), marks, notes, everything=True)
    days = {(mark.day, mark.source) for mark in marks}
    days |= publishing.days_between(store, min(until, now), max(until, now))
    before = json.loads(noted(store, SOURCES) or "{}")
    for name in sorted(described):
        if name in before and before[name] != described[name]:
            days |= publishing.days_of_source(store, name)
    return Changes(frozenset(days), marks, notes)


def description(state: SourceState) -> str:
    """A hash of all that feeds say of a source."""
    return key_of(
        state.title, state.link, state.feed_url, state.feed_id, state.kind, state.icon, state.rights, state.authors
    )
