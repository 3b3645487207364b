"""Every test of the store is run on both: SQLite and PostgreSQL speak the same statements, or the test says so."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def on_both_stores(either_store: str) -> str:
    """`sqlite` or `postgresql`."""
    return either_store
