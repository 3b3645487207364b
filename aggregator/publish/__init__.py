"""From stored posts to out/: the feed and the pages, replaced whole and only where they differ."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from aggregator.model import SourceState
from aggregator.publish.edition import NEWEST, Edition
from aggregator.publish.files import PublishError, write_if_changed
from aggregator.publish.plan import Content, File
from aggregator.settings import Settings
from aggregator.store import Store

__all__ = ["NEWEST", "PublishError", "Published", "publish", "writer"]


@dataclass(frozen=True, slots=True)
class Published:
    """The paths under out/ that were replaced, and what could not be published, a sentence each."""

    written: tuple[str, ...]
    warnings: tuple[str, ...] = ()


def publish(settings: Settings, store: Store, now: datetime) -> Published:
    """Bring out/ in line with the store, as seen at `now`.

    What is written depends on what is stored only: the same posts give the same bytes, whenever and wherever. Only what
    changed since the last publishing is read and made.
    """
    from aggregator.publish.changes import changes_since
    from aggregator.publish.edition import edition
    from aggregator.publish.files import sweep
    from aggregator.publish.plan import bring
    from aggregator.store import publishing
    from aggregator.store.sources import states

    known = {state.name: state for state in states(store)}
    changes = changes_since(store, known, settings.publication.timezone, now)
    one = edition(settings, store, now, known, changes)
    if settings.out.is_dir():
        sweep(settings.out)
    brought = bring(settings.out, plan(one), one.before)
    if changes or brought.files or brought.gone:
        topics = [settings.publication.url + path for path in brought.news] if settings.publication.hub else []
        settled = publishing.Settled(changes.marks, now, changes.notes, brought.files, brought.gone, topics)
        publishing.settle(store, settled)
    return Published(brought.written, brought.warnings)


def plan(edition: Edition) -> Iterator[File]:
    """Every file under out/ but those of the newsletter. What others lead to comes before what leads there."""
    from aggregator.publish.feeds import feeds

    yield from for_people(edition)
    yield from feeds(edition)


def for_people(edition: Edition) -> Iterator[File]:
    """What people read."""
    from aggregator.publish.document import newest_update
    from aggregator.publish.pages import index_page, style
    from aggregator.publish.status import status_json, status_page

    settings, known = edition.settings, edition.states
    publication, folder = settings.publication, settings.folder

    def index() -> Content:
        page = index_page(publication, edition.newest(), settings.sources, known, folder)
        return Content(page, newest_update(edition.newest()))

    rhythms = posts_a_month(settings, edition.store, known)
    yield File("style.css", lambda: Content(style(folder), edition.now))
    yield File(
        "status.html", lambda: Content(status_page(publication, settings.sources, known, rhythms, folder), edition.now)
    )
    yield File("status.json", lambda: Content(status_json(settings.sources, known, rhythms), edition.now))
    yield File("index.html", index)


def posts_a_month(settings: Settings, store: Store, known: Mapping[str, SourceState]) -> dict[str, list[int]]:
    """How many posts each source has in each of the last months, by its name."""
    from aggregator.publish.status import months_until
    from aggregator.store import posts

    newest = max((state.newest for state in known.values() if state.newest), default=None)
    if newest is None:
        return {}
    months = months_until(newest, settings.publication.timezone)
    counts = posts.counts_by_month(store, months[0])
    return {name: [counts.get((name, month), 0) for month in months] for name in known}


def writer(settings: Settings) -> Callable[[str, bytes], bool]:
    """A function that replaces one path under out/, and says whether its bytes differed."""
    return lambda path, content: write_if_changed(settings.out / path, content)
