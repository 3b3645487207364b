"""Dates that are told from now: `gisteren om 17:05`, `2 dagen geleden`."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import datetime, timedelta, tzinfo

from aggregator.normalise.date_formats import TIME
from aggregator.normalise.moments import moment

RELATIVE = re.compile(
    r"^(?:(?:ongeveer|about)\s+)?(?P<count>\d{1,3}|een|één|a|an)\s+(?P<unit>minuut|minuten|uur|uren|dag|dagen|week|weken|"
    r"maand|maanden|jaar|jaren|minutes?|hours?|days?|weeks?|months?|years?)\s+(?:geleden|ago)$",
    re.IGNORECASE,
)
UNITS = {
    "minu": "minutes",
    "uur": "hours",
    "uren": "hours",
    "hour": "hours",
    "dag": "days",
    "dage": "days",
    "day": "days",
}
MONTHS_IN = {"maan": 1, "mont": 1, "jaar": 12, "jare": 12, "year": 12}
NOW_WORDS = ("zojuist", "zonet", "nu", "just now", "now")
NEAR = {"vandaag": 0, "today": 0, "gisteren": 1, "yesterday": 1, "eergisteren": 2}


def relative(text: str, local: tzinfo, now: datetime) -> datetime | None:
    """`gisteren om 17:05`, `2 dagen geleden`, `een maand geleden`: counted from `now`."""
    word, here = text.casefold(), now.astimezone(local)
    if word in NOW_WORDS:
        return here.replace(microsecond=0)
    name, _, rest = word.partition(" ")
    if name in NEAR:
        day = here - timedelta(days=NEAR[name])
        clock = re.fullmatch(rf"(?:om\s+|at\s+)?{TIME}(?:\s*uur)?", rest.strip(" ,"), re.IGNORECASE)
        if rest and clock is None:
            return None
        found_clock = clock.groupdict() if clock else {}
        return moment({"year": str(day.year), "month": str(day.month), "day": str(day.day), **found_clock}, local)
    found = RELATIVE.match(word)
    if found is None:
        return None
    count = int(found["count"]) if found["count"].isdigit() else 1
    months = next((number for start, number in MONTHS_IN.items() if found["unit"].startswith(start)), 0) * count
    if months:
        year, month = divmod(here.year * 12 + here.month - 1 - months, 12)
        last = monthrange(year, month + 1)[1] if year > 0 else 0
        return here.replace(year=year, month=month + 1, day=min(here.day, last), microsecond=0) if last else None
    unit = next((name for start, name in UNITS.items() if found["unit"].startswith(start)), "weeks")
    return (now - timedelta(**{unit: count})).astimezone(local).replace(microsecond=0)
