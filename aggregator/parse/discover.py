"""Finding the feed of a blog from any of its pages: link elements, then the usual paths, then the sitemap."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from aggregator.parse.decode import html_tree

if TYPE_CHECKING:
    from lxml.html import HtmlElement

FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml")
LESS_LIKELY_TYPES = ("application/json", "application/xml", "text/xml")
COMMENTS = re.compile(r"comments?\b|reacties|respons|commentaires|kommentare", re.IGNORECASE)
PART = re.compile(r"/(?:tag|tags|category|categorie|categories|author|auteur|search|label)s?/", re.IGNORECASE)
FEED_PATH = re.compile(
    r"(?:^|/)(?:feed|rss|atom)(?:/|\.xml|\.json)?$|\.(?:rss|atom)$|/(?:feed|rss|atom|index)\.(?:xml|json)$"
)
USUAL = ("feed/", "feed.xml", "rss.xml", "atom.xml", "index.xml", "rss", "feed.json")


def feed_candidates(body: bytes, url: str, content_type: str = "") -> tuple[str, ...]:
    """Addresses that the page names as feeds, the likeliest first; feeds of comments and of one tag come last."""
    tree = html_tree(body, content_type)
    base = base_of(tree, url)
    found: list[tuple[int, str]] = []
    for link in tree.iter("link"):
        kind = (link.get("type") or "").split(";")[0].strip().casefold()
        relation = (link.get("rel") or "").casefold().split()
        href = link.get("href")
        if "alternate" not in relation or not href or not (address := joined(base, href)):
            continue
        if kind in FEED_TYPES or (kind in LESS_LIKELY_TYPES and FEED_PATH.search(href)):
            found.append((doubt(href, link.get("title") or ""), address))
    for anchor in tree.iter("a"):
        address = joined(base, anchor.get("href") or "")
        if FEED_PATH.search(urlsplit(address).path) and urlsplit(address).hostname == urlsplit(url).hostname:
            found.append((1 + doubt(address, anchor.get("title") or ""), address))
    ranked = sorted(enumerate(found), key=lambda pair: (pair[1][0], pair[0]))
    return tuple(dict.fromkeys(address for _, (_, address) in ranked if address.startswith(("http://", "https://"))))


def is_partial(address: str, title: str = "") -> bool:
    """Whether a feed is likely to hold comments or one tag's posts, instead of the blog's."""
    return doubt(address, title) > 0


def doubt(address: str, title: str) -> int:
    """0 for the feed of a blog, more for feeds that hold less or something else."""
    if COMMENTS.search(urlsplit(address).path) or COMMENTS.search(title):
        return 20
    return 10 if PART.search(address) else 0


def usual_paths(url: str) -> tuple[str, ...]:
    """Where blogs keep their feed when no page says so: beside the page, then at the root."""
    folder = urljoin(url, ".") if url.endswith("/") or "." in urlsplit(url).path.rsplit("/", 1)[-1] else url + "/"
    root = urljoin(url, "/")
    addresses = [urljoin(folder, path) for path in USUAL[:4]] + [urljoin(root, path) for path in USUAL]
    return tuple(dict.fromkeys(addresses))


def sitemap_paths(url: str) -> tuple[str, ...]:
    """Where a site keeps its map."""
    return urljoin(url, "/sitemap.xml"), urljoin(url, "/sitemap_index.xml")


def base_of(tree: HtmlElement, url: str) -> str:
    """What relative links of the page are relative to."""
    for base in tree.iter("base"):
        if base.get("href"):
            return joined(url, base.get("href") or "") or url
    return url


def joined(base: str, address: str) -> str:
    """`address` against `base`; '' when it is too broken to join."""
    try:
        return urljoin(base, address.strip())
    except ValueError:
        return ""
