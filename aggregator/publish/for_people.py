"""The plan of the pages: the front page, and how the sources fare."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from aggregator.model import SourceState
from aggregator.publish.document import newest_update
from aggregator.publish.edition import Edition
from aggregator.publish.pages import index_page
from aggregator.publish.plan import Content, File
from aggregator.publish.status import months_until, status_json, status_page
from aggregator.settings import Settings
from aggregator.store import Store, posts


def for_people(edition: Edition) -> Iterator[File]:
    """What people read, but for the archive."""
    settings, known = edition.settings, edition.states
    rhythms = posts_a_month(settings, edition.store, known)
    yield File("status.html", lambda: Content(status_page(edition, rhythms), edition.now))
    yield File("status.json", lambda: Content(status_json(settings.sources, known, rhythms), edition.now))
    yield File("index.html", lambda: Content(index_page(edition), newest_update(edition.newest())))


def posts_a_month(settings: Settings, store: Store, known: Mapping[str, SourceState]) -> dict[str, list[int]]:
    """How many posts each source has in each of the last months, by its name."""
    newest = max((state.newest for state in known.values() if state.newest), default=None)
    if newest is None:
        return {}
    months = months_until(newest, settings.publication.timezone)
    counts = posts.counts_by_month(store, months[0])
    return {name: [counts.get((name, month), 0) for month in months] for name in known}
