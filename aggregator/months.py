"""Calendar months, as YYYY-MM, and days in a time zone. Knows nothing of posts, issues or pages."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MONTH = re.compile(r"^([12]\d{3})-(0[1-9]|1[0-2])$")


def month_window(name: str, timezone: str) -> tuple[datetime, datetime]:
    """Start and exclusive end of the month `YYYY-MM`. Raises ValueError, with a sentence, for anything else."""
    found = MONTH.match(name)
    if found is None:
        raise ValueError(f"{name!r} is no month; write it as YYYY-MM, such as 2026-10")
    year, month = int(found[1]), int(found[2])
    zone = ZoneInfo(timezone)
    following = date(year + month // 12, month % 12 + 1, 1)
    return datetime(year, month, 1, tzinfo=zone), datetime.combine(following, time(), zone)


def next_month(moment: datetime) -> datetime:
    """The first midnight of the month after that of `moment`."""
    return datetime.combine(date(moment.year + moment.month // 12, moment.month % 12 + 1, 1), time())


def on_the_clock(moment: datetime, timezone: str) -> datetime:
    """What the clock says at `moment`, without a time zone."""
    return moment.astimezone(ZoneInfo(timezone)).replace(tzinfo=None)


def is_twice(moment: datetime) -> bool:
    """Whether the clock of its time zone says the same twice that day, as when summer time ends."""
    return moment.replace(fold=0).utcoffset() != moment.replace(fold=1).utcoffset()


def day_of(moment: datetime, timezone: str) -> date:
    """The day that `moment` lies in."""
    return moment.astimezone(ZoneInfo(timezone)).date()


def days_of_utc(day: str, timezone: str) -> set[date]:
    """The days that a day in UTC, as YYYY-MM-DD, has a part of: two, as a rule."""
    start = datetime.combine(date.fromisoformat(day), time.min, UTC)
    return {day_of(start, timezone), day_of(datetime.combine(start.date(), time.max, UTC), timezone)}


def minutes_of_utc(minute: str, timezone: str) -> set[datetime]:
    """What the clock says at both ends of a minute in UTC, as YYYY-MM-DDTHH:MM: offsets once had seconds."""
    start = datetime.fromisoformat(f"{minute}+00:00")
    return {on_the_clock(start, timezone), on_the_clock(start + timedelta(seconds=59), timezone)}


def minute_window(name: str) -> tuple[datetime, datetime]:
    """Start and exclusive end of the minute (UTC) `YYYY-MM-DDTHH:MM`."""
    start = datetime.fromisoformat(f"{name}Z")
    return start, start + timedelta(minutes=1)
