"""The standard store in PostgreSQL instead of SQLite, for tests that do not say which: each folder has a schema.

AGGREGATOR_TEST_STORE names the server, also for processes that a test starts, as far as they import from tests.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from aggregator import store
from aggregator.settings import Settings
from tests.postgres import publication_of

SERVER = "AGGREGATOR_TEST_STORE"
ALWAYS = os.environ.get("AGGREGATOR_TEST_ON") == "postgresql"
STANDARD = "sqlite:///state/aggregator.db"


def store_url(folder: Path) -> str:
    """The standard store of `folder`: a file in it, or a schema of its own on the test's server."""
    server = os.environ.get(SERVER)
    return f"{server}?publication={publication_of(folder)}" if server else STANDARD


def redirect(patch: pytest.MonkeyPatch) -> None:
    """From now on whoever names the standard store gets that of AGGREGATOR_TEST_STORE."""
    made, opened = Settings.__init__, store.opened

    def make(self: Settings, *values: Any, **named: Any) -> None:
        made(self, *values, **named)
        if self.store == STANDARD:
            object.__setattr__(self, "store", store_url(self.folder))

    patch.setattr(Settings, "__init__", make)
    patch.setattr(store, "opened", lambda url, folder: opened(store_url(folder) if url == STANDARD else url, folder))
