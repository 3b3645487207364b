"""Telling the hub what was published, once it is on the disk. Whatever becomes of that costs the run nothing."""

from __future__ import annotations

import asyncio

from aggregator.settings import Settings
from aggregator.store import Store, publishing
from aggregator.store.holding import note, noted

SILENT = "hub is silent"


def tell_hub(settings: Settings, store: Store) -> tuple[str, ...]:
    """Pass on the news that the hub does not know yet; a sentence when it stops taking them, and not again until it has
    taken some: what it did not take is told in the next run."""
    hub, news = settings.publication.hub, publishing.hub_news(store)
    if not news:
        return ()
    if hub is None:
        publishing.hub_told(store, news)
        return ()
    from aggregator.fetch.hub import tell

    told, why = asyncio.run(tell(hub, news, settings.network, settings.publication.url))
    publishing.hub_told(store, told)
    before = noted(store, SILENT)
    with store.transaction():
        note(store, SILENT, why and hub)
    if not why or before == hub:
        return ()
    return (
        f"{hub}: the hub was not told of {len(news) - len(told)} changed feeds: {why}. The next run tells it again.",
    )
