"""From stored posts to out/: the feed and the pages, replaced whole and only where they differ."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from aggregator.model import Make
from aggregator.publish.files import PublishError
from aggregator.publish.plan import File, here
from aggregator.settings import Settings
from aggregator.store import Store

if TYPE_CHECKING:
    from aggregator.publish.edition import Edition

__all__ = ["PublishError", "Published", "publish", "writer"]


TEXT = (".html", ".txt", ".xml", ".json", ".mjml")


@dataclass(frozen=True, slots=True)
class Published:
    """The paths under out/ that were replaced, and what could not be published, a sentence each."""

    written: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    """Those that stand as they were, for mistakes in their templates."""


def publish(settings: Settings, store: Store, now: datetime, *, make: Make = here, thorough: bool = False) -> Published:
    """Bring out/ in line with the store, as seen at `now`.

    What is written depends on what is stored only: the same posts give the same bytes, whenever and wherever. Only what
    changed since the last publishing is read and made, feeds and pages where `make` makes them. Of a large archive, old
    files are looked at by turns, all of them where it is to be `thorough`.
    """
    from aggregator.publish import lying
    from aggregator.publish.bringing import bring
    from aggregator.publish.changes import changes_since
    from aggregator.publish.edition import edition
    from aggregator.publish.files import sweep
    from aggregator.store import publishing
    from aggregator.store.holding import noted
    from aggregator.store.sources import states

    known = {state.name: state for state in states(store)}
    changes = changes_since(store, known, settings.publication.timezone, now)
    one = edition(settings, store, now, known, changes, make, thorough=thorough)
    if settings.out.is_dir():
        sweep(settings.out, settings.out / lying.ARCHIVE if one.looked_at is not None else None)
    brought = bring(settings.out, plan(one), one.before)
    lies = lying.UNKNOWN if brought.stale else lying.description(settings.out, one.look)
    if changes or brought.files or brought.gone or lies != noted(store, lying.NOTE):
        topics = [settings.publication.url + path for path in brought.news] if settings.publication.hub else []
        notes = {**changes.notes, lying.NOTE: lies}
        settled = publishing.Settled(changes.marks, now, notes, brought.files, brought.gone, topics)
        publishing.settle(store, settled)
    return Published(brought.written, brought.warnings, brought.stale)


def plan(edition: Edition) -> Iterator[File]:
    """Every file under out/ but those of the newsletter. What others lead to comes before what leads there: whoever
    finds a new post in atom.xml finds the page of the archive behind it, too. What another page takes entries from
    comes last."""
    from aggregator.publish.archive import archive, divided
    from aggregator.publish.feeds import feeds
    from aggregator.publish.for_people import for_people
    from aggregator.publish.pages import style
    from aggregator.publish.plan import Content

    yield File("style.css", lambda: Content(style(edition.settings.folder), edition.now))
    yield from archive(edition)
    yield from for_people(edition)
    yield from feeds(edition)
    yield from divided(edition)


def writer(settings: Settings, now: datetime) -> Callable[[str, bytes], bool]:
    """A function that replaces one path under out/, and says whether its bytes differed; text has a packed twin."""
    from aggregator.publish.files import write_if_changed, write_with_twin

    def write(path: str, content: bytes) -> bool:
        if path.endswith(TEXT):
            return "" in write_with_twin(settings.out / path, content, now)
        return write_if_changed(settings.out / path, content, now)

    return write
