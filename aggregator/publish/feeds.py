"""The plan of the feeds: the newest entries in three formats, and those that are wanted beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from aggregator.model import Entry, SourceState
from aggregator.publish.document import NEVER, Document, ready
from aggregator.publish.edition import NEWEST, Edition
from aggregator.publish.identifiers import with_ids
from aggregator.publish.offers import Offer
from aggregator.publish.plan import Content, File, key_of
from aggregator.settings import Publication
from aggregator.store import archive, posts
from aggregator.store.publishing import minute_of
from aggregator.store.rows import utc


def feeds(edition: Edition) -> Iterator[File]:
    """Every feed but the archive."""
    sources = edition.changes.sources
    yield File("sources.opml", partial(sources_list, edition), key_of(edition.key, listed(edition)), changed=False)
    for offer in edition.offered:
        if offer.source is not None:
            changed = edition.changes.everything or offer.source in sources
            yield File(offer.path, partial(selected, edition, offer), edition.key, changed, topic=True)
        elif offer.tag is not None:
            yield File(offer.path, partial(selected, edition, offer), edition.key, bool(edition.changes), topic=True)
    withdrawn = archive.last_withdrawn(edition.store, NEWEST)
    key = key_of(edition.key, edition.preceding and edition.preceding.feed, edition.complete, withdrawn)
    changed = touches_newest(edition)
    yield File("rss.xml", partial(as_rss, edition, "rss.xml"), key, changed, topic=True)
    yield File("feed.json", partial(as_json, edition, "feed.json"), key, changed, topic=True)
    yield File("atom.xml", partial(as_atom, edition, "atom.xml"), key, changed, topic=True)


def touches_newest(edition: Edition) -> bool:
    """Whether something changed among the newest entries. One that is no longer among them is marked, too, and was no
    older than the oldest of them is now."""
    newest = edition.newest()
    if edition.changes.everything or len(newest) < NEWEST:
        return bool(edition.changes)
    oldest = minute_of(utc(newest[-1].stored.date))
    return any(minute >= oldest for minute, _ in edition.changes.minutes)


def listed(edition: Edition) -> Sequence[object]:
    """All that the list of sources tells of them."""
    found = ((source, edition.states.get(source.name)) for source in edition.settings.sources)
    told = [(source.name, source.page, state and (state.kind, state.link, state.feed_url)) for source, state in found]
    return told, edition.offered


def combined(edition: Edition, path: str) -> Document:
    """The newest entries, and how to get at the rest: it holds them all, or leads to the page with the next."""
    base = edition.publication.url
    return Document(
        id=base,
        title=edition.publication.title,
        address=base + path,
        page=base,
        entries=ready(edition.newest(), edition.publication),
        withdrawn=archive.last_withdrawn(edition.store, NEWEST),
        complete=edition.complete,
        links=(("prev-archive", base + edition.preceding.feed),) if edition.preceding else (),
    )


def as_atom(edition: Edition, path: str) -> Callable[[], Content]:
    from aggregator.publish.atom import atom

    return made(atom, edition, combined(edition, path))


def as_rss(edition: Edition, path: str) -> Callable[[], Content]:
    from aggregator.publish.rss import rss

    return made(rss, edition, combined(edition, path))


def made(
    writer: Callable[[Publication, Document, Mapping[str, SourceState]], tuple[bytes, tuple[str, ...]]],
    edition: Edition,
    document: Document,
) -> Callable[[], Content]:
    """What waits for a feed in the format of `writer`."""
    making = edition.make(writer, edition.publication, document, edition.states_of(document.entries))

    def finished() -> Content:
        body, warnings = making()
        return Content(body, document.updated, warnings)

    return finished


def as_json(edition: Edition, path: str) -> Content:
    from aggregator.publish.jsonfeed import json_feed

    document = combined(edition, path)
    return Content(json_feed(edition.publication, document, edition.states), document.updated)


def selected(edition: Edition, offer: Offer) -> Callable[[], Content]:
    """The newest entries of one source or with one tag. It has no archive of its own: that of all holds them."""
    from aggregator.publish.atom import atom

    found: Sequence[Entry]
    if offer.source is not None:
        found = posts.newest_of_source(edition.store, offer.source, NEWEST, edition.now)
    else:
        found = posts.newest_tagged(edition.store, offer.tag or "", NEWEST, edition.now)
    address = edition.publication.url + offer.path
    document = Document(
        id=address,
        title=offer.title,
        address=address,
        page=edition.publication.url,
        entries=ready(with_ids(edition.store, found), edition.publication),
    )
    return made(atom, edition, document)


def sources_list(edition: Edition) -> Content:
    from aggregator.publish.opml import opml

    base = edition.publication.url
    own = [(offer.title, base + offer.path) for offer in edition.offered if offer.source or offer.tag]
    dates = [state.since for state in edition.states.values() if state.since]
    body = opml(edition.publication, edition.settings.sources, edition.states, own)
    return Content(body, max(dates, default=NEVER))
