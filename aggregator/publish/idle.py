"""Whether there is nothing to publish: told by the store and the stamps of the files, without making anything."""

from __future__ import annotations

from datetime import datetime

from aggregator import __version__
from aggregator.publish.files import stamp
from aggregator.publish.lying import ARCHIVE, in_turn, lies_as_left
from aggregator.publish.plan import key_of
from aggregator.publish.templates import files_of_templates
from aggregator.settings import Settings
from aggregator.store import Store, publishing
from aggregator.store.holding import note, noted
from aggregator.store.publishing import Filed
from aggregator.store.sources import told

NOTE = "brought out as"


def is_idle(settings: Settings, store: Store, now: datetime) -> bool:
    """Whether all that is published is as bringing it out at `now` would leave it."""
    until = publishing.published_until(store)
    return (
        until is not None
        and until <= now
        and not publishing.marked(store)
        and not publishing.minutes_between(store, until, now)
        and noted(store, NOTE) == described(settings, store)
        and lies_as_left(settings.out, store)
        and all(stamp(settings.out / path) == filed.stamp for path, filed in looked_at(store, now).items())
    )


def looked_at(store: Store, now: datetime) -> dict[str, Filed]:
    """The files whose stamps are looked at: those of the archive by turns, of which there may be thousands."""
    return publishing.files_outside(store, ARCHIVE) | in_turn(store, now)


def note_brought_out(settings: Settings, store: Store) -> None:
    """Remember what was just brought out, for `is_idle`."""
    key = described(settings, store)
    if noted(store, NOTE) != key:
        with store.transaction():
            note(store, NOTE, key)


def described(settings: Settings, store: Store) -> str:
    """A key of all that is published besides posts: the settings, the sources and how they fare, the templates."""
    found = ((path, path.stat()) for path in files_of_templates(settings.folder))
    templates = [(str(path), one.st_size, one.st_mtime_ns) for path, one in found]
    issues = store.rows("SELECT name, state, hash FROM issue ORDER BY name DESC LIMIT 6")
    return key_of(
        __version__, settings, told(store), templates, [(row["name"], row["state"], row["hash"]) for row in issues]
    )
