"""From stored posts to out/: the feed and the pages, replaced whole and only where they differ."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from aggregator.publish.files import PublishError, sweep, write_if_changed
from aggregator.settings import Settings
from aggregator.store import Store

__all__ = ["NEWEST", "PublishError", "publish", "writer"]

NEWEST = 50
"""Entries in atom.xml and on the front page."""


def publish(settings: Settings, store: Store, now: datetime) -> tuple[str, ...]:
    """Bring out/ in line with the store, as seen at `now`; the paths under out/ that were replaced.

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
    return tuple(name for name, content in files.items() if write_if_changed(settings.out / name, content))


def writer(settings: Settings) -> Callable[[str, bytes], bool]:
    """A function that replaces one path under out/, and says whether its bytes differed."""
    return lambda path, content: write_if_changed(settings.out / path, content)
