"""Which of an entry's links leads to the post itself, and what the others are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urljoin, urlsplit

COUNTING = re.compile(r"feed(?:burner|proxy|sportal|blitz|press)|\bt\.co$|\bbit\.ly$|\blnk\.to$", re.IGNORECASE)
"""Hosts that count a visit and lead on: their link is the post's own."""


PLAIN = re.compile(r"https?://[a-z0-9.-]+/[A-Za-z0-9/_.~-]*")
"""Most addresses: whatever the base, they stay as they are."""


def absolute(base: str, address: str) -> str:
    """`address` against `base`; as it is when it is too broken to join."""
    if PLAIN.fullmatch(address):
        return address
    try:
        return urljoin(base, address)
    except ValueError:
        return address


def home_of(channel: Any, version: str, url: str) -> str:
    """What relative links of the entries are relative to: in RSS the blog's page, which may live on another host."""
    link = str(channel.get("link") or "")
    return absolute(url, link) if link and not version.startswith("atom") else url


def external_and_own(
    stated: str | None, links: Sequence[Any], identifier: str | None, canonical: str | None, home: str
) -> tuple[str | None, str | None]:
    """The post's own page, and the page elsewhere that it is about, where the entry's link leads there.

    An id stands in for a link that is not there only when it is a web address or a path: `tag:` and `urn:` lead
    nowhere. Link blogs make the story they point at the entry's link, and give their own page as rel=related in Atom
    or as the guid in RSS; two blogs that point at one story are not one post.
    """
    link = stated if stated and (stated != identifier or is_web(stated) or re.match(r"/\S*$", stated)) else None
    parts = urlsplit_safely(link := absolute(home, link)) if link is not None else None
    if link is None or parts is None or parts.scheme not in ("http", "https"):
        return None, None
    host = parts.hostname or ""
    if canonical or same_site(host, urlsplit_safely(home).hostname or "") or COUNTING.search(host):
        return link, None
    related = [str(item["href"]) for item in links if is_link(item, "related")]
    for own in [*related, identifier or ""]:
        if is_web(own) and same_site(urlsplit_safely(own).hostname or "", urlsplit_safely(home).hostname or ""):
            return own, link
    return link, None


def is_web(address: str) -> bool:
    return address.startswith(("http://", "https://"))


def urlsplit_safely(address: str) -> Any:
    """The parts of an address; those of none where it is broken."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")


def same_site(one: str, other: str) -> bool:
    """Whether two hosts are of one owner, as far as their names tell: the last two labels are equal."""
    return one.split(".")[-2:] == other.split(".")[-2:]


def comments_of(links: Iterable[Any]) -> str | None:
    """Where people comment: a page before a feed (Blogger names both, the feed first)."""
    replies = [item for item in links if is_link(item, "replies")]
    pages = [item for item in replies if "xml" not in str(item.get("type", ""))]
    return next((str(item["href"]) for item in [*pages, *replies]), None)


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
