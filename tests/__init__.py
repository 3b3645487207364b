"""The tests. What a test starts, and imports from here, keeps the standard store where the test does."""

from __future__ import annotations

import os

if os.environ.get("AGGREGATOR_TEST_STORE"):
    import pytest

    from tests import on_postgresql

    on_postgresql.redirect(pytest.MonkeyPatch())
