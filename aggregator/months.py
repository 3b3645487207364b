"""Calendar months in a time zone, as YYYY-MM. Knows nothing of posts, issues or pages."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
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


def month_of(moment: datetime, timezone: str) -> str:
    """The month that `moment` lies in."""
    local = moment.astimezone(ZoneInfo(timezone))
    return f"{local.year:04}-{local.month:02}"


def months_of_day(day: str, timezone: str) -> set[str]:
    """The months that a day in UTC, as YYYY-MM-DD, has a part of: two at the turn of one, as a rule."""
    start = datetime.combine(date.fromisoformat(day), time.min, UTC)
    return {month_of(start, timezone), month_of(datetime.combine(start.date(), time.max, UTC), timezone)}
