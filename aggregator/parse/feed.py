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

from aggregator.model import RawFeed, RawPost
from aggregator.parse.excerpt import looks_cut
from aggregator.parse.feed_fast import read_fast
from aggregator.parse.feed_ids import doubts_of, raw_ids
from aggregator.parse.feed_links import absolute, comments_of, external_and_own, home_of, via_of
from aggregator.parse.feed_media import enclosures_of, image_of, number
from aggregator.parse.json_feed import parse_json_feed
from aggregator.parse.next_page import next_of_feed

MOST_POSTS = 5_000
LONGEST_TAG = re.compile(rb"<[A-Za-z][^<>]{32768,}")
"""feedparser is quadratic in the attributes of one element: a megabyte of them never ends."""
SKIPPED_HOUR = re.compile(rb"<hour>\s*(\d{1,2})\s*</hour>")
SKIPPED_DAY = re.compile(rb"<day>\s*(\w{6,9})\s*</day>")
PERIODS = {"hourly": 60, "daily": 1_440, "weekly": 10_080, "monthly": 43_200, "yearly": 525_600}
HARMLESS = ("CharacterEncodingOverride", "NonXMLContentType")
POST_START = re.compile(rb"<(?:item|entry)[\s>]")
NO_TEXT = re.compile(r"(?:image|audio|video|font)/|application/(?:pdf|zip|gzip|x-)")
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
    ids = raw_ids(body, [stated(entry, "id") for entry in entries])
    home = home_of(channel, version, url)
    posts = tuple(
        post_of(entry, ids[position], position, version, channel, url, home)
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


def post_of(
    entry: Any, identifier: str | None, position: int, version: str, channel: Any, url: str, home: str
) -> RawPost:
    """One entry, its strings as the feed spelt them."""
    content, content_base = longest_content(entry)
    summary = stated(entry, "summary")
    if any(summary == (item.get("value") or "").strip() for item in entry.get("content", ())):
        summary = None  # feedparser's own copy of the content
    if content is not None and summary is not None and len(summary) > 2 * len(content):
        content, summary = summary, content  # a caption (media:description) took the place of the text
    published, updated = dates_of(entry, version)
    text = content if content is not None else summary
    links = dict.get(entry, "links") or []
    canonical = stated(entry, "feedburner_origlink")
    link, external = external_and_own(stated(entry, "link"), links, identifier, canonical, home)
    authors = people(entry) or people(entry.get("source") or {})
    return RawPost(
        id=identifier,
        link=link,
        title=title_of(entry, version),
        authors=authors,
        contributors=tuple(name for name in named(entry.get("contributors", ())) if name not in authors),
        published=published,
        updated=updated,
        content=content if content is not None else summary,
        summary=summary if content is not None else None,
        whole=text is not None and not looks_cut(text, has_own_element=content is not None),
        base=absolute(url, content_base) if content_base else link or home,
        language=language_of(entry),
        tags=tuple(dict.fromkeys(tags_of(entry))),
        image=image_of(entry),
        enclosures=tuple(enclosures_of(entry)),
        comments=stated(entry, "comments") or comments_of(links),
        rights=rights_of(entry),
        canonical=canonical,
        external=external,
        via=tuple(via_of(entry, links, channel)),
        position=position,
    )


def dates_of(entry: Any, version: str) -> tuple[str | None, str | None]:
    """Published and updated, as written. feedparser files dc:date, and in RSS nothing else says more, under updated."""
    published = stated(entry, "published") or stated(entry, "created")
    updated = stated(entry, "updated")
    if published is None and not version.startswith("atom"):
        return updated, None
    return published, updated


def tags_of(entry: Any) -> Iterable[str]:
    """Categories as people see them: the label before the term; the terms that are addresses are software's own."""
    for item in entry.get("tags", ()):
        tag = item.get("label") or item.get("term") or ""
        if tag.strip() and "://" not in tag:
            yield tag


def rights_of(holder: Any) -> str | None:
    """The rights as they are worded, and the address of the licence (Creative Commons, RFC 4946)."""
    licences = [
        str(item["href"]) for item in holder.get("links", ()) if item.get("rel") == "license" and "href" in item
    ]
    found = dict.fromkeys(part for part in (stated(holder, "rights"), stated(holder, "license"), *licences) if part)
    return " ".join(found) or None


def title_of(entry: Any, version: str) -> str | None:
    """The title as HTML: in Atom, what is plain text keeps its angle brackets (RFC 4287, 3.1.1.1)."""
    title = stated(entry, "title")
    plain = version == "atom10" and (entry.get("title_detail") or {}).get("type") == "text/plain"
    return html.escape(title, quote=False) if title and plain and "<" in title else title


def longest_content(entry: Any) -> tuple[str | None, str]:
    """The longest of the entry's contents as HTML, and its xml:base."""
    best, base = None, ""
    for item in entry.get("content", ()):
        value = item.get("value") or ""
        if NO_TEXT.match(item.get("type") or ""):
            continue
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
    return named(several)


def named(several: Iterable[Any]) -> tuple[str, ...]:
    """The names, else the addresses, of people as feedparser gives them.

    Of `ed@x.example (Ed)` it takes `ed@x.exam` for the address, and leaves `ple (Ed` as the name.
    """
    names = (
        re.sub(r"^[a-z]{1,20}\s*\((?=[^)]*$)", "", str(item.get("name") or item.get("email") or "")) for item in several
    )
    return tuple(dict.fromkeys(name.strip() for name in names if name.strip()))


def minutes(value: str | None) -> int | None:
    return number(value) or None
