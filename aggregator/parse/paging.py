"""The older pages of a list that goes on, read once: on the first reading of a source that asks for them (`pages`)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from aggregator.model import Fetched, Get, Memory, Problem, RawFeed, RawPost, Reading, Ready, Work, WorkStoppedError
from aggregator.parse.feed import parse_feed
from aggregator.parse.feed_ids import doubts_of
from aggregator.parse.listing import links_on_page
from aggregator.parse.page import posts_on_page
from aggregator.settings import Source


def goes_further(source: Source, memory: Memory) -> bool:
    """Whether the older pages are to be read: until a first reading was dealt with whole.

    A reading of which some posts were put off leaves no resource behind, and the posts of its older pages are nowhere
    else.
    """
    return source.pages > 1 and (memory.post_count == 0 or not memory.resources)


async def with_older_pages(reading: Reading, source: Source, memory: Memory, get: Get, work: Work) -> Reading:
    """`reading` with the posts of the pages that follow, at most `pages` in all, each page and each post once.

    A page that cannot be read ends it: what was read is kept, and a remark says where it ended.
    """
    feed = reading.feed
    if feed is None or not feed.posts:
        return reading
    asked, address = {reading.resolved_url}, feed.next_page
    while address is not None and address not in asked and len(asked) < source.pages:
        asked.add(address)
        page = await older_page(address, reading.resolved_kind == "feed", source, get, work)
        if isinstance(page, Problem):
            said = f"Its older posts could be read no further than {len(asked) - 1} pages: {page.sentence}"
            feed = replace(feed, remarks=(*feed.remarks, said))
            break
        longer = joined_to(feed, page, memory.set_aside)
        if len(longer.posts) == len(feed.posts):
            break
        feed, address = longer, page.next_page
    return replace(reading, feed=feed)


async def older_page(address: str, is_feed: bool, source: Source, get: Get, work: Work) -> RawFeed | Problem:
    """What the page at `address` holds; nothing at all for a web page without posts, which is how a list ends."""
    answer = await get(address, "feed" if is_feed else "page")
    if isinstance(answer, Problem):
        return answer
    if not isinstance(answer, Fetched):
        return Problem("unreachable", f"{address} answered 304 to an unconditional request.", address)
    arguments = answer.body, answer.final_url, answer.content_type
    try:
        feed = await work(parse_feed, *arguments)
        if feed is None and not is_feed:
            feed = await work(posts_on_page, *arguments, source.selectors)
            feed = feed or await work(links_on_page, *arguments, source.selectors) or RawFeed()
    except WorkStoppedError as stopped:
        return Problem("blocked", f"{address} could not be read: {stopped}.", address)
    return feed or Problem("html-instead-of-feed", f"{address} is no feed.", address)


def joined_to(feed: RawFeed, page: RawFeed, set_aside: Collection[str]) -> RawFeed:
    """`feed` with the posts of an older page after its own, numbered on, those that it has already left out."""
    posts, ready = list(feed.posts), dict(feed.ready)
    seen = {identity_of(post) for post in posts}
    next_position = 1 + max(post.position for post in posts)
    for post in page.posts:
        if identity_of(post) in seen or post.link in set_aside:
            continue
        seen.add(identity_of(post))
        posts.append(replace(post, position=next_position))
        if post.position in page.ready:
            ready[next_position] = moved(page.ready[post.position], next_position)
        next_position += 1
    return replace(feed, posts=tuple(posts), ready=ready, doubts=doubts_of(posts) if feed.doubts or page.doubts else ())


def identity_of(post: RawPost) -> tuple[str | None, str | None]:
    """What a post that stands on two pages has in common: they move on while they are read."""
    return post.id, post.link or post.title


def moved(ready: Ready, position: int) -> Ready:
    """A post that was made ready where it was parsed, at another place."""
    return replace(ready, post=replace(ready.post, position=position) if ready.post else None)
