"""Loading what publishes while a run still waits for its sources: a run without news never needs it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from threading import Thread
from typing import TYPE_CHECKING

from aggregator.model import Outcome
from aggregator.settings import Settings
from aggregator.store import Store
from aggregator.visiting import Watch

if TYPE_CHECKING:
    from aggregator.workers import Workers

BRINGING_OUT = (
    "aggregator.issues_due", "aggregator.publish.archive", "aggregator.publish.feeds", "aggregator.publish.for_people",
    "aggregator.reconsider",
)  # fmt: skip
"""What is loaded to publish news, while the run waits for processes that parse."""
WRITING = "aggregator.publish.atom_extensions", "aggregator.publish.rss_extensions", "feedgen.feed"
"""What such a process loads to make feeds and pages, besides the templates."""


@contextmanager
def loading_for_news(settings: Settings, store: Store, workers: Workers, watch: Watch) -> Iterator[Watch]:
    """`watch`, with which loading what publishes begins at the first news, and is over when the context ends.

    But not while nothing was published yet: a first run has time enough, and needs the memory.
    """
    loading = Thread(target=load_for_news, args=(settings, workers))

    def watching(outcome: Outcome) -> None:
        if (outcome.new or outcome.edited) and loading.ident is None:
            from aggregator.store.publishing import published_until

            if published_until(store) is not None:
                loading.start()
        watch(outcome)

    yield watching
    if loading.ident is not None:
        loading.join()


def load_for_news(settings: Settings, workers: Workers) -> None:
    """Load what bringing out news needs, none of which reading needs. What cannot be loaded is told by who needs it."""
    from aggregator.publish.templates import load_templates
    from aggregator.working import load

    workers.when_idle(load, WRITING)
    workers.when_idle(load_templates, settings.folder, settings.publication.language)
    for name in BRINGING_OUT:
        with suppress(Exception):
            import_module(name)
