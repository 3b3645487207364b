"""The parts of the archive: a month; a run of days of one that holds too much for one page; of minutes, of such a day.

The first part of a month bears the month's name, so that its address holds when the month is divided; a later one that
of the day on which it begins, or of the minute. A part that was published once stays: it may only be divided further.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from aggregator.months import days_of_utc, is_twice, minutes_of_utc, next_month, on_the_clock
from aggregator.publish.changes import Changes
from aggregator.publish.lying import ARCHIVE, PAGE
from aggregator.store import Store, archive, publishing
from aggregator.store.archive import Span

BOUND = 50
"""Entries of a part, as many as atom.xml holds, unless a single minute has more. One that is published may grow to
twice that before it is divided, so that the page of a month that fills up is not divided day by day."""
MINUTE = timedelta(minutes=1)
MONTH = len("YYYY-MM")


@dataclass(frozen=True, slots=True)
class Part:
    """What is published together: whole days, or from one minute to another."""

    name: str
    """YYYY-MM, YYYY-MM-DD, or YYYY-MM-DD-HHMM."""
    begin: datetime
    """By the clock of the publication's time zone, as `end` is, which it does not hold."""
    end: datetime

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
        return self.name[:MONTH]

    @property
    def first(self) -> date:
        return self.begin.date()

    @property
    def last(self) -> date:
        """Its last day."""
        return (self.end - MINUTE).date()

    @property
    def is_month(self) -> bool:
        """Whether it holds the whole month."""
        return self.name == self.month and self.end == next_month(self.begin)

    def window(self, timezone: str) -> Span:
        zone = ZoneInfo(timezone)
        return self.begin.replace(tzinfo=zone), self.end.replace(tzinfo=zone)


@dataclass(frozen=True, slots=True)
class Parts:
    """The archive as it is divided: by names, of which there may be thousands."""

    standing: tuple[str, ...]
    """Of those that hold an entry, or one that was withdrawn, oldest first."""
    changed: frozenset[str]
    """Of those that hold a minute that changed."""
    names: tuple[str, ...]
    """Of every part that there ever was, and of those to come."""

    def part(self, name: str) -> Part:
        return part(name, self.names)

    def months(self) -> Iterator[list[Part]]:
        """The parts of each month that stands, the newest month first."""
        for _, names in groupby(reversed(self.standing), lambda name: name[:MONTH]):
            yield [self.part(name) for name in names][::-1]

    def near(self, names: Collection[str]) -> set[str]:
        """The names of these parts and their neighbours; of one that is no more, of those between which it was."""
        places = {bisect_left(self.standing, name) + step for name in names for step in (-1, 0, 1)}
        return {self.standing[place] for place in places if 0 <= place < len(self.standing)}

    def of(self, moment: datetime, timezone: str) -> Part:
        """The part that `moment` lies in."""
        return part(name_of(on_the_clock(moment, timezone), self.names), self.names)


def parts_of(store: Store, changes: Changes, timezone: str, now: datetime) -> Parts:
    """The archive as it is to be published.

    How it is divided and what is withdrawn is fixed in the store here, because the files tell of it.
    """
    pages = (path for path in publishing.paths_within(store, ARCHIVE) if path.endswith(PAGE))
    standing = {path.removeprefix(ARCHIVE).removesuffix(PAGE) for path in pages} - {"index"}
    names = archive.parts(store)
    if changes.everything or not standing:
        standing = set()
        days = {local for day in archive.all_days(store) for local in days_of_utc(day, timezone)}
        changed = {*names, *(name_of(datetime.combine(day, time()), names) for day in days)}
    else:
        minutes = {minute for minute, _ in changes.minutes}
        changed = {name_of(local, names) for minute in minutes for local in minutes_of_utc(minute, timezone)}
    if changed:
        archive.withdraw(store, [part(name, names).window(timezone) for name in sorted(changed)], now)
    begun = {begin for name in changed for begin in divisions(store, name, names, timezone, now)}
    changed |= begun
    names = tuple(sorted({*names, *begun}))
    kept = {name for name in changed if archive.holds_entries(store, part(name, names).window(timezone), now)}
    if not kept <= set(names) - begun:
        archive.keep_parts(store, kept | begun)
        names = tuple(sorted({*names, *kept}))
    return Parts(tuple(sorted((standing - changed) | kept)), frozenset(changed), names)


def name_of(moment: datetime, names: Sequence[str]) -> str:
    """The name of the part that `moment`, by the clock, is in, where parts have `names`, in order."""
    minute = minute_named(moment)
    place = bisect_right(names, minute)
    return names[place - 1] if place and names[place - 1].startswith(minute[:MONTH]) else minute[:MONTH]


def part(name: str, names: Sequence[str]) -> Part:
    """The part called `name`: up to the next of the same month among `names`, which are in order."""
    place = bisect_right(names, name)
    following = names[place] if place < len(names) and names[place].startswith(name[:MONTH]) else None
    first = begin_of(name)
    return Part(name, first, begin_of(following) if following else next_month(first))


def begin_of(name: str) -> datetime:
    """When the part called `name` begins, by the clock."""
    return datetime.fromisoformat(f"{name}-01" if len(name) == MONTH else f"{name[:10]}T{name[11:] or '00'}")


def minute_named(moment: datetime) -> str:
    """The name of the part that begins with the minute of `moment`: YYYY-MM-DD-HHMM."""
    written = moment.isoformat()
    return f"{written[:10]}-{written[11:13]}{written[14:16]}"


def divisions(store: Store, name: str, names: Sequence[str], timezone: str, now: datetime) -> Iterator[str]:
    """The names of the further parts that are to begin within a part; none while it is not too large."""
    window = part(name, names).window(timezone)
    if archive.count_between(store, window, now) <= (2 * BOUND if name in names else BOUND):
        return
    filled = 0
    dates = (moment.astimezone(ZoneInfo(timezone)) for moment in archive.dates_between(store, window, now))
    for day, same in groupby(dates, datetime.date):
        moments = list(same)
        if filled and filled + len(moments) > BOUND:
            yield day.isoformat()
            filled = 0
        filled += len(moments)
        if filled > BOUND:
            yield from divisions_of_day(moments)


def divisions_of_day(moments: Sequence[datetime]) -> Iterator[str]:
    """The names of the parts that are to begin in the midst of a day with these `moments`, in order.

    None begins in the hour that summer time ends with twice: its minutes would not tell which of the two is meant.
    """
    filled = 0
    for minute, same in groupby(moments, minute_named):
        found = list(same)
        if filled and filled + len(found) > BOUND and not is_twice(found[0]):
            yield minute
            filled = 0
        filled += len(found)
