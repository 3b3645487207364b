"""A fleet whose workers are killed and whose PostgreSQL is restarted loses no post, doubles none, and stays polite.

The same with 20,000 sources on 2,000 hosts is `python -m benchmarks fleet`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from aggregator.run import fetch_only
from benchmarks.fleet import QUICK, counts, hardship, hosts, settings_for
from tests import postgres
from tests.conftest import skip_or_fail


def test_the_sources_of_one_host_are_read_over_one_connection(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    with hosts(1) as port:
        settings = settings_for(tmp_path, "sqlite:///state/x.db", 5, 1, port)
        before = counts(port)["connections"]
        for days in range(3):
            fetch_only(settings, now + timedelta(days=2 * days), lambda outcome: None, ())
        told = counts(port)
    assert (told["connections"] - before, told["unchanged"]) == (3 + 1, 10), "the last one asks for the counts"


@pytest.fixture(autouse=True)
def needs_postgresql() -> None:
    if postgres.programs() is None:
        skip_or_fail("needs PostgreSQL (Debian's package postgresql), which is not installed here")


def test_killed_workers_and_a_restarted_server(tmp_path: Path) -> None:
    came = hardship(100, 20, 3, QUICK, tmp_path, seconds_between_kills=1.5, most_kills=2)
    told = (tmp_path / "workers.log").read_text()
    assert came.well, f"{came}\n{told[-5000:]}"
    assert came.restarts == 1
    assert "Traceback" not in told, told[-5000:]
