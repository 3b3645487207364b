"""Following a source that may have something new: read it, complete what it only announces, keep what is new.

Apart from visiting.py, because a source that has nothing new needs none of what is imported here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

from aggregator.keep import Completed, keep, unknown
from aggregator.model import Get, Memory, Outcome, Problem, RawFeed, Reading, SourceState, Work, WorkStoppedError
from aggregator.parse.feed import parse_feed
from aggregator.parse.given import Documents
from aggregator.parse.reading import read_source
from aggregator.prepare import Context, made_ready, parsed_and_ready, wants_article
from aggregator.recognising import trusted_with
from aggregator.settings import Settings, Source, host_of
from aggregator.sketches import renew_sketches
from aggregator.store import Store
from aggregator.store.known import imprints_of, raw_hashes

POSTS_AT_ONCE = 200
"""Posts cleaned in one piece of work, which may be stopped."""
CLEANING_SECONDS = 600.0
"""After which no further piece is begun: each that is stopped took twenty seconds, and a feed may hold thousands."""
ARTICLES_A_RUN = 50
"""Article pages read for one source in one run; the rest of a long listing follows in the next runs."""
LISTS = ("page", "listing", "links", "documents")
"""Formats of what is no feed."""
ARTICLES_SECONDS = 600.0
"""After which no further one is begun: fifty pages that come drop by drop would keep back for an hour what all other
blogs wrote. Long enough for thirty that never answer: shorter, and those behind them would have no turn."""


async def follow_closely(
    source: Source,
    memory: Memory,
    state: SourceState,
    get: Get,
    took: Callable[[str], float | None],
    work: Work,
    documents: Documents,
    settings: Settings,
    store: Store,
    now: datetime,
) -> Outcome:
    """Read one source, complete what it only announces, keep what is new. `took` tells how long a host needed."""
    renew_sketches(store)
    known = raw_hashes(store, source.name) if memory.post_count else frozenset()
    told_by = trusted_with(source, state)
    imprints = imprints_of(store, source.name) if known else {}
    context = Context(source, settings.publication, now, known, told_by, imprints)
    reading = await read_source(source, memory, get, early(work, context), documents)
    of_feed = reading.feed is not None and reading.feed.format not in LISTS
    completed = await complete_all(unknown(reading, known, told_by), source, get, work, of_feed=of_feed)
    completed = await make_ready(completed, reading, context, work)

    def keep_it(store: Store) -> Outcome:
        return keep(source, memory, state, reading, completed, settings, store, now, took(host_of(source)))

    # What is new is matched with what is stored: in a shared store, by one process at a time.
    return await store.in_turn(keep_it) if completed else keep_it(store)


def early(work: Work, context: Context) -> Work:
    """`work` that makes the posts of a feed ready in the process that parses it; of a long one, in pieces later on."""

    async def working(function: Any, *arguments: Any, **named: Any) -> Any:
        if function is parse_feed and not named:
            body, url, content_type = arguments
            with suppress(WorkStoppedError):
                return await work(parsed_and_ready, function, body, url, content_type, context)
        return await work(function, *arguments, **named)

    return working


async def make_ready(completed: list[Completed], reading: Reading, context: Context, work: Work) -> list[Completed]:
    """The same posts, all that are to be kept made ready; many at a time."""
    feed = replace(reading.feed or RawFeed(), ready={})
    context = replace(context, known=())
    waiting = [post for post in completed if post.ready is None and post.problem is None and not post.postponed]
    found: dict[int, Completed] = {}
    end = time.monotonic() + CLEANING_SECONDS
    for start in range(0, len(waiting), POSTS_AT_ONCE):
        made = await made_at_once(waiting[start : start + POSTS_AT_ONCE], feed, context, work, end)
        found |= {post.raw.position: post for post in made}
    return [found.get(post.raw.position, post) for post in completed]


async def made_at_once(
    posts: Sequence[Completed], feed: RawFeed, context: Context, work: Work, end: float
) -> list[Completed]:
    """The same posts made ready in one piece of work; where that is stopped, each by itself.

    What is not begun before `end`, by the clock that never goes back, is put off.
    """
    if time.monotonic() >= end:
        return [post.put_off() for post in posts]
    try:
        made = await work(made_ready, [(post.raw, post.hash) for post in posts], feed, context)
    except WorkStoppedError:
        return [await made_alone(post, feed, context, work, end) for post in posts]
    return [post.made_ready(ready) for post, ready in zip(posts, made, strict=True)]


async def made_alone(post: Completed, feed: RawFeed, context: Context, work: Work, end: float) -> Completed:
    """The post made ready; set aside where that is stopped once more, so that it costs no other."""
    if time.monotonic() >= end:
        return post.put_off()
    try:
        made = await work(made_ready, [(post.raw, post.hash)], feed, context)
    except WorkStoppedError as stopped:
        where = post.raw.link or post.raw.title or "A post"
        return post.with_result(Problem("blocked", f"{where} could not be cleaned: {stopped}."))
    return post.made_ready(made[0])


async def complete_all(
    completed: Sequence[Completed], source: Source, get: Get, work: Work, *, of_feed: bool = False
) -> list[Completed]:
    """The same posts, those that were only announced filled in from their article pages."""
    done, read_pages, end = [], 0, time.monotonic() + ARTICLES_SECONDS
    for post in completed:
        if post.ready is not None or not wants_article(post.raw, source):
            done.append(post)
        elif read_pages < ARTICLES_A_RUN and time.monotonic() < end:
            from aggregator.parse.completing import complete

            read_pages += 1
            done.append(post.with_result(await complete(post.raw, source, get, work), of_feed=of_feed))
        else:
            done.append(post.put_off())
    return done
