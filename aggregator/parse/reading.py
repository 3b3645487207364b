"""Reading one source: what it is, what it holds now, and the article pages it only announces.

Nothing here touches the outside: pages come through `get`. What discovery settled on is remembered, so a later run
asks for one address only.
"""

from __future__ import annotations

from dataclasses import replace

from aggregator.model import (
    Answer,
    Fetched,
    Get,
    Memory,
    Problem,
    RawFeed,
    RawPost,
    Reading,
    Resource,
    Unchanged,
    Validators,
    Work,
    WorkStoppedError,
)
from aggregator.parse.article import extract_article
from aggregator.parse.discover import feed_candidates, is_partial, sitemap_paths, usual_paths
from aggregator.parse.document import parse_document
from aggregator.parse.excerpt import words_in
from aggregator.parse.feed import parse_feed
from aggregator.parse.listing import links_on_page
from aggregator.parse.mapping import posts_in_maps
from aggregator.parse.page import posts_on_page
from aggregator.parse.paging import goes_further, with_older_pages
from aggregator.parse.unchanged import remembered_url, unchanged
from aggregator.settings import Source

Documents = tuple[Fetched, ...] | Unchanged | Problem | None


async def read_source(source: Source, memory: Memory, get: Get, work: Work, documents: Documents) -> Reading:
    """What the source holds now. Never raises for what a source does; the Reading says what was wrong."""
    try:
        reading = await read(source, memory, get, work, documents)
        return await with_older_pages(reading, source, memory, get, work) if goes_further(source, memory) else reading
    except WorkStoppedError as stopped:
        place = source.url or source.path or source.name
        return Reading(problem=Problem("blocked", f"{place} could not be read: {stopped}.", place))


async def read(source: Source, memory: Memory, get: Get, work: Work, documents: Documents) -> Reading:
    if source.url is None:
        if isinstance(documents, tuple):
            return await work(read_documents, source, documents)
        return read_documents(source, documents)
    if (url := remembered_url(source, memory)) is not None:
        answer = await get(url, "feed" if memory.resolved_kind == "feed" else "page", memory.resources.get(url))
        reading = await again(source, memory, answer, get, work)
        if reading is not None:
            return reading
    was_feed = url is not None and memory.resolved_kind == "feed"
    return await discover(source, get, work, memory.post_count if was_feed else None)


async def again(source: Source, memory: Memory, answer: Answer, get: Get, work: Work) -> Reading | None:
    """The reading of an address that discovery settled on before; None when it must look anew."""
    url, kind = memory.resolved_url or "", memory.resolved_kind
    if isinstance(answer, Problem):
        return None if answer.status == 404 else Reading(problem=answer)
    if isinstance(answer, Unchanged):
        return unchanged(url, memory, answer)
    feed = await work(parse_feed, answer.body, answer.final_url, answer.content_type)
    arguments = answer.body, answer.final_url, answer.content_type, source.selectors
    if feed is None and kind == "page":
        feed = await work(posts_on_page, *arguments)
    if feed is None and kind in ("page", "listing", "links"):
        mapped = await posts_in_maps(answer, get, work)
        if mapped is not None:
            feed, answer = mapped
        else:
            feed = await work(links_on_page, *arguments)
        if feed is not None and feed.format == "links" and kind != "links" and memory.post_count:
            return Reading(problem=Problem("empty", drifted(url, memory, len(feed.posts)), url))
        kind = feed.format if feed is not None else kind
    if feed is None and kind == "feed":
        return None
    if feed is None:
        return Reading(problem=Problem("empty", drifted(url, memory), url))
    return of_feed(feed, answer, kind or "feed", memory)


def drifted(url: str, memory: Memory, links: int = 0) -> str:
    now = f"shows only {links} links that nothing marks as posts" if links else "holds no posts any more"
    return (
        f"{url} {now} where it gave {memory.post_count}; its layout has probably changed. "
        "What was read before stays; give `selectors` in sources.yaml when this lasts."
    )


def of_feed(feed: RawFeed, answer: Fetched, kind: str, memory: Memory, found: tuple[str, ...] = ()) -> Reading:
    """The reading that a feed or page gives."""
    posts = tuple(post for post in feed.posts if post.link not in memory.set_aside)
    return Reading(
        feed=replace(feed, posts=posts, link=feed.link or answer.final_url),
        # a body that was not well-formed may be whole next time under the same ETag: it is asked for in full
        resources=(Resource(answer.url, Validators() if feed.remarks else answer.validators, answer.body_hash),),
        resolved_url=answer.url,
        resolved_kind=kind,
        moved_to=answer.permanent_url if answer.permanent_url != answer.url else None,
        fresh_for=answer.fresh_for,
        found=found,
    )


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
    guessed = [address for address in usual_paths(page.final_url) if address not in named] if guess else []
    empty: Reading | None = None
    for address in [*(address for address in named if not is_partial(address)), *guessed]:
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


def read_documents(source: Source, documents: Documents) -> Reading:
    """The posts of files on disk, each read as what it is: a feed, a saved page, Markdown or text."""
    if isinstance(documents, Problem):
        return Reading(problem=documents)
    if isinstance(documents, Unchanged) or documents is None:
        return Reading(unchanged=True)
    posts: list[RawPost] = []
    remarks: list[str] = []
    about = RawFeed(link=source.site, format="documents")
    for document in documents:
        feed = feed_in(document, source)
        if feed is not None:
            about = replace(feed, link=source.site or feed.link, format=feed.format)
            posts += feed.posts
            remarks += feed.remarks
            continue
        read, wrong = parse_document(document, source)
        posts += read
        remarks += wrong
    numbered = tuple(replace(post, position=position) for position, post in enumerate(posts))
    return Reading(
        feed=replace(about, posts=numbered, remarks=tuple(remarks)),
        resources=tuple(Resource(document.url, document.validators, document.body_hash) for document in documents),
        resolved_kind="documents",
    )


def feed_in(document: Fetched, source: Source) -> RawFeed | None:
    """The feed or saved page that a document is; None for Markdown and text."""
    name = document.document_path or document.url
    base = source.site or document.url
    if not name.lower().endswith((".html", ".htm", ".xml", ".rss", ".atom", ".json", ".rdf")):
        return None
    feed = parse_feed(document.body, base, document.content_type)
    if feed is not None or not name.lower().endswith((".html", ".htm")):
        return feed or RawFeed(remarks=(f"{name}: it is no feed.",))
    page = posts_on_page(document.body, base, "", source.selectors)
    if page is not None:
        return page
    article = extract_article(document.body, base, "", source.selectors)
    if article is None:
        return RawFeed(remarks=(f"{name}: no article was recognised on the page.",))
    return RawFeed(posts=(replace(article, link=article.canonical or article.link, id=name),), format="page")


async def complete(raw: RawPost, source: Source, get: Get, work: Work) -> RawPost | Problem:
    """`raw` with the body and facts of its article page.

    An excerpt whose page cannot be read stays an excerpt; a bare link whose page is no article is a Problem.
    """
    answer = await get(raw.link or "", "article")
    if not isinstance(answer, Fetched):
        failed = (
            answer if isinstance(answer, Problem) else Problem("unreachable", "It answered 304 unasked.", answer.url)
        )
        return raw if raw.content else failed
    try:
        page = await work(
            extract_article, answer.body, answer.final_url, answer.content_type, source.selectors, raw.title
        )
    except WorkStoppedError as stopped:
        return raw if raw.content else Problem("blocked", f"{answer.url} could not be read: {stopped}.", answer.url)
    if page is None:
        return raw if raw.content else Problem("empty", "The page holds no article.", answer.url, status=200)
    longer = words_in(page.content or "") > words_in(raw.content or "")
    return replace(
        raw,
        title=raw.title or page.title,
        authors=raw.authors or page.authors,
        published=raw.published or page.published,
        updated=raw.updated or page.updated,
        content=page.content if longer else raw.content,
        summary=raw.summary or raw.content,
        whole=True,
        base=page.base if longer else raw.base,
        language=raw.language or page.language,
        tags=raw.tags or page.tags,
        image=raw.image or page.image,
        canonical=raw.canonical or page.canonical,
    )
