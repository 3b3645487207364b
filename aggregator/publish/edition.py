"""One publishing: what it publishes, seen at one instant. Handed to whatever plans files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from aggregator import __version__
from aggregator.model import Entry, SourceState
from aggregator.months import month_of, month_window
from aggregator.publish.changes import Changes
from aggregator.publish.identifiers import with_ids
from aggregator.publish.plan import key_of
from aggregator.settings import Publication, Settings
from aggregator.store import Store, posts, publishing
from aggregator.store.publishing import Filed

NEWEST = 50
"""Entries in atom.xml and on the front page."""
ARCHIVE = "archive/"


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
    key: str
    """Of the program and of what sources.yaml says of the publication."""
    newest: Callable[[], tuple[Entry, ...]]
    """The newest entries, the newest first."""
    entries_of: Callable[[str], tuple[Entry, ...]]
    """The entries of a month, the newest first; the last month that was asked for is remembered."""
    complete: bool
    """Whether the newest entries are all there are: then there is no archive."""
    months: tuple[str, ...]
    """The months of the archive, oldest first; those that hold an entry, or one that was withdrawn."""
    changed_months: frozenset[str]
    preceding: str | None
    """The month of the archive in which a reader finds the newest entry that is not among `newest`."""

    @property
    def publication(self) -> Publication:
        return self.settings.publication


def edition(
    settings: Settings, store: Store, now: datetime, states: Mapping[str, SourceState], changes: Changes
) -> Edition:
    """What is to be published at `now`. Withdrawals are fixed here, because files tell since when they hold."""
    zone = settings.publication.timezone
    before = publishing.files(store)
    beyond = publishing.date_of_place(store, NEWEST, now)
    archived = {path.removeprefix(ARCHIVE).removesuffix(".xml") for path in before if is_page(path)}
    archived = set() if changes.everything else archived
    changed = changes.months(zone)
    if beyond is not None and not archived:
        changed = {
            month for day in publishing.all_days(store) for month in Changes(frozenset({day}), (), {}).months(zone)
        }
    spans = {month: month_window(month, zone) for month in sorted(changed)}
    if spans:
        publishing.withdraw(store, spans.values(), now)
    kept = {month for month, span in spans.items() if publishing.holds_entries(store, span, now)}
    months = tuple(sorted((archived - changed) | kept)) if beyond is not None else ()

    @lru_cache(maxsize=1)
    def newest() -> tuple[Entry, ...]:
        return with_ids(store, posts.newest_entries(store, NEWEST, now))

    @lru_cache(maxsize=1)
    def entries_of(month: str) -> tuple[Entry, ...]:
        return with_ids(store, posts.entries_between(store, *month_window(month, zone), now))

    return Edition(
        settings=settings,
        store=store,
        now=now,
        states=states,
        changes=changes,
        before=before,
        key=key_of(__version__, replace(settings.publication, withhold=())),
        newest=newest,
        entries_of=entries_of,
        complete=beyond is None,
        months=months,
        changed_months=frozenset(changed),
        preceding=month_of(beyond, zone) if beyond is not None else None,
    )


def is_page(path: str) -> bool:
    """Whether a path under out/ is that of a feed page of the archive."""
    return path.startswith(ARCHIVE) and path.endswith(".xml")
