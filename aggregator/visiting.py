"""Visiting sources: hosts side by side, the sources of one host in turn, and whatever happens costs no other source."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from aggregator.model import (
    Answer,
    Fetched,
    Get,
    Memory,
    Outcome,
    Problem,
    Purpose,
    Reading,
    Resource,
    SourceState,
    Unchanged,
)  # fmt: skip
from aggregator.parse.given import Documents
from aggregator.parse.unchanged import remembered_url, unchanged
from aggregator.settings import Settings, Source, host_of
from aggregator.standing import Later, nothing_new
from aggregator.store import Store
from aggregator.store import sources as stored_sources
from aggregator.store.sources import Schedule

if TYPE_CHECKING:
    from aggregator.fetch.client import Fetcher
    from aggregator.workers import Workers

Watch = Callable[[Outcome], None]
"""Called once a source, when it is done: progress for those who look on."""

READ = 10
"""Hosts whose pages are in memory, and wait to be parsed, while as many as there may be connections are asked."""
UNKNOWN_SECONDS = 1.0
"""What a source is taken to need that was never read."""
FEW = 500
"""So many sources are looked up by their names; of more, all that the store remembers is read at once."""


async def follow_all(
    settings: Settings, sources: Iterable[Source], store: Store, workers: Workers, now: datetime, watch: Watch
) -> list[Outcome]:
    """Hosts side by side, the sources of one host in turn."""
    from aggregator.fetch.client import Fetcher

    sources = list(sources)
    names = [source.name for source in sources] if len(sources) <= FEW else None
    remembered = stored_sources.memories(store, names), stored_sources.states_by_name(store, names)
    lanes = slowest_first(sources, stored_sources.schedules(store))
    later = Later(store, now)
    window = asyncio.Semaphore(settings.network.connections + READ)

    async with Fetcher(settings.network, settings.publication.url, now) as fetcher:

        async def lane(host: str, of_one_host: list[Source]) -> list[Outcome]:
            async with window:
                with visiting(host, settings, store) as free:
                    if not free:
                        return []  # a worker of the fleet is reading them
                    in_turn = troubled_last(of_one_host, remembered[1])
                    return await follow_host(in_turn, *remembered, fetcher, workers, later, settings, store, now, watch)

        found = await asyncio.gather(*(lane(host, of_one_host) for host, of_one_host in lanes.items()))
        later.finish()
        if store.remembered is not None:  # there was news
            from aggregator.store.twin_index import end_waiting

            end_waiting(store)
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
    workers: Workers,
    later: Later,
    settings: Settings,
    store: Store,
    now: datetime,
    watch: Watch,
) -> list[Outcome]:
    """Read sources of one host in turn."""
    outcomes = []
    for source in sources:
        before = memories.get(source.name, Memory()), states.get(source.name, SourceState(source.name))
        done = await follow(source, *before, fetcher, workers, later, settings, store, now)
        outcomes.append(done)
        watch(done)
    return outcomes


def troubled_last(sources: Sequence[Source], states: Mapping[str, SourceState]) -> list[Source]:
    """The same sources of one host, those that failed most often last: one that is answered with a request for rest is
    the end of the visit, every time, and would keep those behind it from being read for good."""
    return sorted(sources, key=lambda source: states[source.name].failures if source.name in states else 0)


def slowest_first(sources: Iterable[Source], known: Mapping[str, Schedule]) -> dict[str, list[Source]]:
    """The sources by their host, the hosts that need longest first: the run is over when the last one answered."""
    lanes: dict[str, list[Source]] = {}
    seconds: dict[str, float] = {}
    for source in sources:
        host, schedule = host_of(source), known.get(source.name)
        lanes.setdefault(host, []).append(source)
        told = schedule.response_seconds if schedule else None
        seconds[host] = seconds.get(host, 0.0) + (UNKNOWN_SECONDS if told is None else told)
    return {host: lanes[host] for host in sorted(lanes, key=lambda host: -seconds[host])}


async def follow(
    source: Source,
    memory: Memory,
    state: SourceState,
    fetcher: Fetcher,
    workers: Workers,
    later: Later,
    settings: Settings,
    store: Store,
    now: datetime,
) -> Outcome:
    """Read one source, and closely when it may have something new. Whatever happens costs no other source."""
    from aggregator.store import StoreError

    if state.read_as not in (None, source.read_as):
        kind_too = state.read_as.partition(" ")[0] != source.read_as.partition(" ")[0]
        memory = stored_sources.forget_readings(store, source.name, source.read_as, kind_too=kind_too)
    try:
        get, documents, same = await asked(source, memory, heralding(fetcher.getter(source), workers), settings)
        if same is not None:
            took = fetcher.took.get(host_of(source))
            return later.keep(source, state, nothing_new(source, memory, state, same, settings, store, now, took))
        from aggregator.following import follow_closely

        work, told = workers.work, fetcher.took.get
        return await follow_closely(source, memory, state, get, told, work, documents, settings, store, now)
    except StoreError:
        raise
    except Exception as error:  # the promise: one bad source never costs another anything
        sentence = f"The program itself failed on it ({type(error).__name__}: {error}); please report this."
        failed = Reading(problem=Problem("unreachable", sentence))
        return later.keep(source, state, nothing_new(source, memory, state, failed, settings, store, now))


def heralding(get: Get, workers: Workers) -> Get:
    """`get`, which has a process get ready as soon as there is something to be parsed."""

    async def get_and_herald(url: str, purpose: Purpose, known: Resource | None = None) -> Answer:
        answer = await get(url, purpose, known)
        if isinstance(answer, Fetched):
            workers.begin()
        return answer

    return get_and_herald


async def asked(source: Source, memory: Memory, get: Get, settings: Settings) -> tuple[Get, Documents, Reading | None]:
    """What the remembered address of the source answers: a `get` that knows it, documents, or that all is as it was."""
    if source.path:
        from aggregator.fetch.documents import read_documents

        documents = read_documents(source, settings.folder, memory)
        return get, documents, Reading(unchanged=True) if isinstance(documents, Unchanged) else None
    url = remembered_url(source, memory)
    if url is None:
        return get, None, None
    answer = await get(url, "feed" if memory.resolved_kind == "feed" else "page", memory.resources.get(url))
    if isinstance(answer, Unchanged):
        return get, None, unchanged(url, memory, answer)
    answers = {url: answer}

    async def get_with_answer(url: str, purpose: Purpose, known: Resource | None = None) -> Answer:
        return answers.pop(url, None) or await get(url, purpose, known)

    return get_with_answer, None, None
