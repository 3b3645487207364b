"""What a part of the archive holds: read where something changed, else as it stands on the page that lies there."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from aggregator.model import Entry
from aggregator.months import minute_window
from aggregator.publish.changes import Changes
from aggregator.publish.document import NEVER, ready, updated_of
from aggregator.publish.identifiers import with_ids
from aggregator.publish.taking_over import date_of, entries_in, lying_there, update_of
from aggregator.settings import Publication
from aggregator.store import Store
from aggregator.store.archive import Span
from aggregator.store.posts import brief_between, whole_between
from aggregator.store.publishing import Filed, minute_of
from aggregator.store.rows import utc

AT_ONCE = 250
"""Entries of which the content is in memory, and the tree: a minute that thousands of posts bear is one page."""


@dataclass(frozen=True, slots=True)
class Held:
    """The entries of a part: those that were read, and those that are known by the page for programs."""

    order: tuple[str, ...]
    """The ids of all, the newest first."""
    read: Mapping[str, Entry]
    """Presentable, by id."""
    brief: bool
    """Whether those are without their content."""
    standing: Mapping[str, bytes]
    """As they are written, by id: all others, and of those that were read the ones that did not change."""
    on_page: frozenset[str]
    """The ids of all that stand on the page, if it is one to take entries over from."""

    def updated(self, left_out: frozenset[str] = frozenset()) -> datetime:
        """When the newest was updated, without those that are `left_out`."""
        moments = [updated_of(one.stored) for entry, one in self.read.items() if entry not in left_out]
        moments += [update_of(self.standing[entry]) for entry in self.order if entry not in self.read]
        return max(moments, default=NEVER)


def held(
    store: Store, publication: Publication, changes: Changes, marked: Sequence[str], span: Span, place: Path, key: str,
    filed: Filed | None, now: datetime,
) -> Held:  # fmt: skip
    """The entries of `span`, of which the page at `place` was `filed` under `key`, if it was.

    Whatever changes of a post, or of what is said beside it, is marked by its minute: of the span, only the minutes
    that are among those `marked`, which are in order, are read.
    """
    stood = {} if changes.everything else entries_in(lying_there(place, key, filed))
    if not stood:
        return whole(store, publication, span, now)
    minutes = [minute_window(minute) for minute in within(marked, span)]
    read: dict[str, Entry] = {}
    for begin, end in minutes:
        found = with_ids(store, brief_between(store, begin, end, now))
        read |= {one.id: one for one in ready(found, publication)}
    dates = {entry: date_of(written) for entry, written in stood.items() if entry not in read}
    known = {begin for begin, _ in minutes}
    kept = [(date, entry) for entry, date in dates.items() if date.replace(second=0, microsecond=0) not in known]
    both = [*kept, *((one.stored.date, entry) for entry, one in read.items())]  # of a minute all are read, or none
    order = tuple(entry for _, entry in sorted(both, key=lambda one: one[0], reverse=True))
    changed = {entry for entry, one in read.items() if changes.touch(one.stored)}
    standing = {entry: stood[entry] for entry in order if entry in stood and entry not in changed}
    return Held(order, read, True, standing, frozenset(stood))


def within(minutes: Sequence[str], span: Span) -> Sequence[str]:
    """Those of `minutes`, which are in order, that lie in `span`, which begins and ends with a minute."""
    begin, end = (minute_of(utc(moment)) for moment in span)
    return minutes[bisect_left(minutes, begin) : bisect_left(minutes, end)]


def whole(store: Store, publication: Publication, span: Span, now: datetime) -> Held:
    """The entries of `span`, all of them read: with their content, unless they are too many."""
    found = whole_between(store, *span, now, AT_ONCE + 1)
    brief = len(found) > AT_ONCE
    if brief:
        found = brief_between(store, *span, now)
    read = {one.id: one for one in ready(with_ids(store, found), publication)}
    return Held(tuple(read), read, brief, {}, frozenset())
