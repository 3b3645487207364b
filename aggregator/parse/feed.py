"""RSS, RDF and Atom through feedparser, well-formed or not; JSON Feed through our own reader.

feedparser's sanitising and link resolving are off: every kind of source is cleaned once, later, in the same way. It is
only ever given a file object, because it opens a file or a URL when text or bytes look like the name of one. Its own
dates are not used: it invents some, so the strings travel on as they are.
"""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import urljoin

from aggregator.model import Enclosure, Image, RawFeed, RawPost
from aggregator.parse.excerpt import looks_cut
from aggregator.parse.feed_fast import read_fast
from aggregator.parse.json_feed import parse_json_feed

MOST_POSTS = 5_000
LONGEST_TAG = re.compile(rb"<[A-Za-z][^<>]{32768,}")
"""feedparser is quadratic in the attributes of one element: a megabyte of them never ends."""
SKIPPED_HOUR = re.compile(rb"<hour>\s*(\d{1,2})\s*</hour>")
SKIPPED_DAY = re.compile(rb"<day>\s*(\w{6,9})\s*</day>")
PERIODS = {"hourly": 60, "daily": 1_440, "weekly": 10_080, "monthly": 43_200, "yearly": 525_600}
HARMLESS = ("CharacterEncodingOverride", "NonXMLContentType")
POST_START = re.compile(rb"<(?:item|entry)[\s>]")
UNSAFE_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def parse_feed(body: bytes, url: str, content_type: str = "") -> RawFeed | None:
    """The feed in `body`, whatever its format; None when it is no feed at all. Never raises."""
    feed = parse_json_feed(body, url)
    if feed is not None or not looks_like_xml(body):
        return feed
    if LONGEST_TAG.search(body):
        return RawFeed(remarks=("An element has so many attributes that it was not read.",), format="refused")
    body, count = with_fewer_posts(body)
    control = UNSAFE_CONTROL.search(body) is not None and b"\x00" not in body[:4]
    readable = UNSAFE_CONTROL.sub(b"", body) if control else body
    readable = readable.strip() if control else readable.lstrip()
    parsed = read_fast(readable, content_type) or by_feedparser(readable, content_type)
    version, entries = parsed.get("version") or "", parsed.entries
    if not version and not entries:
        return None
    remarks = tuple(remarks_of(parsed, count, control))
    channel = parsed.feed
    return RawFeed(
        posts=tuple(
            post_of(entry, position, version, channel, url) for position, entry in enumerate(entries[:MOST_POSTS])
        ),
        title=stated(channel, "title"),
        link=stated(channel, "link"),
        id=stated(channel, "id"),
        language=stated(channel, "language"),
        authors=people(channel),
        updated=stated(channel, "updated"),
        rights=stated(channel, "rights"),
        icon=stated(channel, "icon"),
        format=version,
        hub=next((link.get("href") for link in channel.get("links", ()) if link.get("rel") == "hub"), None),
        minutes_to_live=minutes(stated(channel, "ttl")) or syndication_minutes(channel),
        skip_hours=tuple(sorted({int(hour) % 24 for hour in SKIPPED_HOUR.findall(skipped(body, b"skipHours"))})),
        skip_days=tuple(
            dict.fromkeys(day.decode("ascii", "ignore") for day in SKIPPED_DAY.findall(skipped(body, b"skipDays")))
        ),
        remarks=remarks,
    )


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


def stated(holder: Any, key: str) -> str | None:
    """The value as feedparser read it for this very key: it gives `published` when asked for `updated`."""
    value = dict.get(holder, key)
    return value.strip() or None if isinstance(value, str) else None


def post_of(entry: Any, position: int, version: str, channel: Any, url: str) -> RawPost:
    """One entry, its strings as the feed spelt them."""
    content, content_base = longest_content(entry)
    summary = stated(entry, "summary")
    if any(summary == (item.get("value") or "").strip() for item in entry.get("content", ())):
        summary = None  # feedparser's own copy of the content
    if content is not None and summary is not None and len(summary) > 2 * len(content):
        content, summary = summary, content  # a caption (media:description) took the place of the text
    published, updated = stated(entry, "published"), stated(entry, "updated")
    if not version.startswith("atom") and published is None:
        published, updated = updated, None  # feedparser files dc:date under updated
    text = content if content is not None else summary
    links = dict.get(entry, "links") or []
    link = stated(entry, "link")
    link = absolute(url, link) if link else None
    return RawPost(
        id=stated(entry, "id"),
        link=link,
        title=title_of(entry, version),
        authors=people(entry),
        published=published,
        updated=updated,
        content=content if content is not None else summary,
        summary=summary if content is not None else None,
        whole=text is not None and not looks_cut(text, has_own_element=content is not None),
        base=absolute(url, content_base) if content_base else link or url,
        language=language_of(entry),
        tags=tuple(
            dict.fromkeys(tag for item in entry.get("tags", ()) if (tag := item.get("term") or item.get("label")))
        ),
        image=image_of(entry),
        enclosures=tuple(enclosures_of(entry)),
        comments=stated(entry, "comments") or next((item["href"] for item in links if is_link(item, "replies")), None),
        rights=stated(entry, "rights") or stated(entry, "license"),
        canonical=stated(entry, "feedburner_origlink"),
        via=tuple(via_of(entry, links, channel)),
        position=position,
    )


def title_of(entry: Any, version: str) -> str | None:
    """The title as HTML: in Atom, what is plain text keeps its angle brackets (RFC 4287, 3.1.1.1)."""
    title = stated(entry, "title")
    plain = version == "atom10" and (entry.get("title_detail") or {}).get("type") == "text/plain"
    return html.escape(title, quote=False) if title and plain and "<" in title else title


def absolute(base: str, address: str) -> str:
    """`address` against `base`; as it is when it is too broken to join."""
    try:
        return urljoin(base, address)
    except ValueError:
        return address


def longest_content(entry: Any) -> tuple[str | None, str]:
    """The longest of the entry's contents as HTML, and its xml:base."""
    best, base = None, ""
    for item in entry.get("content", ()):
        value = item.get("value") or ""
        if item.get("type") == "text/plain":
            value = "".join(f"<p>{html.escape(part)}</p>" for part in value.split("\n\n") if part.strip())
        if value.strip() and (best is None or len(value) > len(best)):
            best, base = value, item.get("base") or ""
    return best, base or (entry.get("summary_detail") or {}).get("base") or ""


def language_of(entry: Any) -> str | None:
    """xml:lang of the content, else of the title."""
    for item in [*entry.get("content", ()), entry.get("summary_detail") or {}, entry.get("title_detail") or {}]:
        if item.get("language"):
            return str(item["language"])
    return None


def people(holder: Any) -> tuple[str, ...]:
    """Every author as the feed spells it: names, or the likes of `mail (name)`, to be cleaned later."""
    several = [item for item in holder.get("authors", ()) if item.get("name") or item.get("email")]
    single = stated(holder, "author")
    if single is not None and len(several) < 2:
        return (single,)  # feedparser takes `me@firm.example (Me)` apart in the wrong place; the whole string is right
    names = [item.get("name") or item.get("email") for item in several]
    return tuple(dict.fromkeys(str(name).strip() for name in names))


def image_of(entry: Any) -> Image | None:
    """The picture the feed gives the entry: the largest media thumbnail or content, or an image element."""
    pictures = [
        (number(item.get("width")), item["url"])
        for item in [*entry.get("media_content", ()), *entry.get("media_thumbnail", ())]
        if item.get("url") and (item.get("medium", "image") == "image" and is_picture(item))
    ]
    if pictures:
        return Image(max(pictures, key=lambda picture: picture[0])[1])
    held = entry.get("image")
    if isinstance(held, dict) and held.get("href"):
        return Image(str(held["href"]))
    for item in entry.get("enclosures", ()):
        if str(item.get("type", "")).startswith("image/") and item.get("href"):
            return Image(str(item["href"]))
    return None


def is_picture(item: Any) -> bool:
    kind = str(item.get("type", ""))
    return kind.startswith("image/") or (not kind and not re.search(r"\.(mp3|mp4|m4a|webm|ogg)\b", str(item["url"])))


def enclosures_of(entry: Any) -> Iterable[Enclosure]:
    for item in entry.get("enclosures", ()):
        if item.get("href"):
            length = number(item.get("length"))
            yield Enclosure(str(item["href"]), str(item.get("type") or ""), length or None)


def via_of(entry: Any, links: Iterable[Any], channel: Any) -> Iterable[str]:
    """Where the entry says it comes from: rel=via, and the source it was taken from when that is another feed."""
    for item in links:
        if is_link(item, "via"):
            yield str(item["href"])
    source = entry.get("source")
    if isinstance(source, dict):
        address = source.get("link") or source.get("href")
        if address and address not in (channel.get("link"), channel.get("id")):
            yield str(address)


def is_link(item: Any, relation: str) -> bool:
    return item.get("rel") == relation and bool(item.get("href"))


def number(value: Any) -> int:
    """The whole number that `value` spells; 0 when it spells none."""
    text = str(value or "").strip()
    return int(text) if text.isdecimal() and len(text) < 15 else 0


def minutes(value: str | None) -> int | None:
    return number(value) or None
