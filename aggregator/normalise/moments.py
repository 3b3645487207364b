"""The parts of a date as a moment: year, month, day, clock and zone, as they are written."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from aggregator.normalise.date_formats import MONTHS, ZONES

WITHOUT_ACCENTS = str.maketrans("éèûüäá", "eeuuaa")


def moment(parts: dict[str, str | None], local: tzinfo) -> datetime | None:
    """The parts of a date as a moment; None when they make none."""
    name = (parts.get("name") or "").casefold()
    month = MONTHS.get(plain(name)) if name else int(parts.get("month") or 0)
    digits = (parts["year"] or "0").lstrip("'")
    year = int(digits)
    if len(digits) == 2:  # and not the year 1, in which software dates what has no date
        year += 2000 if year < 70 else 1900
    hour = int(parts.get("hour") or 0)
    half = (parts.get("half") or "").casefold()[:1]
    if half and hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    zone = zone_of(parts.get("zone"), local)
    if month is None or zone is None or hour > 24:
        return None
    days = timedelta(days=1) if hour == 24 else timedelta()
    try:
        made = datetime(
            year, month, int(parts["day"] or 0), hour % 24, int(parts.get("minute") or 0),
            min(59, int(parts.get("second") or 0)), tzinfo=zone,
        )  # fmt: skip
        return made + days
    except (ValueError, OverflowError):
        return None


@lru_cache(maxsize=100)
def zone_of(written: str | None, local: tzinfo) -> tzinfo | None:
    """The zone as written; the local one where none is; None for a place or a number that is none.

    Letters that nobody knows are those of a moment that is else known: UTC stands in for them (RFC 5322, 4.3).
    """
    if not written or written.casefold() in ("uur", "u", "h", "uhr"):
        return local
    if "/" in written:
        try:
            return ZoneInfo(written)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return None
    number = re.fullmatch(r"(?:utc|gmt)?([+-])(\d{1,2}):?(\d{2})?", written.casefold())
    if number:
        minutes = int(number[2]) * 60 + int(number[3] or 0)
        return timezone(timedelta(minutes=minutes if number[1] == "+" else -minutes)) if minutes < 24 * 60 else None
    return timezone(timedelta(minutes=ZONES.get(written.casefold(), 0)))


def plain(name: str) -> str:
    """The name of a month without accents."""
    return name.translate(WITHOUT_ACCENTS)
