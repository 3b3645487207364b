"""The plan of the pages: the front page, and how the sources fare."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from aggregator.model import SourceState
from aggregator.publish.document import newest_update, ready
from aggregator.publish.edition import Edition
from aggregator.publish.pages import index_page, status_page
from aggregator.publish.plan import Content, File, being_made
from aggregator.publish.shown import shown, shown_source
from aggregator.publish.status import months_until, shown_rows, status_json
from aggregator.publish.words import words_for
from aggregator.settings import Settings
from aggregator.store import Store, posts
from aggregator.store.issues import newest_issues

MONTHS = 6
"""The newest so many are linked on the front page, all of them on a page of their own."""
ISSUES = 3
"""Of the newsletter, the newest so many are linked on the front page."""


def for_people(edition: Edition) -> Iterator[File]:
    """What people read, but for the archive."""
    settings, known = edition.settings, until_now(edition)
    rhythms = posts_a_month(settings, edition.store, known)
    yield File("status.html", lambda: status(edition, known, rhythms))
    yield File("status.json", lambda: Content(status_json(settings.sources, known, rhythms), edition.now))
    yield File("index.html", lambda: index(edition))


def until_now(edition: Edition) -> dict[str, SourceState]:
    """How the sources fare, by name: what waits for its date is no post yet. One post of a wrong year would else move
    the months that all sources are shown in."""
    known = dict(edition.states)
    for name, state in known.items():
        if state.newest is not None and state.newest > edition.now:
            shown = posts.newest_of_source(edition.store, name, 1, edition.now)
            known[name] = replace(state, newest=shown[0].stored.date if shown else None)
    return known


def status(
    edition: Edition, known: Mapping[str, SourceState], rhythms: Mapping[str, Sequence[int]]
) -> Callable[[], Content]:
    """How the sources fare."""
    rows = shown_rows(edition.settings.sources, known, rhythms, edition.publication)
    return being_made(edition.make(status_page, edition.frame, rows), edition.now)


def index(edition: Edition) -> Callable[[], Content]:
    """The front page."""
    publication, words = edition.publication, words_for(edition.publication.language)
    own = {feed.source: feed.path for feed in edition.offered if feed.source is not None}
    sources = [
        shown_source(source, edition.states.get(source.name), words) | {"feed": own.get(source.name)}
        for source in edition.settings.sources
    ]
    newest = [shown(entry, publication) for entry in ready(edition.newest(), publication)]
    months = list(islice(edition.parts.months(), MONTHS))
    page = edition.make(index_page, edition.frame, newest, sources, newest_issues(edition.store, ISSUES), months)
    return being_made(page, newest_update(edition.newest()))


def posts_a_month(settings: Settings, store: Store, known: Mapping[str, SourceState]) -> dict[str, list[int]]:
    """How many posts each source has in each of the last months, by its name."""
    newest = max((state.newest for state in known.values() if state.newest), default=None)
    if newest is None:
        return {}
    months = months_until(newest, settings.publication.timezone)
    counts = posts.counts_by_month(store, months[0])
    return {name: [counts.get((name, month), 0) for month in months] for name in known}
