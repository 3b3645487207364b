"""When what was asked for cannot be, and nothing is wrong with the store."""

from __future__ import annotations

from aggregator.store.database import StoreError


class Refused(StoreError):  # noqa: N818  (named for what it says)
    """The asker has to ask for something else; the text says why."""
