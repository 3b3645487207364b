"""From stored posts to out/: the feed and the pages, replaced whole and only where they differ."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

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
    from aggregator.store import posts
    from aggregator.store.sources import states

    publication = settings.publication
    entries = with_ids(store, posts.newest_entries(store, NEWEST, now))
    known = {state.name: state for state in states(store)}
    feed, warnings = atom(publication, entries, known)
    files = {
        "atom.xml": feed,
        "index.html": index_page(publication, entries, settings.sources, known, settings.folder),
        "style.css": style(settings.folder),
    }
    if settings.out.is_dir():
        sweep(settings.out)
    written = tuple(name for name, content in files.items() if write_if_changed(settings.out / name, content))
    return Published(written, warnings)


def writer(settings: Settings) -> Callable[[str, bytes], bool]:
    """A function that replaces one path under out/, and says whether its bytes differed."""
    return lambda path, content: write_if_changed(settings.out / path, content)
