"""Where a list of posts goes on with older ones: what feeds say (RFC 5005), and the links of pages."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import urldefrag, urlsplit

from aggregator.parse.discover import joined

if TYPE_CHECKING:
    from lxml.html import HtmlElement

OLDER_CLASS = re.compile(r"(?:^|\s)(?:next|older-posts|blog-pager-older-link|pagination-next)(?:\s|$)", re.IGNORECASE)
OLDER = re.compile(
    r"\W*(?:(?:naar )?(?:oudere?|vorige) (?:berichten|artikelen|posts|blogs)|(?:naar )?(?:de )?volgende(?: pagina)?|"
    r"older (?:posts|entries|articles)|next(?: page)?)\W*",
    re.IGNORECASE,
)
"""The whole text of a link. 'Next post' and 'vorig bericht' lead from one post to another."""
NUMBERED = re.compile(r"/(?:page|pagina)/(\d{1,4})/?$", re.IGNORECASE)


def next_of_feed(links: Iterable[Any], url: str) -> str | None:
    """What a feed names with rel=next, else with rel=prev-archive."""
    named = [(str(item.get("rel")).casefold(), str(item.get("href") or "")) for item in links]
    wanted = [href for relation in ("next", "prev-archive") for rel, href in named if rel == relation]
    return next((address for href in wanted if (address := onward(href, url, url))), None)


def next_of_page(tree: HtmlElement, base: str, url: str) -> str | None:
    """The page after this one of a list: by rel=next, by class, by its words, else by its number."""
    links = [node for node in tree.iter("link", "a") if node.get("href")]
    anchors = [node for node in links if node.tag == "a"]
    number = page_number(url) or 1
    ways = (
        [node for node in links if "next" in (node.get("rel") or "").casefold().split()],
        [node for node in anchors if OLDER_CLASS.search(node.get("class") or "")],
        [node for node in anchors if OLDER.fullmatch(" ".join(node.text_content().split()))],
        [node for node in anchors if page_number(joined(base, node.get("href") or "")) == number + 1],
    )
    return next(
        (address for way in ways for node in way if (address := onward(node.get("href") or "", base, url))), None
    )


def onward(href: str, base: str, url: str) -> str | None:
    """`href` as an address, when it is another page of the host of `url`; else None."""
    address = urldefrag(joined(base, href))[0]
    if address == urldefrag(url)[0] or not address.startswith(("http://", "https://")):
        return None
    return address if host_of(address) == host_of(url) else None


def host_of(address: str) -> str | None:
    """The host of an address; None where it is too broken to have one."""
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


def page_number(address: str) -> int | None:
    """The number in an address such as `/blog/page/2/`."""
    found = NUMBERED.search(address.split("?", maxsplit=1)[0].split("#", maxsplit=1)[0])
    return int(found[1]) if found else None
