"""When a source is read again: by its own rhythm, never more than once an hour, at least once a day.

A blog that posts daily is read every six hours, a weekly or a silent one once a day; what its server asks for is
obeyed within the same bounds. A source that fails is left alone twice as long each time.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from itertools import pairwise

from aggregator.model import HealthState, SourceState
from aggregator.settings import Source

SHORTEST = timedelta(hours=1)
LONGEST = timedelta(days=1)
UNKNOWN = timedelta(hours=6)
"""For a source whose rhythm is not known: fewer than three dated posts."""
PART_OF_RHYTHM = 4
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
EARLY = timedelta(minutes=5)
"""A run that comes a little early counts: cron does not start on the second."""
WRONG_CLOCK = timedelta(days=1)
"""Ahead of the clock of today: the machines of a fleet are never so far apart."""


def rhythm_of(dates: Sequence[datetime]) -> float | None:
    """The usual number of seconds between two posts, from their dates, newest first; None for fewer than three."""
    gaps = [(newer - older).total_seconds() for newer, older in pairwise(dates)]
    real = [gap for gap in gaps if gap > 0]
    if len(real) < 2:
        return None
    return middle(real)


def middle(values: Sequence[float]) -> float:
    """The median. Importing Python's own takes 4 ms, of the half second that a run without news takes."""
    ordered, half = sorted(values), len(values) // 2
    return ordered[half] if len(values) % 2 else (ordered[half - 1] + ordered[half]) / 2


def next_check(
    name: str,
    state: HealthState,
    now: datetime,
    *,
    rhythm: float | None = None,
    fresh_for: int | None = None,
    minutes_to_live: int | None = None,
    failures: int = 0,
    retry_at: datetime | None = None,
    skip_hours: Sequence[int] = (),
    skip_days: Sequence[str] = (),
) -> datetime | None:
    """When to read the source again; None for one that is gone, which is read no more."""
    if state == "gone":
        return None
    if retry_at is not None:
        return max(retry_at, now + SHORTEST)
    if failures:
        return now + min(LONGEST, timedelta(hours=2 ** min(failures - 1, 10)))
    wanted = UNKNOWN if rhythm is None else timedelta(seconds=rhythm / PART_OF_RHYTHM)
    asked = timedelta(seconds=max(fresh_for or 0, (minutes_to_live or 0) * 60))
    interval = min(LONGEST, max(SHORTEST, wanted, asked))
    return outside(now + max(SHORTEST, interval * (1 - spread(name, now))), skip_hours, skip_days)


def outside(moment: datetime, hours: Sequence[int], days: Sequence[str]) -> datetime:
    """The first moment from `moment` on that is in none of the hours (GMT) and days that the feed asks to skip.

    Within a day: a feed that skips everything is read all the same.
    """
    for later in range(24):
        candidate = moment + timedelta(hours=later)
        in_utc = candidate.astimezone(UTC)
        if in_utc.hour not in hours and WEEKDAYS[in_utc.weekday()] not in [day.casefold() for day in days]:
            return candidate
    return moment


def spread(name: str, now: datetime) -> float:
    """Up to a tenth, another for every source and day, so that not all come at once."""
    seed = f"{name} {now:%Y-%m-%d}".encode()
    return blake2b(seed, digest_size=1).digest()[0] / 2560


def is_due(source: Source, known: SourceState, now: datetime) -> bool:
    """Whether the source, of which this is known, is to be read in a run at `now`.

    One of which sources.yaml says something else than when it was read last is: whoever mends an address waits for it.
    And one that was read in a time still to come, by a clock that was wrong: nothing is told by when it is read again.
    """
    if known.last_checked is not None and known.last_checked > now + WRONG_CLOCK:
        return True
    if known.configured_url not in (None, source.url) or known.read_as not in (None, source.read_as):
        return True
    return known.state != "gone" and (known.next_check is None or known.next_check <= now + EARLY)
