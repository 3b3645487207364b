"""What is sent with a request."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import unquote, urlsplit

from aggregator.model import Purpose, Resource
from aggregator.settings import Source

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
    sent = {"User-Agent": agent, "Accept": ACCEPT[purpose], "Accept-Encoding": "gzip, deflate, br, zstd"}
    if extra:
        own = {name.casefold() for name in extra}
        sent = {name: value for name, value in sent.items() if name.casefold() not in own} | dict(extra)
    if known is None or not known.validators:
        return sent
    if known.stored_at is None or now - known.stored_at < KEEP_VALIDATORS:
        if known.validators.etag and can_be_sent(known.validators.etag):
            sent["If-None-Match"] = known.validators.etag
        if known.validators.last_modified and can_be_sent(known.validators.last_modified):
            sent["If-Modified-Since"] = known.validators.last_modified
    return sent


def can_be_sent(validator: str) -> bool:
    """Whether it goes back as it came: some servers give what no header may hold, and would never be read again."""
    return validator.isascii() and validator.isprintable()


def headers_of(source: Source) -> Mapping[str, str]:
    """What is for the source's own host only: its headers, and the name and password in its address (RFC 7617)."""
    url = source.url or ""
    if "@" not in url:
        return source.headers
    login, at, _ = urlsplit(url).netloc.rpartition("@")
    if not at or "authorization" in {name.casefold() for name in source.headers}:
        return source.headers
    name, _, password = login.partition(":")
    return {
        "Authorization": f"Basic {b64encode(f'{unquote(name)}:{unquote(password)}'.encode()).decode()}",
        **source.headers,
    }
