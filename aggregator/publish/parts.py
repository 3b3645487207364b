"""The parts of the archive: a month, or a run of whole days of one that holds too much for one page.

The first part of a month bears the month's name, so that its address holds when the month is divided; a later one that
of the day on which it begins. A part that was published once stays: it may only be divided further.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from aggregator.months import day_of, days_of_utc, days_window, last_of_month
from aggregator.publish.changes import Changes
from aggregator.publish.lying import ARCHIVE, PAGE
from aggregator.store import Store, publishing
from aggregator.store.publishing import Span

BOUND = 100
"""Entries of a part, unless a single day holds more. One that is published may grow to twice that before it is divided,
so that the page of a month that fills up is not divided day by day."""


@dataclass(frozen=True, slots=True)
class Part:
    """Whole days in the publication's time zone, published together."""

    name: str
    """YYYY-MM, or YYYY-MM-DD."""
    first: date
    last: date

    @property
    def feed(self) -> str:
        """The path of its page for programs."""
        return f"{ARCHIVE}{self.name}.xml"

    @property
    def page(self) -> str:
        """The path of its page for people."""
        return f"{ARCHIVE}{self.name}{PAGE}"

    @property
    def month(self) -> str:
        return self.name[:7]

    @property
    def is_month(self) -> bool:
        """Whether it holds the whole month."""
        return self.first.day == 1 and self.last == last_of_month(self.first)

    def window(self, timezone: str) -> Span:
        return days_window(self.first, self.last, timezone)


@dataclass(frozen=True, slots=True)
class Parts:
    """The archive as it is divided."""

    all: tuple[Part, ...]
    """Those that hold an entry, or one that was withdrawn, oldest first."""
    changed: frozenset[str]
    """The names of those that hold a day that changed."""
    names: tuple[str, ...]
    """Of every part that there ever was, and of those to come."""

    def near(self, names: Collection[str]) -> tuple[Part, ...]:
        """The parts with these names and their neighbours; of one that is no more, those between which it was."""
        standing = [part.name for part in self.all]
        places = {bisect_left(standing, name) + step for name in names for step in (-1, 0, 1)}
        return tuple(self.all[place] for place in sorted(places) if 0 <= place < len(self.all))

    def of(self, moment: datetime, timezone: str) -> Part:
        """The part that `moment` lies in."""
        return part(name_of(day_of(moment, timezone), self.names), self.names)


def parts_of(store: Store, changes: Changes, timezone: str, now: datetime) -> Parts:
    """The archive as it is to be published.

    How it is divided and what is withdrawn is fixed in the store here, because the files tell of it.
    """
    pages = (path for path in publishing.paths_within(store, ARCHIVE) if path.endswith(PAGE))
    standing = {path.removeprefix(ARCHIVE).removesuffix(PAGE) for path in pages} - {"index"}
    days = {day for day, _ in changes.days}
    if changes.everything or not standing:
        standing, days = set(), {day for day, _ in publishing.all_days(store)}
    names = publishing.parts(store)
    changed = {name_of(local, names) for day in days for local in days_of_utc(day, timezone)}
    if changed:
        publishing.withdraw(store, [part(name, names).window(timezone) for name in sorted(changed)], now)
    begun = {begin for name in changed for begin in divisions(store, name, names, timezone, now)}
    changed |= begun
    names = tuple(sorted({*names, *begun}))
    kept = {name for name in changed if publishing.holds_entries(store, part(name, names).window(timezone), now)}
    if not kept <= set(names) - begun:
        publishing.keep_parts(store, kept)
        names = tuple(sorted({*names, *kept}))
    return Parts(tuple(part(name, names) for name in sorted((standing - changed) | kept)), frozenset(changed), names)


def name_of(day: date, names: Sequence[str]) -> str:
    """The name of the part that `day` is in, where parts have `names`, in order."""
    month = day.isoformat()[:7]
    place = bisect_right(names, day.isoformat())
    return names[place - 1] if place and names[place - 1].startswith(month) else month


def part(name: str, names: Sequence[str]) -> Part:
    """The part called `name`: up to the next of the same month among `names`, which are in order."""
    first = date.fromisoformat(name if len(name) > len("YYYY-MM") else f"{name}-01")
    place = bisect_right(names, name)
    following = names[place] if place < len(names) and names[place].startswith(name[:7]) else None
    return Part(name, first, date.fromisoformat(following) - timedelta(1) if following else last_of_month(first))


def divisions(store: Store, name: str, names: Sequence[str], timezone: str, now: datetime) -> list[str]:
    """The names of the further parts that are to begin within a part, in order; none while it is not too large."""
    window = part(name, names).window(timezone)
    if publishing.count_between(store, window, now) <= (2 * BOUND if name in names else BOUND):
        return []
    begun, filled = [], 0
    for day, same in groupby(publishing.dates_between(store, window, now), lambda moment: day_of(moment, timezone)):
        count = sum(1 for _ in same)
        if filled and filled + count > BOUND:
            begun.append(day.isoformat())
            filled = 0
        filled += count
    return begun
