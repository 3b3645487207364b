"""A sample of `python -m benchmarks.send_matrix`: killed while the server fails, each reader has at most one mail."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from benchmarks.send_matrix import FAULTS, Case, run_case

READERS = 140
PLACES = {"sqlite": 2, "postgresql": 1}


@pytest.mark.parametrize(("phase", "kind"), FAULTS)
def test_killed_and_failed_at_once_nobody_gets_two_and_nobody_is_forgotten(
    phase: str, kind: str, tool: Callable[[str], str], either_store: str
) -> None:
    tool("openssl")
    number, places = FAULTS.index((phase, kind)), PLACES[either_store]
    for place in range(places):
        part = (place * len(FAULTS) + number) / (places * len(FAULTS))
        found = run_case(Case(phase, kind, part), READERS, either_store)
        assert not found.broken, found
        assert found.most == 1
        assert found.accepted + found.refused + found.uncertain == READERS
