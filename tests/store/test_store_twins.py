"""Finding the stored posts that may be the same as a new one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aggregator.store import twin_index, twins
from aggregator.store.candidates import candidates, own_candidates
from aggregator.store.database import Contradiction
from aggregator.store.known import hashes_by_id
from tests.store.build import a_post, keep, opened

HASHES = list(range(1000, 1048))


@pytest.mark.parametrize("waiting", [0, 2000], ids=["in the index", "waiting"])
@pytest.mark.parametrize("again", [False, True], ids=["at once", "opened again"])
def test_posts_of_other_sources_that_share_hashes_or_an_address_likeliest_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, waiting: int, again: bool
) -> None:
    monkeypatch.setattr(twin_index, "WAITING", waiting)
    few, many, address, own, other = (
        a_post(key, source)
        for key, source in (("few", "Twee"), ("many", "Drie"), ("address", "Vier"), ("own", "Een"), ("other", "Vijf"))
    )
    store = opened(tmp_path)
    keep(store, few, fingerprints={few.id: [1, *HASHES[:2]]})
    keep(store, many, fingerprints={many.id: HASHES})
    keep(store, address, addresses={address.id: ["een.example/a"]})
    keep(store, own, fingerprints={own.id: HASHES})
    keep(store, other, fingerprints={other.id: [7, 8, 9]}, addresses={other.id: ["een.example/b"]})
    if again:
        store.close()
        store = opened(tmp_path)
    with store:
        assert [post.key for post in candidates(store, HASHES, ["een.example/a"], "Een").values()] == [
            "address",
            "many",
            "few",
        ]
        assert candidates(store, [], [], "Een") == {}


@pytest.mark.parametrize("waiting", [0, 2000], ids=["in the index", "waiting"])
def test_an_edited_post_is_found_by_its_new_words_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, waiting: int
) -> None:
    monkeypatch.setattr(twin_index, "WAITING", waiting)
    one = a_post("a")
    with opened(tmp_path) as store:
        keep(store, one, fingerprints={one.id: [1, 2, 3]}, addresses={one.id: ["oud"]})
        keep(store, one, fingerprints={one.id: [3, 4, 5]}, addresses={one.id: ["nieuw"]})
    with opened(tmp_path) as store:
        for found, fingerprint, address in ((0, [1, 2], "oud"), (1, [3], ""), (1, [4], ""), (1, [], "nieuw")):
            assert len(candidates(store, fingerprint, [address], "Twee")) == found


def test_the_index_fills_up_as_more_posts_wait_than_may(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twin_index, "WAITING", 10)
    posts = [a_post(str(number)) for number in range(35)]
    with opened(tmp_path) as store:
        for number, post in enumerate(posts):
            keep(store, post, fingerprints={post.id: [number, number + 1]})
            row = store.row("SELECT COUNT(*) AS posts FROM sketch WHERE waiting = 1")
            assert row is not None
            assert row["posts"] <= 10
        assert [post.key for post in candidates(store, [20], [], "Twee").values()] == sorted(
            ["19", "20"], key=lambda key: a_post(key).id
        )


def test_at_the_end_of_a_run_little_goes_on_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twin_index, "WAIT_ON", 2)
    posts = [a_post(str(number)) for number in range(5)]
    with opened(tmp_path) as store:
        for count in (2, 5):
            keep(store, *posts[:count], fingerprints={post.id: [7, 8] for post in posts[:count]})
            twin_index.end_waiting(store)
            row = store.row("SELECT COUNT(*) AS posts FROM sketch WHERE waiting = 1")
            assert row is not None
            assert row["posts"] == (2 if count == 2 and not store.shared else 0)
            assert len(candidates(store, [7], [], "Twee")) == count


def test_what_was_not_kept_is_not_found(tmp_path: Path) -> None:
    one = a_post("a")
    with opened(tmp_path) as store:
        with pytest.raises(Contradiction):
            keep(store, one, replace(one, id="f" * 32), fingerprints={one.id: [1, 2], "f" * 32: [1, 2]})
        assert twins.likely_twins(store, [1, 2], []) == []
        keep(store, one, fingerprints={one.id: [1, 2]})
        assert twins.likely_twins(store, [1, 2], []) == [(twin_index.reference_of(one.id), 2)]


def test_what_very_many_posts_share_tells_nothing(tmp_path: Path) -> None:
    posts = [a_post(str(number), "Twee") for number in range(twins.COMMON + 1)]
    one = a_post("a", "Drie")
    shared: dict[str, Any] = {
        "fingerprints": {post.id: [1] for post in posts},
        "addresses": {post.id: ["overal"] for post in posts},
    }
    with opened(tmp_path) as store:
        keep(store, *posts, **shared)
        keep(store, one, fingerprints={one.id: [1, 2]}, addresses={one.id: ["overal"]})
        assert [post.key for post in candidates(store, [1, 2], ["overal"], "Een").values()] == ["a"]
        assert candidates(store, [1], ["overal"], "Een") == {}


def test_at_most_twenty_though_a_source_of_ones_own_holds_hundreds(tmp_path: Path) -> None:
    own = [a_post(str(number), "Een") for number in range(100)]
    others = [a_post(str(number), "Twee") for number in range(30)]
    with opened(tmp_path) as store:
        keep(store, *own, fingerprints={post.id: [1, 2] for post in own})
        keep(store, *others, fingerprints={post.id: [1] for post in others})
        found = candidates(store, [1, 2], [], "Een")
        assert len(found) == 20
        assert {post.source for post in found.values()} == {"Twee"}


@pytest.mark.parametrize("wait", ["none", "half", "all"])
def test_the_likeliest_are_the_first_of_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wait: str) -> None:
    posts = [a_post(str(number)) for number in range(60)]
    hashes = {post.id: HASHES[number % 7 : number % 7 + number % 5] for number, post in enumerate(posts)}
    with opened(tmp_path) as store:
        keep(store, *posts[:30], fingerprints={post.id: hashes[post.id] for post in posts[:30]})
        if wait != "all":
            monkeypatch.setattr(twin_index, "WAIT_ON", 0)
            twin_index.end_waiting(store)
        monkeypatch.setattr(twin_index, "WAITING", 0 if wait == "none" else 2000)
        keep(
            store,
            *posts[30:],
            fingerprints={post.id: hashes[post.id] for post in posts[30:]},
            addresses={post.id: ["een.example/a"] for post in posts[::9]},
        )
        for addresses in ([], ["een.example/a"]):
            for at_least in (1, 2):
                every = twins.likely_twins(store, HASHES[:8], addresses, at_least)
                assert len(every) > 10
                for at_most in (1, 5, 30):
                    twins.likely_twins(store, HASHES[:8], [], 1, at_most)  # which is remembered
                    assert twins.likely_twins(store, HASHES[:8], addresses, at_least, at_most) == every[:at_most]


def test_posts_of_the_same_source_are_told_by_their_ids_as_by_looking_at_each(tmp_path: Path) -> None:
    own = [a_post(str(number), "Een") for number in range(12)]
    others = [a_post(str(number), "Twee") for number in range(12)]
    with opened(tmp_path) as store:
        for posts in (own, others):
            keep(store, *posts, fingerprints={post.id: HASHES[: number + 1] for number, post in enumerate(posts)})
        ids = {twin_index.reference_of(one): one for one in hashes_by_id(store, "Een")}
        found = own_candidates(store, HASHES, "Een", ids)
        assert found == own_candidates(store, HASHES, "Een") == [post.id for post in reversed(own)]
