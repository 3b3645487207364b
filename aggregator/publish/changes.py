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
from aggregator.store.publishing import Mark, MinuteAndSource, minute_of
from aggregator.store.rows import utc

SOURCES = "published sources"
ZONE = "published zone"


@dataclass(frozen=True, slots=True)
class Changes:
    """The minutes and sources whose posts are to be looked at again; nothing at all when there are none."""

    minutes: frozenset[MinuteAndSource]
    marks: tuple[Mark, ...]
    notes: Mapping[str, str]
    """What is to be noted once this is published."""
    everything: bool = False
    """Nothing is known of what was published before: all of it is looked at."""

    def __bool__(self) -> bool:
        return self.everything or bool(self.minutes)

    def touch(self, stored: StoredPost) -> bool:
        """Whether something may have changed of what feeds say of a post."""
        return self.everything or (minute_of(utc(stored.date)), stored.post.source) in self.minutes

    @property
    def sources(self) -> frozenset[str]:
        """Whose posts changed, or the posts that are named under theirs, where not everything is looked at."""
        return frozenset(source for _, source in self.minutes)


def changes_since(store: Store, states: Mapping[str, SourceState], timezone: str, now: datetime) -> Changes:
    """What changed since the publishing that was settled last; everything when there was none in this time zone."""
    described = {name: description(state) for name, state in states.items()}
    notes = {ZONE: timezone, SOURCES: json.dumps(described, sort_keys=True)}
    until = publishing.published_until(store)
    if until is None or noted(store, ZONE) != timezone:
        publishing.take_all_marks_away(store)  # until this is settled, everything is looked at anyway
        return Changes(frozenset(), (), notes, everything=True)
    marks = publishing.marked(store)
    minutes = {(mark.minute, mark.source) for mark in marks}
    minutes |= publishing.minutes_between(store, min(until, now), max(until, now))
    before = json.loads(noted(store, SOURCES) or "{}")
    for name in sorted(described):
        if name in before and before[name] != described[name]:
            minutes |= publishing.minutes_of_source(store, name)
    return Changes(frozenset(minutes), marks, notes)


def description(state: SourceState) -> str:
    """A hash of all that feeds say of a source."""
    return key_of(
        state.title, state.link, state.feed_url, state.feed_id, state.kind, state.icon, state.rights, state.authors
    )
