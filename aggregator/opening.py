"""A publication, opened for work on it: by one process at a time, and one publication a folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from aggregator.settings import Settings
from aggregator.store import Refused, Store, open_store, run_lock
from aggregator.store.holding import note, noted

if TYPE_CHECKING:
    from aggregator.workers import Workers

CONFIGURED = "configured by"


@contextmanager
def opened(settings: Settings) -> Iterator[tuple[Store, Workers]]:
    """The store of a publication that is held meanwhile, and processes for work that can be done elsewhere."""
    from aggregator.workers import Workers

    with (
        run_lock(settings.store, settings.folder),
        open_store(settings.store, settings.folder) as store,
        Workers() as workers,
    ):
        refuse_another(settings, store)
        yield store, workers


def refuse_another(settings: Settings, store: Store) -> None:
    """Raises Refused where another file of this folder publishes at another address from this store: each would publish
    the posts of both."""
    mine = settings.publication.url, settings.file.name
    before = noted(store, CONFIGURED)
    if before == " ".join(mine):
        return
    url, _, name = before.partition(" ")
    if url != mine[0] and name != mine[1] and name and (settings.folder / name).exists():
        raise Refused(
            f"{name} publishes {url} from here, and each of the two would publish the posts of both. Give {mine[1]} a "
            f"folder of its own; or, if {name} is not used any more, take it away. Nothing was touched."
        )
    with store.transaction():
        note(store, CONFIGURED, " ".join(mine))
