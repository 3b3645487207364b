"""Shared fixtures: Debian programs that a test needs, and the sample material beside the checkout."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent
SHARED = PROJECT.parent / "shared"


def skip_or_fail(reason: str) -> None:
    """Skip with a reason; on the build machine, where everything is installed, a skip is a failure."""
    if os.environ.get("AGGREGATOR_REQUIRE_TOOLS") == "1":
        pytest.fail(f"{reason} (AGGREGATOR_REQUIRE_TOOLS=1 allows no skips)")
    pytest.skip(reason)


@pytest.fixture
def tool() -> Callable[[str], str]:
    """Path of a program from Debian's packages; the test is skipped where it is not installed."""

    def find(name: str) -> str:
        path = shutil.which(name)
        if path is None:
            skip_or_fail(f"needs the program {name}, which is not installed here")
        return str(path)

    return find


@pytest.fixture
def shared() -> Path:
    """The sample blogs and corpora beside the checkout; skipped where they are not there."""
    if not SHARED.is_dir():
        pytest.skip("needs the sample material in ../shared, which is not here")
    return SHARED
