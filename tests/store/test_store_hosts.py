"""Hosts that asked to be left alone are left alone by everybody who reads from the store."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from aggregator.run import due_sources
from aggregator.settings import Person, Publication, Settings, Source
from aggregator.store import Store
from aggregator.store.sources import let_rest, record, resting_hosts
from tests.store.build import NOW, a_kept, opened

HOUR = timedelta(hours=1)
SOURCES = tuple(
    Source(name=name, url=f"https://{host}/{name}") for name, host in (("Een", "x.example"), ("Twee", "y.example"))
)
SETTINGS = Settings(
    publication=Publication(title="Blogs", url="https://example.org/", author=Person(name="Redactie")), sources=SOURCES
)
YEARS = timedelta(days=3000)


def test_a_host_is_left_alone_until_its_time_has_come(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        let_rest(store, {"x.example": NOW + HOUR}, NOW)
    with opened(tmp_path) as store:
        assert resting_hosts(store, NOW) == {"x.example": NOW + HOUR}
        assert [source.name for source in due_sources(SETTINGS, store, NOW)] == ["Twee"]
        assert [source.name for source in due_sources(SETTINGS, store, NOW + HOUR)] == ["Een", "Twee"]
        let_rest(store, {"x.example": NOW + 3 * HOUR}, NOW)
        assert resting_hosts(store, NOW) == {"x.example": NOW + 3 * HOUR}
        let_rest(store, {"y.example": NOW + 5 * HOUR}, NOW + 4 * HOUR)
        assert [row["host"] for row in store.rows("SELECT host FROM resting_host")] == ["y.example"]


def test_a_clock_that_was_ahead_for_a_while_keeps_nobody_from_being_read(tmp_path: Path) -> None:
    def read(store: Store, now: datetime) -> None:
        kept = a_kept()
        record(store, replace(kept, state=replace(kept.state, next_check=now + HOUR)), now)

    with opened(tmp_path) as store:
        read(store, NOW + YEARS)
        let_rest(store, {"y.example": NOW + YEARS + HOUR}, NOW + YEARS)
        assert [source.name for source in due_sources(SETTINGS, store, NOW)] == ["Een", "Twee"]
        read(store, NOW)
        assert [source.name for source in due_sources(SETTINGS, store, NOW)] == ["Twee"]
