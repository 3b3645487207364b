"""Headers about time: validators that can be trusted, how long a body is fresh, when to come back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from aggregator.model import Validators

LONGEST_FRESH = 86_400
"""Seconds: servers were seen to claim sixteen years."""
DEFAULT_REST = timedelta(hours=1)
LONGEST_REST = timedelta(days=2)


def http_date(text: str | None) -> datetime | None:
    """An HTTP date (RFC 9110, 5.6.7) in UTC; None when it is none."""
    if not text:
        return None
    try:
        read = parsedate_to_datetime(text)
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def usable(etag: str | None, last_modified: str | None, now: datetime) -> Validators:
    """The validators as the server spelt them; a Last-Modified in the future would keep the body for ever."""
    modified = http_date(last_modified)
    trusted = modified is not None and modified <= now + timedelta(days=1)
    return Validators(etag or None, last_modified if trusted else None)


def fresh_seconds(headers: Mapping[str, str], now: datetime) -> int | None:
    """How long the server calls its answer fresh, from Cache-Control, else Expires; None when it says nothing."""
    control = headers.get("cache-control", "").casefold()
    if "no-store" in control or "no-cache" in control:
        return 0
    age = re.search(r"max-age\s*=\s*\"?(\d{1,12})", control)
    if age:
        return min(LONGEST_FRESH, int(age[1]))
    expires = http_date(headers.get("expires"))
    if expires is None:
        return None
    seconds = (expires - (http_date(headers.get("date")) or now)).total_seconds()
    return max(0, min(LONGEST_FRESH, int(seconds)))


def retry_moment(retry_after: str | None, now: datetime) -> datetime | None:
    """When Retry-After (seconds or a date; RFC 9110, 10.2.3) allows the next request, within two days."""
    text = (retry_after or "").strip()
    if text.isdecimal() and len(text) < 12:
        return now + min(LONGEST_REST, timedelta(seconds=int(text)))
    date = http_date(text) if text else None
    return None if date is None else min(now + LONGEST_REST, max(now, date))
