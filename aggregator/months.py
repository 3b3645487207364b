"""Calendar months, as YYYY-MM, and days in a time zone. Knows nothing of posts, issues or pages."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MONTH = re.compile(r"^(\d{4})-(0[1-9]|1[0-2])$")


def month_window(name: str, timezone: str) -> tuple[datetime, datetime]:
    """Start and exclusive end of the month `YYYY-MM`. Raises ValueError, with a sentence, for anything else."""
    found = MONTH.match(name)
    if found is None:
        raise ValueError(f"{name!r} is no month; write it as YYYY-MM, such as 2026-10")
    year, month = int(found[1]), int(found[2])
    zone = ZoneInfo(timezone)
    following = date(year + month // 12, month % 12 + 1, 1)
    return datetime(year, month, 1, tzinfo=zone), datetime.combine(following, time(), zone)


def days_window(first: date, last: date, timezone: str) -> tuple[datetime, datetime]:
    """Start of the day `first` and exclusive end of the day `last`."""
    zone = ZoneInfo(timezone)
    return datetime.combine(first, time(), zone), datetime.combine(last + timedelta(days=1), time(), zone)


def last_of_month(day: date) -> date:
    """The last day of the month that `day` is in."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def day_of(moment: datetime, timezone: str) -> date:
    """The day that `moment` lies in."""
    return moment.astimezone(ZoneInfo(timezone)).date()


def days_of_utc(day: str, timezone: str) -> set[date]:
    """The days that a day in UTC, as YYYY-MM-DD, has a part of: two, as a rule."""
    start = datetime.combine(date.fromisoformat(day), time.min, UTC)
    return {day_of(start, timezone), day_of(datetime.combine(start.date(), time.max, UTC), timezone)}
