"""Reading dates as blogs write them: our own order of formats, strict ones first; nothing is invented.

A date without a zone is in the publication's; a bare day is its midnight there. Day comes before month, as in all of
Europe, unless the year comes first. What cannot be read with certainty is None.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from zoneinfo import ZoneInfo

from aggregator.normalise.date_formats import BYLINE, FORMATS, LABEL, MONTHS, WEEKDAYS
from aggregator.normalise.moments import moment, plain
from aggregator.normalise.relative_dates import relative

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
    """The moment; of the two readings of a day and a month in numbers the one that is a day, and fell on its weekday.

    Drupal writes `Fri, 07/03/2015 - 16:09` of the third of July.
    """
    found = moment(parts, local)
    if "weekday" not in parts:  # its month has a name, or stands behind the year
        return found
    weekday = WEEKDAYS[parts["weekday"].casefold()[:2]] if parts["weekday"] else None
    if found and weekday in (None, found.weekday()):
        return found
    swapped = moment(parts | {"day": parts["month"], "month": parts["day"]}, local)
    return swapped if swapped and weekday in (None, swapped.weekday()) else found


def epoch(text: str) -> datetime | None:
    """Seconds or milliseconds since 1970; 0 is nobody's date."""
    if not re.fullmatch(r"\d{9,10}|\d{12,13}", text):
        return None
    seconds = int(text) / (1000 if len(text) > 10 else 1)
    return datetime.fromtimestamp(seconds, UTC)


def by_dateparser(text: str, languages: Sequence[str], zone: str) -> datetime | None:
    """The library's reading, where our own formats have none: only whole dates, in the languages that are likely."""
    if not re.search(r"\d{4}", text) or not re.search(r"\d", text.replace(re.findall(r"\d{4}", text)[0], "", 1)):
        return None
    import dateparser
    from dateparser.conf import SettingValidationError
    from dateparser.data.languages_info import language_order

    named = [re.split("[-_]", language.lower())[0] for language in languages] + ["nl", "en"]
    wanted = [one for one in dict.fromkeys("nb" if one == "no" else one for one in named) if one in language_order]
    settings = {
        "DATE_ORDER": "DMY", "TIMEZONE": zone, "RETURN_AS_TIMEZONE_AWARE": True,
        "REQUIRE_PARTS": ["day", "month", "year"], "PREFER_LOCALE_DATE_ORDER": False,
    }  # fmt: skip
    try:
        return dateparser.parse(text, languages=wanted, settings=settings)
    except (ValueError, SettingValidationError, OverflowError, TypeError):
        return None
