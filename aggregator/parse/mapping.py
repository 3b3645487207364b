"""Following the sitemaps of a site to the pages that look like articles, an index of maps included, within bounds."""

from __future__ import annotations

from dataclasses import replace

from aggregator.model import Fetched, Get, RawFeed, RawPost, Validators, Work
from aggregator.parse.links import MOST_LINKS
from aggregator.parse.sitemap import MOST_MAPS, maps_in, read_sitemap


async def posts_in_maps(answer: Fetched, get: Get, work: Work) -> tuple[RawFeed, Fetched] | None:
    """What the map in `answer` names, and the answer to remember; None when it is no map, or names no articles.

    An index may stand still while its maps grow: it is remembered without validators, so that it is read each time.
    """
    feed = await work(read_sitemap, answer.body, answer.final_url)
    if feed is not None:
        return feed, answer
    waiting = list(await work(maps_in, answer.body, answer.final_url))
    posts: dict[str | None, RawPost] = {}
    asked: set[str] = {answer.url, answer.final_url}
    about: RawFeed | None = None
    while waiting and len(asked) < MOST_MAPS + 2 and len(posts) < MOST_LINKS:
        address = waiting.pop(0)
        if address in asked:
            continue
        asked.add(address)
        inner = await get(address, "probe")
        if not isinstance(inner, Fetched):
            continue
        feed = await work(read_sitemap, inner.body, inner.final_url)
        if feed is None:
            waiting[:0] = await work(maps_in, inner.body, inner.final_url)
            continue
        about = about or feed
        posts |= {post.link: post for post in feed.posts if post.link not in posts}
    if about is None:
        return None
    numbered = [replace(post, position=position) for position, post in enumerate(list(posts.values())[:MOST_LINKS])]
    return replace(about, posts=tuple(numbered)), replace(answer, validators=Validators(), body_hash="")
