"""A fleet whose workers are killed and whose PostgreSQL is restarted loses no post, doubles none, and stays polite.

The same with 20,000 sources on 2,000 hosts is `python -m benchmarks fleet`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.fleet import QUICK, hardship
from tests import postgres
from tests.conftest import skip_or_fail


@pytest.fixture(autouse=True)
def needs_postgresql() -> None:
    if postgres.programs() is None:
        skip_or_fail("needs PostgreSQL (Debian's package postgresql), which is not installed here")


def test_killed_workers_and_a_restarted_server(tmp_path: Path) -> None:
    came = hardship(200, 40, 3, QUICK, tmp_path, seconds_between_kills=2.0, most_kills=3)
    told = (tmp_path / "workers.log").read_text()
    assert came.well, f"{came}\n{told[-5000:]}"
    assert came.restarts == 1
    assert "Traceback" not in told, told[-5000:]
