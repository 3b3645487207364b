"""What one worker works with: sources.yaml as it is now, its connection to the store, its parsers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from aggregator.config import ConfigurationError, load
from aggregator.fleet.planning import by_host
from aggregator.fleet.together import Together
from aggregator.model import Outcome
from aggregator.settings import Settings, Source
from aggregator.store import StoreError, open_store
from aggregator.store.postgres import PostgresStore
from aggregator.withheld import check_withheld
from aggregator.workers import Workers


class Means:
    """Of one worker, for as long as it lives."""

    def __init__(
        self,
        settings: Settings,
        clock: Callable[[], datetime],
        say: Callable[[str], None],
        watch: Callable[[Outcome], None],
    ) -> None:
        self.clock = clock
        self.say = say
        """Tells the operator, in a sentence."""
        self.watch = watch
        """Is told of every source that was read."""
        self.loaded = settings
        self.stamp = stamp_of(settings.file)
        self.hosts = by_host(settings.sources)
        self.store = shared_store(settings)
        self.workers = Workers()
        self.together = Together(self.store, clock)
        self.draining = False

    def settings(self) -> Settings:
        """What sources.yaml says. While it holds a mistake, what it said before."""
        stamp = stamp_of(self.loaded.file)
        if stamp == self.stamp:
            return self.loaded
        self.stamp = stamp
        try:
            changed = load(self.loaded.file)
            check_withheld(changed)
        except ConfigurationError as error:
            self.say(f"sources.yaml changed and cannot be used; what it said before still holds.\n{error}")
            return self.loaded
        if changed.store != self.loaded.store:
            self.say("sources.yaml names another store; start the workers again to use it.")
            return self.loaded
        self.loaded, self.hosts = changed, by_host(changed.sources)
        return self.loaded

    def sources_of(self, host: str) -> list[Source]:
        """The configured sources of `host`."""
        self.settings()
        return self.hosts.get(host, [])

    def close(self) -> None:
        self.store.close()


def shared_store(settings: Settings) -> PostgresStore:
    """The store, if it is one that many may work in. Raises StoreError with a sentence."""
    if not settings.store.startswith("postgresql://"):
        raise StoreError(
            f"{settings.store}: workers need a store in PostgreSQL; `aggregator store copy` moves this one there. "
            "On one machine, cron and `aggregator run` do all that workers do."
        )
    store = open_store(settings.store, settings.folder)
    assert isinstance(store, PostgresStore)  # noqa: S101  (narrowing only)
    return store


def stamp_of(file: Path) -> tuple[int, int]:
    """What changes when the file is written; zeros while it is not there."""
    try:
        told = file.stat()
    except OSError:
        return 0, 0
    return told.st_mtime_ns, told.st_size
