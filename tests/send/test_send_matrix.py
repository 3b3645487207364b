"""A sample of `python -m benchmarks.send_matrix`: killed while the server fails, each reader has at most one mail."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from benchmarks.send_matrix import FAULTS, Case, run_case
from tests.samples import ALL_OF_THEM

READERS = 140
PLACES = {"sqlite": 2 if ALL_OF_THEM else 1, "postgresql": 1}
"""At how many places of the sending each fault comes."""
ON = [("sqlite", fault) for fault in FAULTS] + [("postgresql", fault) for fault in FAULTS[:: 1 if ALL_OF_THEM else 3]]


@pytest.mark.parametrize(
    ("either_store", "fault"),
    ON,
    indirect=["either_store"],
    ids=lambda one: "-".join(one) if isinstance(one, tuple) else one,
)
def test_killed_and_failed_at_once_nobody_gets_two_and_nobody_is_forgotten(
    fault: tuple[str, str], tool: Callable[[str], str], either_store: str
) -> None:
    tool("openssl")
    number, places = FAULTS.index(fault), PLACES[either_store]
    for place in range(places):
        part = (place * len(FAULTS) + number) / (places * len(FAULTS))
        found = run_case(Case(*fault, part), READERS, either_store)
        assert not found.broken, found
        assert found.most == 1
        assert found.accepted + found.refused + found.uncertain == READERS
