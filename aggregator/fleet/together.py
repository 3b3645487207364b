"""Readings without news, of all the hosts that a worker visits at the same time: kept in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from aggregator.standing import Later
from aggregator.store import Store

SECONDS_TO_WAIT = 0.05
"""For others. A host is held meanwhile, so that nobody reads again what is not kept yet."""


class Together:
    """Of one worker."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.later = Later(store, clock())
        self.keeping: asyncio.Task[None] | None = None

    async def kept(self) -> None:
        """Wait until all that `later` was given is in the store. Raises StoreError when it cannot be kept."""
        if self.keeping is None:
            self.keeping = asyncio.create_task(self.keep_soon())
        await asyncio.shield(self.keeping)

    async def keep_soon(self) -> None:
        await asyncio.sleep(SECONDS_TO_WAIT)
        self.keeping = None
        self.later.now = self.clock()
        self.later.finish()
