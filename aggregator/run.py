"""The program, top to bottom: read what is due, keep what is new, publish it, build the issue that is due."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aggregator.health import FAILED
from aggregator.keep import Completed, keep, unknown
from aggregator.model import Get, Memory, Outcome, Problem, RawFeed, Reading, Ready, Report, SourceState, Work
from aggregator.prepare import Context, made_ready, parsed_and_ready, wants_article
from aggregator.reconsider import reconsider
from aggregator.schedule import is_due
from aggregator.settings import Settings, Source
from aggregator.sketches import renew_sketches
from aggregator.store import Store, open_store, run_lock
from aggregator.store import sources as stored_sources
from aggregator.store.known import raw_hashes

if TYPE_CHECKING:
    from aggregator.fetch.client import Fetcher

Watch = Callable[[Outcome], None]
"""Called once a source, when it is done: progress for those who look on."""

POSTS_AT_ONCE = 200
"""Posts cleaned in one piece of work, which may be stopped."""
ARTICLES_A_RUN = 50
"""Article pages read for one source in one run; the rest of a long listing follows in the next runs."""

FEW = 500
"""So many sources are looked up by their names; of more, all that the store remembers is read at once."""


def run(settings: Settings, now: datetime, watch: Watch, *, everything: bool = False) -> Report:
    """One whole run at the instant `now`, over the sources that are due, or over every one.

    Raises Busy when another run holds the lock, and StoreError or PublishError when the disk does.
    """
    with run_lock(settings.store, settings.folder), open_store(settings.store, settings.folder) as store:
        due = settings.sources if everything else due_sources(settings, store, now)
        outcomes = fetch(settings, due, store, now, watch)
        return replace(bring_out(settings, store, now), outcomes=outcomes)


def bring_out(settings: Settings, store: Store, now: datetime) -> Report:
    """Publish what is stored, and build the issue that is due. For whoever holds the lock of the publication."""
    from aggregator.digest.building import build_due
    from aggregator.publish import publish, writer

    reconsider(settings, store, now)
    published = publish(settings, store, now)
    built = build_due(settings, store, now, writer(settings))
    return Report(
        written=published.written + tuple(path for one in built for path in one.written),
        issues=tuple(one.issue.name for one in built),
        warnings=published.warnings + tuple(warning for one in built for warning in one.warnings),
    )


def fetch_only(settings: Settings, now: datetime, watch: Watch, names: Sequence[str]) -> Report:
    """Read the sources called `names`, or all of them, and publish nothing."""
    with run_lock(settings.store, settings.folder), open_store(settings.store, settings.folder) as store:
        sources = [source for source in settings.sources if not names or source.name in names]
        return Report(outcomes=fetch(settings, sources, store, now, watch))


def publish_only(settings: Settings, now: datetime) -> Report:
    """Publish what is stored."""
    from aggregator.publish import publish

    with run_lock(settings.store, settings.folder), open_store(settings.store, settings.folder) as store:
        reconsider(settings, store, now)
        published = publish(settings, store, now)
    return Report(written=published.written, warnings=published.warnings)


def bring_out_only(settings: Settings, now: datetime) -> Report:
    """A whole run without reading anything: for a fleet, whose workers read at other times."""
    with run_lock(settings.store, settings.folder), open_store(settings.store, settings.folder) as store:
        return bring_out(settings, store, now)


def states_of(settings: Settings) -> tuple[SourceState, ...]:
    """How every configured source fares, in the order of sources.yaml."""
    with open_store(settings.store, settings.folder) as store:
        states = {state.name: state for state in stored_sources.states(store)}
    return tuple(states.get(source.name, SourceState(source.name)) for source in settings.sources)


def due_sources(settings: Settings, store: Store, now: datetime) -> list[Source]:
    """The sources to be read at `now`; documents on disk always are. A host that asked for rest is left alone."""
    dues = stored_sources.dues(store)
    resting = stored_sources.resting_hosts(store, now)
    return [
        source
        for source in settings.sources
        if source.url is None
        or (host_of(source) not in resting and (source.name not in dues or is_due(*dues[source.name], now)))
    ]


def fetch(
    settings: Settings, sources: Sequence[Source], store: Store, now: datetime, watch: Watch
) -> tuple[Outcome, ...]:
    """Read `sources` and store what is new, without publishing it; outcomes in their order."""
    renew_sketches(store)
    outcomes = asyncio.run(follow_all(settings, sources, store, now, watch))
    places = {source.name: place for place, source in enumerate(sources)}
    return tuple(sorted(outcomes, key=lambda outcome: places[outcome.source]))


async def follow_all(
    settings: Settings, sources: Iterable[Source], store: Store, now: datetime, watch: Watch
) -> list[Outcome]:
    """Hosts side by side, the sources of one host in turn."""
    from aggregator.fetch.client import Fetcher
    from aggregator.workers import Workers

    sources = list(sources)
    names = [source.name for source in sources] if len(sources) <= FEW else None
    remembered = stored_sources.memories(store, names), stored_sources.states_by_name(store, names)
    lanes: dict[str, list[Source]] = {}
    for source in sources:
        lanes.setdefault(host_of(source), []).append(source)

    async with Fetcher(settings.network, settings.publication.url, now) as fetcher, Workers() as workers:

        async def lane(host: str, of_one_host: list[Source]) -> list[Outcome]:
            with visiting(host, settings, store) as free:
                if not free:
                    return []  # a worker of the fleet is reading them
                return await follow_host(of_one_host, *remembered, fetcher, workers.work, settings, store, now, watch)

        found = await asyncio.gather(*(lane(host, of_one_host) for host, of_one_host in lanes.items()))
        stored_sources.let_rest(store, fetcher.resting(), now)
    return [outcome for outcomes in found for outcome in outcomes]


@contextmanager
def visiting(host: str, settings: Settings, store: Store) -> Iterator[bool]:
    """Whether nobody else, on no machine, visits `host` now; nobody will until the context ends."""
    what = f"host {host}" if host else f"the disk of {settings.publication.url}"
    free = store.hold(what)
    try:
        yield free
    finally:
        if free:
            store.let_go(what)


async def follow_host(
    sources: Iterable[Source],
    memories: Mapping[str, Memory],
    states: Mapping[str, SourceState],
    fetcher: Fetcher,
    work: Work,
    settings: Settings,
    store: Store,
    now: datetime,
    watch: Watch,
) -> list[Outcome]:
    """Read sources of one host in turn."""
    outcomes = []
    for source in sources:
        before = memories.get(source.name, Memory()), states.get(source.name, SourceState(source.name))
        outcome = await follow(source, *before, fetcher.getter(source), work, settings, store, now)
        outcomes.append(outcome)
        watch(outcome)
    return outcomes


def host_of(source: Source) -> str:
    """What is visited by one source at a time: a host and port, or the disk."""
    return urlsplit(source.url).netloc.casefold() if source.url else ""


async def follow(
    source: Source,
    memory: Memory,
    state: SourceState,
    get: Get,
    work: Work,
    settings: Settings,
    store: Store,
    now: datetime,
) -> Outcome:
    """Read one source, complete what it only announces, keep what is new. Whatever happens costs no other source."""
    from aggregator.store import StoreError

    try:
        context = Context(
            source, settings.publication, now, raw_hashes(store, source.name) if memory.post_count else ()
        )
        reading = await read(source, memory, get, early(work, context), settings)
        completed = await complete_all(unknown(reading, source, store), source, get, work)
        completed = await make_ready(completed, reading, context, work)
        # What is new is matched with what is stored: in a shared store, by one process at a time.
        with store.turn() if completed else nullcontext():
            return keep(source, memory, state, reading, completed, settings, store, now)
    except StoreError:
        raise
    except Exception as error:  # the promise: one bad source never costs another anything
        sentence = f"The program itself failed on it ({type(error).__name__}: {error}); please report this."
        problem = Reading(problem=Problem("unreachable", sentence))
        return keep(source, memory, state, problem, [], settings, store, now)


async def read(source: Source, memory: Memory, get: Get, work: Work, settings: Settings) -> Reading:
    """What the source holds now: fetched, discovered and parsed."""
    from aggregator.fetch.documents import read_documents
    from aggregator.parse.reading import read_source

    documents = read_documents(source, settings.folder, memory) if source.path else None
    return await read_source(source, memory, get, work, documents)


def early(work: Work, context: Context) -> Work:
    """`work` that makes the posts of a feed ready in the process that parses it."""
    from aggregator.parse.feed import parse_feed

    async def working(function: Any, *arguments: Any, **named: Any) -> Any:
        if function is parse_feed and not named:
            body, url, content_type = arguments
            return await work(parsed_and_ready, function, body, url, content_type, context)
        return await work(function, *arguments, **named)

    return working


async def make_ready(completed: list[Completed], reading: Reading, context: Context, work: Work) -> list[Completed]:
    """The same posts, all that are to be kept made ready; many at a time."""
    feed = replace(reading.feed or RawFeed(), ready={})
    context = replace(context, known=())
    waiting = [post for post in completed if post.ready is None and post.problem is None and not post.postponed]
    found: dict[int, Ready] = {}
    for start in range(0, len(waiting), POSTS_AT_ONCE):
        raws = [(post.raw, post.hash) for post in waiting[start : start + POSTS_AT_ONCE]]
        made = await work(made_ready, raws, feed, context)
        found |= {raw.position: ready for (raw, _), ready in zip(raws, made, strict=True)}
    return [post.made_ready(found[post.raw.position]) if post.raw.position in found else post for post in completed]


async def complete_all(completed: list[Completed], source: Source, get: Get, work: Work) -> list[Completed]:
    """The same posts, those that were only announced filled in from their article pages."""
    from aggregator.parse.reading import complete

    done, read_pages = [], 0
    for post in completed:
        if post.ready is not None or not wants_article(post.raw, source):
            done.append(post)
        elif read_pages < ARTICLES_A_RUN:
            read_pages += 1
            done.append(post.with_result(await complete(post.raw, source, get, work)))
        else:
            done.append(post.put_off())
    return done


def exit_status(report: Report, meant: int) -> int:
    """0 all well; 3 some sources failed and the rest was published; 4 every one of the `meant` sources failed."""
    failed = [outcome for outcome in report.outcomes if outcome.state in FAILED]
    if not failed:
        return 0
    return 4 if len(failed) >= meant else 3
