"""Finding out what the address of a source is: a feed, a page that names one or holds posts, or one that links to them.

Each step that led there is told, for the operator who asks why a source is read as it is. Imported where a source is no
feed that is known to be one: most are, and need none of what is imported here.
"""

from __future__ import annotations

from aggregator.model import Fetched, Get, Memory, Problem, RawFeed, Reading, Unchanged, Work
from aggregator.parse.article import extract_article
from aggregator.parse.discover import feed_candidates, is_partial, sitemap_paths, usual_paths
from aggregator.parse.feed import parse_feed
from aggregator.parse.given import of_feed
from aggregator.parse.listing import links_on_page
from aggregator.parse.mapping import posts_in_maps
from aggregator.parse.page import posts_on_page
from aggregator.settings import Source

MOST_FEEDS = 20
"""Feeds that a page names are asked for until one holds posts: a page may name ten thousand, of other sites too."""


async def discover(source: Source, get: Get, work: Work, fed: int | None = None) -> Reading:
    """Find out what the address of a source is, and read it.

    `fed` is how many posts it gave as a feed before: a page that stands there now is no blog to be read in its stead.
    """
    url = source.url or ""
    answer = await get(url, "feed" if source.kind == "feed" else "page")
    if isinstance(answer, Unchanged):
        sentence = f"{url} answered 304 to an unconditional request; its server is misconfigured."
        return Reading(problem=Problem("unreachable", sentence, url))
    if isinstance(answer, Problem):
        return Reading(problem=answer)
    feed = await work(parse_feed, answer.body, answer.final_url, answer.content_type)
    if feed is not None:
        return of_feed(feed, answer, "feed", Memory(), (f"{url} is a feed ({feed.format}).",))
    if not answer.body.strip():
        return Reading(problem=Problem("empty", f"{url} answers with nothing at all.", url))
    found: list[str] = []
    if source.kind == "page":
        fed = None
    else:
        reading = await feed_of_page(answer, get, work, found, guess=source.kind is None)
        if reading is not None:
            return reading
    if fed is not None and source.kind != "feed":
        sentence = (
            f"{url} answers with a web page where there was a feed, of which {fed} posts are kept. "
            "Give the feed's new address, or `kind: page` when the blog has none any more."
        )
        return Reading(problem=Problem("html-instead-of-feed", sentence, url), found=tuple(found))
    if source.kind == "feed":
        sentence = f"{url} answers with a web page and names no feed; give the feed's own address, or leave out `kind`."
        return Reading(problem=Problem("html-instead-of-feed", sentence, url), found=tuple(found))
    return await read_page(source, answer, get, work, found)


async def feed_of_page(page: Fetched, get: Get, work: Work, found: list[str], *, guess: bool) -> Reading | None:
    """The first feed with posts that the page names or that lies at a usual path; `found` tells the story."""
    named = await work(feed_candidates, page.body, page.final_url, page.content_type)
    named = tuple(address for address in named if not is_partial(address))[:MOST_FEEDS]
    guessed = [address for address in usual_paths(page.final_url) if address not in named] if guess else []
    empty: Reading | None = None
    for address in [*named, *guessed]:
        answer = await get(address, "feed" if address in named else "probe")
        feed = None
        if isinstance(answer, Fetched):
            feed = await work(parse_feed, answer.body, answer.final_url, answer.content_type)
        how = "names" if address in named else "has at a usual path"
        if feed is None or not isinstance(answer, Fetched):
            if address in named:
                why = answer.sentence if isinstance(answer, Problem) else "it is no feed"
                found.append(f"{page.url} names the feed {address}, which was passed over: {why}")
            continue
        if is_partial(feed.link or "", feed.title or ""):
            found.append(f"{address} was passed over: it holds comments or one tag.")
            continue
        if not feed.posts:
            found.append(f"{address} was passed over: it is a feed without posts.")
            empty = empty or of_feed(feed, answer, "feed", Memory())
            continue
        found.append(f"{page.url} {how} the feed {address} ({feed.format}, {len(feed.posts)} posts).")
        return of_feed(feed, answer, "feed", Memory(), tuple(found))
    return None


async def read_page(source: Source, page: Fetched, get: Get, work: Work, found: list[str]) -> Reading:
    """The page itself: whole posts on it, else the articles it links to, else those in the sitemap."""
    arguments = page.body, page.final_url, page.content_type, source.selectors
    feed = await work(posts_on_page, *arguments)
    if feed is not None:
        found.append(f"{page.url} names no feed; it holds {len(feed.posts)} whole posts itself.")
        return of_feed(feed, page, "page", Memory(), tuple(found))
    feed = await work(links_on_page, *arguments)
    if feed is not None:
        found.append(f"{page.url} names no feed; it links to {len(feed.posts)} pages that look like articles.")
        return of_feed(feed, page, feed.format, Memory(), tuple(found))
    for address in sitemap_paths(page.final_url):
        answer = await get(address, "probe")
        if not isinstance(answer, Fetched):
            continue
        mapped = await posts_in_maps(answer, get, work)
        if mapped is not None:
            feed, answer = mapped
            found.append(
                f"{page.url} names no feed and links to no articles; its sitemap names {len(feed.posts)} pages."
            )
            return of_feed(feed, answer, "listing", Memory(), tuple(found))
    article = await work(extract_article, *arguments)
    if article is not None:
        found.append(f"{page.url} names no feed and no other pages; it is read as one article.")
        return of_feed(
            RawFeed(posts=(article,), link=page.final_url, format="page"), page, "page", Memory(), tuple(found)
        )
    sentence = (
        f"{page.url} names no feed, and no posts were recognised on it. "
        "Give the address of the feed or of the page that lists the posts, or `selectors`."
    )
    return Reading(problem=Problem("empty", sentence, page.url), found=tuple(found))


async def page_again(
    source: Source, memory: Memory, answer: Fetched, get: Get, work: Work
) -> tuple[RawFeed | None, Fetched]:
    """What a page that gave posts before holds now, and the answer it stands in; None when it holds none any more."""
    arguments = answer.body, answer.final_url, answer.content_type, source.selectors
    whole = await work(posts_on_page, *arguments) if memory.resolved_kind == "page" else None
    if whole is not None:
        return whole, answer
    mapped = await posts_in_maps(answer, get, work)
    if mapped is not None:
        return mapped
    listed = await work(links_on_page, *arguments)
    if memory.resolved_kind == "listing" and (listed is None or listed.format == "links"):
        listed = await work(posts_on_page, *arguments) or listed
    return listed, answer
