"""Reading dates as blogs write them: our own order of formats, strict ones first; nothing is invented.

A date without a zone is in the publication's; a bare day is its midnight there. Day comes before month, as in all of
Europe, unless the year comes first. What cannot be read with certainty is None.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from aggregator.normalise.date_formats import BYLINE, FORMATS, LABEL, MONTHS, TIME, WEEKDAYS, ZONES

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
WITHOUT_ACCENTS = str.maketrans("éèûüäá", "eeuuaa")
NOW_WORDS = ("zojuist", "zonet", "nu", "just now", "now")
NEAR = {"vandaag": 0, "today": 0, "gisteren": 1, "yesterday": 1, "eergisteren": 2}
CLOCK = r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})"
STRICT = re.compile(
    rf"(?P<year>[0-9]{{4}})-(?P<month>[0-9]{{2}})-(?P<day>[0-9]{{2}})T{CLOCK}(?P<zone>Z|[+-][0-9]{{2}}:[0-9]{{2}})"
)
STRICT_OF_MAIL = re.compile(
    rf"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (?P<day>[0-9]{{1,2}}) "
    rf"(?P<name>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) (?P<year>[0-9]{{4}}) {CLOCK} "
    r"(?P<zone>GMT|[+-][0-9]{4})"
)
"""As standards have it (RFC 3339, RFC 5322), and nearly every feed: read at once, as one of FORMATS would be."""
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
FURTHEST = timedelta(days=5 * 366)


def read_date(raw: str, *, languages: Sequence[str], timezone: str, now: datetime) -> datetime | None:
    """The moment that `raw` states, with the offset it states; None where that is not certain.

    `timezone` is for dates without a zone, `now` for relative ones; `languages` are tried for names of months that
    are not Dutch, English, German or French. Before 1990 or more than five years ahead is no date of a blog post.
    """
    text = " ".join(raw.replace("\xa0", " ").split()).strip(" ,;.|")
    if not text or len(text) > 120:
        return None
    local = ZoneInfo(timezone)
    if strict := STRICT.fullmatch(text) or STRICT_OF_MAIL.fullmatch(text):
        return within_bounds(moment(strict.groupdict(), local), now)
    return within_bounds(read_freely(text, languages, timezone, local, now), now)


def within_bounds(found: datetime | None, now: datetime) -> datetime | None:
    if found is None or not EARLIEST.year - 1 <= found.year <= now.year + 6:  # at the ends of time no zone can be told
        return None
    return found if EARLIEST <= found.astimezone(UTC) <= now + FURTHEST else None


def read_freely(text: str, languages: Sequence[str], timezone: str, local: ZoneInfo, now: datetime) -> datetime | None:
    """The moment that a date in any of FORMATS states, or one that only the library can read."""
    text = BYLINE.sub("", LABEL.sub("", text, count=1))
    found = epoch(text) or relative(text, local, now)
    for pattern in () if found else FORMATS:
        match = compiled(pattern).match(text)
        if match:
            found = agreeing(match.groupdict(), local)
            foreign = plain((match.groupdict().get("name") or "jan").casefold()) not in MONTHS
            return by_dateparser(text, languages, timezone) if foreign else found
    return found or by_dateparser(text, languages, timezone)


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """One of FORMATS, when it is first tried: most feeds need two of them, and they take long to compile."""
    return re.compile(pattern, re.IGNORECASE)


def agreeing(parts: dict[str, str | None], local: tzinfo) -> datetime | None:
    """The moment; where day and month are numbers beside a weekday, of both readings the one that fell on it.

    Drupal writes `Fri, 07/03/2015 - 16:09` of the third of July.
    """
    found = moment(parts, local)
    weekday = parts.get("weekday")
    if weekday is None or (found and found.weekday() == WEEKDAYS[weekday.casefold()[:2]]):
        return found
    swapped = moment(parts | {"day": parts["month"], "month": parts["day"]}, local)
    return swapped if swapped and swapped.weekday() == WEEKDAYS[weekday.casefold()[:2]] else found


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
    """The zone as written; the local one where none is; None for a name that nobody knows."""
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
    minutes_east = ZONES.get(written.casefold())
    return None if minutes_east is None else timezone(timedelta(minutes=minutes_east))


def epoch(text: str) -> datetime | None:
    """Seconds or milliseconds since 1970; 0 is nobody's date."""
    if not re.fullmatch(r"\d{9,10}|\d{12,13}", text):
        return None
    seconds = int(text) / (1000 if len(text) > 10 else 1)
    return datetime.fromtimestamp(seconds, UTC)


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


def by_dateparser(text: str, languages: Sequence[str], zone: str) -> datetime | None:
    """The library's reading, where our own formats have none: only whole dates, in the languages that are likely."""
    if not re.search(r"\d{4}", text) or not re.search(r"\d", text.replace(re.findall(r"\d{4}", text)[0], "", 1)):
        return None
    import dateparser
    from dateparser.conf import SettingValidationError

    wanted = list(dict.fromkeys([language.split("-")[0] for language in languages if language] + ["nl", "en"]))
    settings = {
        "DATE_ORDER": "DMY", "TIMEZONE": zone, "RETURN_AS_TIMEZONE_AWARE": True,
        "REQUIRE_PARTS": ["day", "month", "year"], "PREFER_LOCALE_DATE_ORDER": False,
    }  # fmt: skip
    try:
        return dateparser.parse(text, languages=wanted, settings=settings)
    except (ValueError, SettingValidationError, OverflowError, TypeError):
        return None


def plain(name: str) -> str:
    """The name of a month without accents."""
    return name.translate(WITHOUT_ACCENTS)
