"""The month that an issue covers, and when it is due: in the publication's zone, whatever its clocks do."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from aggregator.months import month_window


def month_before(now: datetime, timezone: str) -> str:
    """The month before the one that `now` lies in, as YYYY-MM."""
    first = now.astimezone(ZoneInfo(timezone)).date().replace(day=1)
    return f"{first - timedelta(days=1):%Y-%m}"


def months_due(now: datetime, timezone: str, day: int, hour: int, since: date) -> list[str]:
    """The months, oldest first, whose issue should have been built by `now`; months before `since` do not count."""
    local = now.astimezone(ZoneInfo(timezone))
    due = []
    year, month = since.year, since.month
    while (year, month) < (local.year, local.month):
        name = f"{year:04}-{month:02}"
        if due_moment(name, timezone, day, hour) <= now:
            due.append(name)
        year, month = year + month // 12, month % 12 + 1
    return due


def due_moment(name: str, timezone: str, day: int, hour: int) -> datetime:
    """When the issue of month `name` is due: on `day` of the next month, at `hour`.

    A day that the month has not is its last. An hour that the clocks skip comes an hour later, and of one that comes
    twice it is the first.
    """
    following = month_window(name, timezone)[1]
    last = monthrange(following.year, following.month)[1]
    return following.replace(day=min(day, last), hour=hour)
