"""Sending keeps its promises on both stores: every test here is run on SQLite and on PostgreSQL."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def on_both_stores(either_store: str) -> str:
    """`sqlite` or `postgresql`."""
    return either_store
