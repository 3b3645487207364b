"""Blogs without a feed whose page lists posts: what it states of them, the cards it shows, the links it gives."""

from __future__ import annotations

import sys
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from aggregator.model import RawFeed, RawPost
from aggregator.parse.article import escaped
from aggregator.parse.byline import authors_of, written_date
from aggregator.parse.cards import FEWEST_CARDS, Card, bare_date, bare_name, cards_of, folder_of
from aggregator.parse.decode import html_tree
from aggregator.parse.discover import base_of, joined
from aggregator.parse.links import MORE, MOST_LINKS, is_article_address, score
from aggregator.parse.page import site_of
from aggregator.parse.selecting import selected
from aggregator.parse.stated import (
    entries_of,
    is_on_site,
    marked,
    marked_address,
    marked_date,
    marked_people,
    stated_posts,
    text_in,
)
from aggregator.settings import Selectors

if TYPE_CHECKING:
    from lxml.html import HtmlElement

FEWEST_POSTS = 2


def links_on_page(body: bytes, url: str, content_type: str = "", selectors: Selectors | None = None) -> RawFeed | None:
    """The posts that the page lists, to be completed from their own pages; None when it lists none. Never raises.

    What it states to machines is believed first, then its cards, then links that look like articles. The format is
    'listing' where the page marks them as posts, 'links' where only the looks of links speak for them.
    """
    tree = html_tree(body, content_type)
    base = base_of(tree, url)
    if selectors and selectors.post:
        anchors = [
            link for node in selected(tree, selectors.post) for link in [node, *node.iter("a")] if link.get("href")
        ]
        return listing(tree, url, linked_posts(anchors, base, url, -8.0), "listing")
    stated = merged([*stated_posts(tree, base, url), *entry_posts(tree, base, url)])
    cards = cards_of(tree, base, url)
    links = linked_posts(list(tree.iter("a")), base, url, 1.0)
    if len(stated) < FEWEST_POSTS and len(cards) < FEWEST_CARDS:
        dated = sum(1 for post in links if post.published) >= FEWEST_POSTS
        return listing(tree, url, merged([*stated, *links]) if links else [], "listing" if dated else "links")
    known = {post.link for post in stated} | {card.address for card in cards}
    folders = {folder_of(address) for address in known if address} - {""}
    more = [post for post in links if post.link in known or folder_of(post.link or "") in folders]
    found = merged([*stated, *map(post_of_card, cards), *more])
    order: dict[str, int] = {}
    for place, anchor in enumerate(tree.iter("a")):
        order.setdefault(joined(base, anchor.get("href") or "").split("#")[0], place)
    return listing(tree, url, sorted(found, key=lambda post: order.get(post.link or "", sys.maxsize)), "listing")


def listing(tree: HtmlElement, url: str, posts: list[RawPost], kind: str) -> RawFeed | None:
    numbered = [replace(post, position=position) for position, post in enumerate(posts[:MOST_LINKS])]
    return replace(site_of(tree, url), posts=tuple(numbered), format=kind) if numbered else None


def merged(posts: list[RawPost]) -> list[RawPost]:
    """Each post once, at its first place; what the first says of it stands, and the others fill what it left out."""
    found: dict[str, RawPost] = {}
    for post in posts:
        known = found.setdefault(post.link or "", post)
        found[post.link or ""] = replace(
            known,
            title=known.title or post.title,
            authors=known.authors or post.authors,
            published=known.published or post.published,
            updated=known.updated or post.updated,
            summary=known.summary or post.summary,
            image=known.image or post.image,
        )
    return list(found.values())


def entry_posts(tree: HtmlElement, base: str, url: str) -> list[RawPost]:
    """The posts that microformats or microdata mark, by the address that each marks as its own."""
    posts = []
    for block in entries_of(tree):
        address = marked_address(block, base)
        if address and is_on_site(address, url):
            named = next(marked(block, "p-name", "headline", "name", "entry-title"), None)
            told = next(marked(block, "p-summary", "description"), None)
            posts.append(
                RawPost(
                    link=address,
                    title=escaped(text_in(named)) if named is not None and text_in(named) else None,
                    authors=marked_people(block),
                    published=marked_date(block, "dt-published", "datePublished", "published"),
                    updated=marked_date(block, "dt-updated", "dateModified", "updated"),
                    summary=escaped(text_in(told)) if told is not None and text_in(told) else None,
                    whole=False,
                    base=address,
                )
            )
    return posts


def post_of_card(card: Card) -> RawPost:
    return RawPost(
        link=card.address,
        title=escaped(card.title),
        authors=marked_people(card.block) or authors_of(card.block, {}) or bare_name(card.block),
        published=card.published,
        whole=False,
        base=card.address,
    )


def linked_posts(anchors: list[HtmlElement], base: str, url: str, wanted: float) -> list[RawPost]:
    """The links that score as articles, with the longest words that lead to each and the date beside it."""
    scores: dict[str, float] = {}
    titles: dict[str, list[str]] = defaultdict(list)
    dates: dict[str, str] = {}
    for anchor in anchors:
        address = joined(base, anchor.get("href") or "").split("#")[0]
        if not is_article_address(address, url):
            continue
        date = date_beside(anchor, base, url)
        if date:
            dates.setdefault(address, date)
        text = " ".join(anchor.text_content().split())
        if not MORE.match(text):
            titles[address].append(text)
            likely = score(anchor, address, text) + (2.0 if date else 0.0)
            scores[address] = max(scores.get(address, -9.0), likely)
    return [
        RawPost(
            link=address,
            title=escaped(max(titles[address], key=len)) or None,
            published=dates.get(address),
            whole=False,
            base=address,
        )
        for address in [address for address in scores if scores[address] >= wanted][:MOST_LINKS]
    ]


def date_beside(anchor: HtmlElement, base: str, url: str) -> str | None:
    """The date in the row around a link: the largest of three elements that leads to no other article."""
    row, own = anchor, anchor.get("href")
    for _, parent in zip(range(3), anchor.iterancestors(), strict=False):
        if parent.tag in ("body", "main", "ul", "ol", "table", "tbody") or any(
            one.get("href") != own and is_article_address(joined(base, one.get("href") or ""), url)
            for one in parent.iter("a")
        ):
            break
        row = parent
    return written_date(row) or bare_date(row) if row is not anchor else None
