"""What is sent with a request."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from aggregator.model import Purpose, Resource

ACCEPT = {
    "feed": "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5",
    "page": "text/html, application/xhtml+xml, application/atom+xml;q=0.9, application/rss+xml;q=0.9, */*;q=0.5",
    "article": "text/html, application/xhtml+xml, */*;q=0.5",
    "probe": "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5",
    "image": "image/jpeg, image/png, image/webp, image/gif;q=0.9",
}
KEEP_VALIDATORS = timedelta(days=8)
"""Some servers answer 304 to anything; once in eight days the whole body is asked for (NetNewsWire does the same)."""


def headers_for(
    purpose: Purpose, known: Resource | None, extra: Mapping[str, str], agent: str, now: datetime
) -> dict[str, str]:
    """Who asks, what is wanted, and what is known of it already. No cookies, no referrer."""
    sent = {"User-Agent": agent, "Accept": ACCEPT[purpose], "Accept-Encoding": "gzip, deflate, br, zstd", **extra}
    if known is None or not known.validators:
        return sent
    if known.stored_at is None or now - known.stored_at < KEEP_VALIDATORS:
        if known.validators.etag:
            sent["If-None-Match"] = known.validators.etag
        if known.validators.last_modified:
            sent["If-Modified-Since"] = known.validators.last_modified
    return sent
