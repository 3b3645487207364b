"""Sitemaps: the pages they name, and the maps that an index of them names (https://www.sitemaps.org/protocol.html)."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from urllib.parse import urlsplit

from aggregator.model import RawFeed, RawPost
from aggregator.parse.discover import joined
from aggregator.parse.links import MOST_LINKS, is_article_address

LARGEST = 50 * 1024 * 1024
"""Bytes of an unpacked sitemap: the most that the protocol allows."""
MOST_MAPS = 4
"""Maps of an index that are asked for, those of posts first."""
ROW = re.compile(rb"<(?:\w+:)?(?:url|sitemap)>")
OF_POSTS = re.compile(r"post|blog|article|artikel|news|nieuws|stor(?:y|ies)|content", re.IGNORECASE)
OF_OTHERS = re.compile(
    r"categor|(?:^|[-_/])tag|author|auteur|user|product|image|video|local|template|taxonomy", re.IGNORECASE
)


def unpacked(body: bytes) -> bytes:
    """A sitemap as text, whether it came as .xml.gz or not; b'' for a broken one, cut where it is beyond measure."""
    if not body.startswith(b"\x1f\x8b"):
        return body
    try:
        return zlib.decompressobj(31).decompress(body, LARGEST)
    except zlib.error:
        return b""


def rows_of(text: bytes) -> Iterator[tuple[str, str]]:
    """Address and lastmod ('' where none is given) of each row."""
    for row in ROW.split(text)[1:]:
        place = re.search(rb"<(?:\w+:)?loc>\s*(?:<!\[CDATA\[)?\s*([^<\s\]]+)", row)
        changed = re.search(rb"<(?:\w+:)?lastmod>\s*([^<\s]+)", row)
        if place:
            address = place[1].decode("utf-8", "replace").replace("&amp;", "&")
            yield address, changed[1].decode("ascii", "replace") if changed else ""


def maps_in(body: bytes, url: str) -> tuple[str, ...]:
    """The sitemaps of the same site that an index names, likeliest to hold posts first; () when it is no index."""
    text = unpacked(body)
    if not re.search(rb"<(?:\w+:)?sitemapindex", text[:4096]):
        return ()
    host = urlsplit(url).hostname
    rows = [row for row in rows_of(text) if urlsplit(joined(url, row[0])).hostname == host and row[0] != url]
    rows.sort(key=lambda row: row[1], reverse=True)
    rows.sort(key=lambda row: doubt_of_map(urlsplit(row[0]).path))
    return tuple(dict.fromkeys(joined(url, address) for address, _ in rows))[:MOST_MAPS]


def doubt_of_map(path: str) -> int:
    """0 for a map that is named after posts, 2 for one of lists, people or wares, 1 for others."""
    return 2 if OF_OTHERS.search(path) else 0 if OF_POSTS.search(path.rsplit("/", 1)[-1]) else 1


def read_sitemap(body: bytes, url: str) -> RawFeed | None:
    """The article-like addresses of a sitemap, newest change first; None when it is none, or names no such pages."""
    text = unpacked(body)
    if not re.search(rb"<(?:\w+:)?urlset", text[:4096]):
        return None
    rows = [
        row for row in rows_of(text) if is_article_address(row[0], joined(url, "/")) and "-" in urlsplit(row[0]).path
    ]
    rows.sort(key=lambda row: row[1], reverse=True)
    posts = tuple(
        RawPost(link=loc, whole=False, base=loc, position=place) for place, (loc, _) in enumerate(rows[:MOST_LINKS])
    )
    return RawFeed(posts=posts, link=joined(url, "/"), format="listing") if posts else None
