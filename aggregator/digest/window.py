"""The month that an issue covers, and when it is due: in the publication's zone, whatever its clocks do."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo


def month_before(now: datetime, timezone: str) -> str:
    """The month before the one that `now` lies in, as YYYY-MM."""
    first = now.astimezone(ZoneInfo(timezone)).date().replace(day=1)
    return f"{first - timedelta(days=1):%Y-%m}"


def months_due(now: datetime, timezone: str, day: int, hour: int, since: date) -> list[str]:
    """The months, oldest first, whose issue should have been built by `now`, when months before `since` do not count.

    The issue of a month is due on `day` of the next, at `hour`; a day that the month has not is its last.
    """
    local = now.astimezone(ZoneInfo(timezone))
    due = []
    year, month = since.year, since.month
    while (year, month) < (local.year, local.month):
        following = (year + month // 12, month % 12 + 1)
        last = monthrange(*following)[1]
        moment = datetime(*following, min(day, last), hour, tzinfo=ZoneInfo(timezone))
        if moment <= now:
            due.append(f"{year:04}-{month:02}")
        year, month = following
    return due
