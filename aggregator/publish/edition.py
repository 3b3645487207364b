"""One publishing: what it publishes, seen at one instant. Handed to whatever plans files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache, partial
from typing import Any

from aggregator import __version__
from aggregator.model import Entry, SourceState
from aggregator.publish.changes import Changes
from aggregator.publish.document import ready
from aggregator.publish.identifiers import with_ids
from aggregator.publish.parts import Part, parts_of
from aggregator.publish.plan import key_of
from aggregator.publish.templates import templates
from aggregator.settings import Publication, Settings
from aggregator.store import Store, posts, publishing
from aggregator.store.publishing import Filed

NEWEST = 50
"""Entries in atom.xml and on the front page."""


@dataclass(frozen=True, slots=True)
class Edition:
    """What every file of one publishing is made of."""

    settings: Settings
    store: Store
    now: datetime
    states: Mapping[str, SourceState]
    """By the name of the source."""
    changes: Changes
    before: Mapping[str, Filed]
    """What was published until now, by path."""
    templates: Callable[[], Any]
    """The Jinja2 environment: made once, so that each template is compiled once."""
    key: str
    """Of the program and of what sources.yaml says of the publication."""
    newest: Callable[[], tuple[Entry, ...]]
    """The newest entries, the newest first."""
    entries_of: Callable[[Part], tuple[Entry, ...]]
    """The entries of a part of the archive, the newest first, presentable, without their content; those of the last
    part that was asked for are remembered."""
    brief_of: Callable[[Part], tuple[Entry, ...]]
    """The same as they are stored."""
    complete: bool
    """Whether the newest entries are all there are: then there is no archive for programs."""
    parts: tuple[Part, ...]
    """Of the archive, oldest first: those that hold an entry, or one that was withdrawn."""
    changed_parts: frozenset[str]
    """The names of those that hold a day that changed."""
    preceding: Part | None
    """The part in which a reader finds the newest entry that is not among `newest`."""

    @property
    def publication(self) -> Publication:
        return self.settings.publication


def edition(
    settings: Settings, store: Store, now: datetime, states: Mapping[str, SourceState], changes: Changes
) -> Edition:
    """What is to be published at `now`."""
    zone = settings.publication.timezone
    before = publishing.files(store)
    beyond = publishing.date_of_place(store, NEWEST, now)
    parts = parts_of(store, changes, before, zone, now)

    @lru_cache(maxsize=1)
    def newest() -> tuple[Entry, ...]:
        return with_ids(store, posts.newest_entries(store, NEWEST, now))

    @lru_cache(maxsize=1)
    def brief_of(part: Part) -> tuple[Entry, ...]:
        return with_ids(store, posts.brief_between(store, *part.window(zone), now))

    @lru_cache(maxsize=1)
    def entries_of(part: Part) -> tuple[Entry, ...]:
        return ready(brief_of(part), settings.publication)

    return Edition(
        settings=settings,
        store=store,
        now=now,
        states=states,
        changes=changes,
        before=before,
        templates=lru_cache(maxsize=1)(partial(templates, settings.folder)),
        key=key_of(__version__, replace(settings.publication, withhold=())),
        newest=newest,
        entries_of=entries_of,
        brief_of=brief_of,
        complete=beyond is None,
        parts=parts.all,
        changed_parts=parts.changed,
        preceding=parts.of(beyond, zone) if beyond is not None else None,
    )
