"""What waits for its place in the index is found in memory as the index would find it."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.store import waiting
from aggregator.store.waiting import HASHES, Waiting

HASH = st.sampled_from([0, 1, 2, 3, 77, HASHES - 2, HASHES - 1])
CHANGE = st.tuples(st.booleans(), st.integers(0, 20), st.sets(HASH))
COMMON = 100


@given(changes=st.lists(CHANGE, max_size=40), asked=st.sets(HASH), at_least=st.integers(1, 3))
@pytest.mark.parametrize("latest", [1, 3, 1000])
def test_found_as_in_a_plain_table(
    changes: list[tuple[bool, int, set[int]]], asked: set[int], at_least: int, latest: int
) -> None:
    found, plain = Waiting(), dict[int, set[int]]()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(waiting, "LATEST", latest)
        for added, reference, hashes in changes:
            found.remove(reference)
            plain.pop(reference, None)
            if added:
                found.add(reference, sorted(hashes))
                plain[reference] = hashes
    shared = Counter(one for one, hashes in plain.items() for value in hashes if value in asked)
    expected = {one: count for one, count in shared.items() if count >= at_least}
    assert found.sharing(sorted(asked), COMMON, at_least) == expected
    assert sorted(found.in_order()) == sorted((value, one) for one, hashes in plain.items() for value in hashes)
    assert [value for value, _ in found.in_order()] == sorted(value for value, _ in found.in_order())


@pytest.mark.parametrize("latest", [1, 3, 1000])
def test_what_more_than_so_many_share_is_left_out(monkeypatch: pytest.MonkeyPatch, latest: int) -> None:
    monkeypatch.setattr(waiting, "LATEST", latest)
    found = Waiting()
    for reference in range(5):
        found.add(reference, [1, 2] if reference else [1])
    assert found.sharing([1, 2, 3], 4, 1) == {1: 1, 2: 1, 3: 1, 4: 1}
    assert found.sharing([1, 2, 3], 5, 2) == {1: 2, 2: 2, 3: 2, 4: 2}
