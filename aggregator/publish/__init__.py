"""From stored posts to out/: the feed and the pages, replaced whole and only where they differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from aggregator.model import SourceState
from aggregator.publish.files import PublishError, sweep, write_if_changed
from aggregator.settings import Settings
from aggregator.store import Store

__all__ = ["NEWEST", "PublishError", "Published", "publish", "writer"]

NEWEST = 50
"""Entries in atom.xml and on the front page."""


@dataclass(frozen=True, slots=True)
class Published:
    """The paths under out/ that were replaced, and what could not be published, a sentence each."""

    written: tuple[str, ...]
    warnings: tuple[str, ...] = ()


def publish(settings: Settings, store: Store, now: datetime) -> Published:
    """Bring out/ in line with the store, as seen at `now`.

    What is written depends on what is stored only: the same posts give the same bytes, whenever and wherever.
    """
    from aggregator.publish.atom import atom
    from aggregator.publish.identifiers import with_ids
    from aggregator.publish.pages import index_page, style
    from aggregator.publish.status import status_json, status_page
    from aggregator.store import posts
    from aggregator.store.sources import states

    publication = settings.publication
    entries = with_ids(store, posts.newest_entries(store, NEWEST, now))
    known = {state.name: state for state in states(store)}
    feed, warnings = atom(publication, entries, known)
    rhythms = posts_a_month(settings, store, known)
    files = {
        "atom.xml": feed,
        "index.html": index_page(publication, entries, settings.sources, known, settings.folder),
        "status.html": status_page(publication, settings.sources, known, rhythms, settings.folder),
        "status.json": status_json(settings.sources, known, rhythms),
        "style.css": style(settings.folder),
    }
    if settings.out.is_dir():
        sweep(settings.out)
    written = tuple(name for name, content in files.items() if write_if_changed(settings.out / name, content))
    return Published(written, warnings)


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
