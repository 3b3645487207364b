"""Looking at a source without keeping anything: what `sources add` and `sources check` show."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from aggregator.model import Memory, Post, Problem, RawFeed, RawPost, Reading
from aggregator.settings import Settings, Source, without_login

SHOWN = 5
"""Posts that are shown, and completed from their article pages for it."""
SHOWN_WITH_RULES = 20


@dataclass(frozen=True, slots=True)
class Finding:
    """What a source is and holds."""

    source: Source
    title: str
    reading: Reading
    posts: tuple[Post, ...] = ()
    count: int = 0
    judged: tuple[tuple[str, ...], ...] = ()
    """For each of `posts`: what every rule of the source does to it."""


def look(source: Source, settings: Settings, now: datetime) -> Finding:
    """Read `source` as if it were new, and clean its newest posts."""
    return asyncio.run(look_at(source, settings, now))


@dataclass(frozen=True, slots=True)
class Move:
    """A source that has moved for good, and where to."""

    source: str
    address: str
    read_by: str | None = None
    """Another source that reads that address already, so that sources.yaml was left as it is."""


def accepted_moves(settings: Settings, name: str | None) -> list[Move]:
    """Write into sources.yaml the addresses to which sources have moved for good; which they were."""
    from aggregator.sources_file import change_address
    from aggregator.store import open_store
    from aggregator.store.sources import states

    urls = {source.name: source.url for source in settings.sources if source.url}
    moves = []
    with open_store(settings.store, settings.folder) as store:
        known = states(store)
    for state in known:
        if state.state != "moved" or not state.moved_to or state.name not in urls or name not in (None, state.name):
            continue
        address = with_login_of(urls[state.name], state.moved_to)
        read_by = next((one for one, url in urls.items() if url == address), None)
        if read_by is None:
            change_address(settings.file, state.name, address)
            urls[state.name] = address
        if read_by != state.name:  # else it was written down before, and is not read there yet
            moves.append(Move(state.name, without_login(state.moved_to), read_by))
    return moves


def with_login_of(url: str, moved_to: str) -> str:
    """The new address with the name and password of the old one, where it is at the same host."""
    before, after = urlsplit(url), urlsplit(moved_to)
    same = before.netloc.rpartition("@")[2].casefold() == after.netloc.casefold()
    return after._replace(netloc=before.netloc).geturl() if same else moved_to


async def look_at(source: Source, settings: Settings, now: datetime) -> Finding:
    from aggregator.dedupe.rules import what_rules_do
    from aggregator.fetch.client import Fetcher
    from aggregator.fetch.documents import read_documents
    from aggregator.normalise.clean import clean
    from aggregator.normalise.titles import title_of
    from aggregator.parse.completing import complete
    from aggregator.parse.reading import read_source
    from aggregator.workers import Workers

    memory = Memory()
    documents = read_documents(source, settings.folder, memory) if source.path else None
    with Workers() as workers:
        async with Fetcher(settings.network, settings.publication.url, now) as fetcher:
            get = fetcher.getter(source)
            reading = await read_source(source, memory, get, workers.work, documents)
            feed = reading.feed or RawFeed()
            posts = []
            newest = newest_first(feed, source, settings, now)
            for raw in newest[: SHOWN_WITH_RULES if source.include or source.exclude else SHOWN]:
                whole: RawPost | Problem = raw
                if not raw.whole and source.full_text is not False and raw.link:
                    whole = await complete(raw, source, get, workers.work)
                if not isinstance(whole, Problem):
                    posts.append(clean(whole, feed, source, settings.publication, now))
    title = title_of(feed.title, ()) or source.name
    judged = tuple(what_rules_do(post, source) for post in posts)
    return Finding(source, title, reading, tuple(posts), len(feed.posts), judged)


def newest_first(feed: RawFeed, source: Source, settings: Settings, now: datetime) -> list[RawPost]:
    """The posts by the dates they state, those without one last, as they stand; some feeds begin with the oldest."""
    from aggregator.normalise.clean import believed, dates_of

    def stated(raw: RawPost) -> datetime:
        date, _, _ = dates_of(believed(raw, source), feed, settings.publication, source, now)
        return date or datetime.min.replace(tzinfo=UTC)

    return sorted(feed.posts, key=stated, reverse=True)
