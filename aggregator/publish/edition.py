"""One publishing: what it publishes, seen at one instant. Handed to whatever plans files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from aggregator import __version__
from aggregator.model import Entry, Make, SourceState
from aggregator.months import minute_window
from aggregator.publish.changes import Changes
from aggregator.publish.holding import Held, held, whole
from aggregator.publish.identifiers import give_ids, with_ids
from aggregator.publish.lying import ARCHIVE, in_turn, lies_as_left, part_of, paths_of
from aggregator.publish.offers import Offer, offers
from aggregator.publish.pages import Frame
from aggregator.publish.parts import Part, Parts, parts_of
from aggregator.publish.plan import key_of
from aggregator.publish.templates import digest_of_templates
from aggregator.settings import Publication, Settings
from aggregator.store import Store, archive, posts, publishing
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
    """What was published until now, by path; of the archive, what is looked at."""
    looked_at: frozenset[str] | None
    """The names of the parts of the archive that are looked at; None where all of them are."""
    look: str
    """A key of all that decides how the archive looks besides posts."""
    make: Make
    """Makes feeds and pages, here or elsewhere."""
    key: str
    """Of the program and of what sources.yaml says of the publication."""
    newest: Callable[[], tuple[Entry, ...]]
    """The newest entries, the newest first."""
    held_by: Callable[[Part, str], Held]
    """What a part of the archive holds, of which the page for programs is to have this key; the last is remembered."""
    whole: Callable[[Part], Held]
    """The same, all of it read from the store."""
    complete: bool
    """Whether the newest entries are all there are: then there is no archive for programs."""
    offered: tuple[Offer, ...]
    """The feeds that people can subscribe to."""
    parts: Parts
    preceding: Part | None
    """The part in which a reader finds the newest entry that is not among `newest`."""

    @property
    def publication(self) -> Publication:
        return self.settings.publication

    def states_of(self, entries: Iterable[Entry]) -> dict[str, SourceState]:
        """How the sources of `entries` fare, which is all that a feed of them tells."""
        names = {one.stored.post.source for one in entries}
        return {name: self.states[name] for name in names if name in self.states}

    @property
    def frame(self) -> Frame:
        """What every page shows."""
        return Frame(self.settings.folder, self.publication, self.offered)


def edition(
    settings: Settings,
    store: Store,
    now: datetime,
    states: Mapping[str, SourceState],
    changes: Changes,
    make: Make,
    *,
    thorough: bool = False,
) -> Edition:
    """What is to be published at `now`. Looks at every file of the archive where it is to be `thorough`."""
    zone = settings.publication.timezone
    marked = sorted({minute for minute, _ in changes.minutes})
    beyond = archive.date_of_place(store, NEWEST, now)
    parts = parts_of(store, changes, zone, now)
    all_parts = (parts.part(name).window(zone) for name in parts.standing)
    give_ids(store, all_parts if changes.everything else map(minute_window, marked), now)
    key = key_of(__version__, replace(settings.publication, withhold=()))
    offered = offers(settings)
    look = key_of(key, offered, digest_of_templates(settings.folder), beyond is None)
    if thorough or changes.everything or not lies_as_left(settings.out, store, look):
        looked_at, before = None, publishing.files(store)
    else:
        by_turns = in_turn(store, now)
        near = parts.near({*parts.changed, *(part_of(path) for path in by_turns)})
        looked_at = parts.changed | near
        before = publishing.files_outside(store, ARCHIVE) | publishing.files(store, paths_of(looked_at))

    @lru_cache(maxsize=1)
    def newest() -> tuple[Entry, ...]:
        return with_ids(store, posts.newest_entries(store, NEWEST, now))

    @lru_cache(maxsize=1)
    def held_by(part: Part, key: str) -> Held:
        place, filed = settings.out / part.feed, before.get(part.feed)
        return held(store, settings.publication, changes, marked, part.window(zone), place, key, filed, now)

    @lru_cache(maxsize=1)
    def all_of(part: Part) -> Held:
        return whole(store, settings.publication, part.window(zone), now)

    return Edition(
        settings=settings,
        store=store,
        now=now,
        states=states,
        changes=changes,
        before=before,
        make=make,
        looked_at=looked_at,
        look=look,
        key=key,
        newest=newest,
        held_by=held_by,
        whole=all_of,
        complete=beyond is None,
        offered=offered,
        parts=parts,
        preceding=parts.of(beyond, zone) if beyond is not None else None,
    )
