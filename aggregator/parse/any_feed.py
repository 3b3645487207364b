"""RSS, RDF and Atom through feedparser, well-formed or not; JSON Feed through our own reader.

feedparser's sanitising and link resolving are off: every kind of source is cleaned once, later, in the same way. It is
only ever given a file object, because it opens a file or a URL when text or bytes look like the name of one. Its own
dates are not used: it invents some, so the strings travel on as they are.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from typing import Any

from aggregator.model import RawFeed
from aggregator.parse.feed_entry import people, post_of, rights_of, stated
from aggregator.parse.feed_fast import IMPRINT, read_fast
from aggregator.parse.feed_ids import doubts_of, raw_ids
from aggregator.parse.feed_known import Known, as_it_was
from aggregator.parse.feed_links import home_of
from aggregator.parse.feed_media import number
from aggregator.parse.json_feed import parse_json_feed
from aggregator.parse.mending import nearly_utf8, says_utf8, well_labelled
from aggregator.parse.next_page import next_of_feed

MOST_POSTS = 5_000
LONGEST_TAG = re.compile(rb"<[A-Za-z][^<>]{32768,}")
"""feedparser is quadratic in the attributes of one element: a megabyte of them never ends."""
SKIPPED_HOUR = re.compile(rb"<hour>\s*(\d{1,2})\s*</hour>")
SKIPPED_DAY = re.compile(rb"<day>\s*(\w{6,9})\s*</day>")
PERIODS = {"hourly": 60, "daily": 1_440, "weekly": 10_080, "monthly": 43_200, "yearly": 525_600}
HARMLESS = ("CharacterEncodingOverride", "NonXMLContentType")
POST_START = re.compile(rb"<(?:item|entry)[\s>]")
UNSAFE_CONTROL = bytes(code for code in range(0x20) if code not in b"\t\n\r")


def read_feed(body: bytes, url: str, content_type: str, known: Known | None) -> RawFeed | None:
    """As parse_feed in feed.py says."""
    feed = parse_json_feed(body, url, MOST_POSTS)
    if feed is not None or not looks_like_xml(body):
        return feed
    if LONGEST_TAG.search(body):
        return RawFeed(remarks=("An element has so many attributes that it was not read.",), format="refused")
    body, count = with_fewer_posts(body)
    harmless = body.translate(None, UNSAFE_CONTROL)
    control = len(harmless) < len(body) and b"\x00" not in body[:4]
    readable = harmless if control else body
    readable = well_labelled(readable.strip() if control else readable.lstrip())
    fast = read_fast(readable, content_type, known)
    parsed = fast or by_feedparser(without_broken_letters(readable), content_type)
    version, entries = parsed.get("version") or "", parsed.entries
    if not version and not entries:
        return None
    remarks = tuple(remarks_of(parsed, count, control))
    channel = parsed.feed
    ids = raw_ids(body, [stated(entry, "id") for entry in entries])
    home = home_of(channel, version, url)
    posts = tuple(
        as_it_was(entry[IMPRINT], position)
        if IMPRINT in entry
        else post_of(entry, ids[position], position, version, channel, url, home)
        for position, entry in enumerate(entries[:MOST_POSTS])
    )
    return RawFeed(
        posts=posts,
        title=stated(channel, "title"),
        link=stated(channel, "link"),
        id=stated(channel, "id"),
        language=stated(channel, "language"),
        authors=people(channel),
        updated=stated(channel, "updated"),
        rights=rights_of(channel),
        icon=stated(channel, "icon") or stated(channel, "logo") or stated(channel.get("image") or {}, "href"),
        format=version,
        hub=next((link.get("href") for link in channel.get("links", ()) if link.get("rel") == "hub"), None),
        minutes_to_live=minutes(stated(channel, "ttl")) or syndication_minutes(channel),
        skip_hours=tuple(sorted({int(hour) % 24 for hour in SKIPPED_HOUR.findall(skipped(body, b"skipHours"))})),
        skip_days=tuple(
            dict.fromkeys(day.decode("ascii", "ignore") for day in SKIPPED_DAY.findall(skipped(body, b"skipDays")))
        ),
        remarks=remarks,
        doubts=doubts_of(posts),
        next_page=next_of_feed(channel.get("links", ()), url),
        stamps=dict(enumerate(fast.stamps[:MOST_POSTS])) if fast else {},
    )


def without_broken_letters(body: bytes) -> bytes:
    """`body` in UTF-8, where it says so and nearly is: feedparser takes it for windows-1252 because of one byte."""
    text = nearly_utf8(body) if says_utf8(body) and b"\x00" not in body[:4] else None
    return body if text is None else text.encode()


def by_feedparser(body: bytes, content_type: str) -> Any:
    """What feedparser makes of `body`, its sanitising and its resolving of links off."""
    import feedparser

    headers = {"content-type": content_type} if content_type else {}
    return feedparser.parse(
        io.BytesIO(body), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
    )


def with_fewer_posts(body: bytes) -> tuple[bytes, int]:
    """`body` without the posts beyond MOST_POSTS, and how many it holds: a hundred thousand take feedparser 9 s."""
    starts = [found.start() for found in POST_START.finditer(body)]
    if len(starts) <= MOST_POSTS:
        return body, len(starts)
    end = max(body.rfind(b"</item>") + len(b"</item>"), body.rfind(b"</entry>") + len(b"</entry>"))
    return body[: starts[MOST_POSTS]] + body[max(end, starts[MOST_POSTS]) :], len(starts)


def looks_like_xml(body: bytes) -> bool:
    """Whether a feed's root element opens within the first kilobytes; junk before the prolog is common."""
    start = body[:8192].replace(b"\x00", b"")
    return re.search(rb"<(\w+:)?(rss|feed|RDF|channel)\b", start, re.IGNORECASE) is not None


def remarks_of(parsed: Any, count: int, control: bool) -> Iterable[str]:
    """What was wrong and repaired."""
    if count > MOST_POSTS:
        yield f"It holds {count} posts; the first {MOST_POSTS} were taken."
    if control:
        yield "It holds control characters, which XML forbids."
    error = parsed.get("bozo_exception")
    if parsed.get("bozo") and error is not None and type(error).__name__ not in HARMLESS:
        yield f"It is not well-formed ({' '.join(str(error).split())[:160]}); what could be read was read."


def skipped(body: bytes, element: bytes) -> bytes:
    """What stands in the first skipHours or skipDays of RSS, which feedparser passes over."""
    found = re.search(rb"<%s>(.{0,2000}?)</%s>" % (element, element), body[:20_000], re.DOTALL)
    return found[1] if found else b""


def syndication_minutes(channel: Any) -> int | None:
    """The period of the syndication module of RSS (https://web.resource.org/rss/1.0/modules/syndication/)."""
    period = PERIODS.get((stated(channel, "sy_updateperiod") or "").casefold())
    frequency = number(stated(channel, "sy_updatefrequency")) or 1
    return period // frequency if period else None


def minutes(value: str | None) -> int | None:
    return number(value) or None
