"""Reading one source: what it holds now, at the address that discovery settled on or where it has to look anew.

Nothing here touches the outside: pages come through `get`. What discovery settled on is remembered, so a later run
asks for one address only. What reads other things than feeds is imported where there is one: most are feeds.
"""

from __future__ import annotations

from aggregator.model import Answer, Get, Memory, Problem, Reading, Unchanged, Work, WorkStoppedError
from aggregator.parse.feed import parse_feed
from aggregator.parse.given import Documents, of_feed
from aggregator.parse.unchanged import remembered_url, unchanged
from aggregator.settings import Source


async def read_source(source: Source, memory: Memory, get: Get, work: Work, documents: Documents) -> Reading:
    """What the source holds now. Never raises for what a source does; the Reading says what was wrong."""
    try:
        reading = await read(source, memory, get, work, documents)
        if source.pages > 1:
            from aggregator.parse.paging import goes_further, with_older_pages

            if goes_further(source, memory):
                return await with_older_pages(reading, source, memory, get, work)
        return reading
    except WorkStoppedError as stopped:
        place = source.url or source.path or source.name
        return Reading(problem=Problem("blocked", f"{place} could not be read: {stopped}.", place))


async def read(source: Source, memory: Memory, get: Get, work: Work, documents: Documents) -> Reading:
    if source.url is None:
        from aggregator.parse.on_disk import read_documents

        return await read_documents(source, documents, work)
    if (url := remembered_url(source, memory)) is not None:
        answer = await get(url, "feed" if memory.resolved_kind == "feed" else "page", memory.resources.get(url))
        reading = await again(source, memory, answer, get, work)
        if reading is not None:
            return reading
    was_feed = url is not None and memory.resolved_kind == "feed"
    from aggregator.parse.finding_out import discover

    return await discover(source, get, work, memory.post_count if was_feed else None)


async def again(source: Source, memory: Memory, answer: Answer, get: Get, work: Work) -> Reading | None:
    """The reading of an address that discovery settled on before; None when it must look anew."""
    url, kind = memory.resolved_url or "", memory.resolved_kind
    if isinstance(answer, Problem):
        # A feed that is gone for good (410) is not its blog, which may name another.
        looks_anew = answer.status == 404 or (answer.status == 410 and url != source.url)
        return None if looks_anew else Reading(problem=answer)
    if isinstance(answer, Unchanged):
        return unchanged(url, memory, answer)
    feed = await work(parse_feed, answer.body, answer.final_url, answer.content_type)
    if feed is None and kind in ("page", "listing", "links"):
        from aggregator.parse.finding_out import page_again

        feed, answer = await page_again(source, memory, answer, get, work)
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
