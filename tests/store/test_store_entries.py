"""Which posts are shown, in which order, under which id, and with which copies."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from pathlib import Path
from random import Random

import pytest

from aggregator.model import StoredPost
from aggregator.store import Store
from aggregator.store.archive import count_between, dates_between
from aggregator.store.entry_ids import freeze_entry_ids
from aggregator.store.posts import (
    brief_between,
    cluster,
    copy_reason,
    count_shown,
    find,
    newest_entries,
    whole_between,
    with_content,
    with_ids,
)
from aggregator.store.sqlite import SqliteStore
from tests.store.build import NOW, ON_SQLITE, a_post, ids, keep, opened

DAY = timedelta(days=1)


def test_newest_first_and_the_same_whatever_order_they_came_in(tmp_path: Path) -> None:
    posts = [
        a_post("nieuw", "Twee", date=NOW - DAY),
        a_post("a", "Een", date=NOW - 2 * DAY, position=1),
        a_post("b", "Een", date=NOW - 2 * DAY, position=0),
        a_post("c", "Twee", date=NOW - 2 * DAY),
        a_post("oud", "Een", date=NOW - 9 * DAY),
    ]
    for seed in range(5):
        Random(seed).shuffle(posts)
        with opened(tmp_path / str(seed)) as store:
            for post in posts:
                keep(store, post)
            assert ids(newest_entries(store, 10, NOW)) == ["nieuw", "b", "a", "c", "oud"]
            assert ids(newest_entries(store, 2, NOW)) == ["nieuw", "b"]
            brief = brief_between(store, NOW - 2 * DAY, NOW - DAY, NOW)
            assert ids(brief) == ["b", "a", "c"]
            assert [entry.stored.post.text for entry in brief] == ["", "", ""]
            whole = newest_entries(store, 4, NOW)[1:]
            assert with_content(store, brief) == whole
            assert whole_between(store, NOW - 2 * DAY, NOW - DAY, NOW, 2) == whole[:2]


@ON_SQLITE
def test_an_old_minute_costs_the_same_however_much_is_newer(tmp_path: Path) -> None:
    old, taken = NOW - 90 * DAY, []
    for count in (100, 1_000):
        with opened(tmp_path / str(count)) as store:
            keep(store, a_post("oud", date=old), *[a_post(f"p{n}", date=NOW - n * DAY / 20) for n in range(count)])
            assert isinstance(store, SqliteStore)
            steps: list[None] = []
            store.connection.set_progress_handler(lambda: steps.append(None), 1)  # noqa: B023 - called in this turn only
            assert ids(brief_between(store, old, old + timedelta(minutes=1), NOW)) == ["oud"]
            assert dates_between(store, (old, old + timedelta(minutes=1)), NOW) == [old]
            assert count_between(store, (old, old + timedelta(minutes=1)), old - DAY) == 0
            store.connection.set_progress_handler(None, 1)
            taken.append(len(steps))
    assert taken[0] == taken[1]


def test_held_posts_copies_and_dates_to_come_wait(tmp_path: Path) -> None:
    soon, held, copy, shown = (
        a_post("straks", date=NOW + DAY),
        a_post("vast", held="A rule keeps it out."),
        a_post("kopie", "Twee"),
        a_post("origineel"),
    )
    with opened(tmp_path) as store:
        keep(store, soon, held, shown)
        keep(store, copy, relations={copy.id: (shown.id, "It is a copy.")})
        (entry,) = newest_entries(store, 10, NOW)
        assert (entry.stored.post.key, ids(entry.copies)) == ("origineel", ["kopie"])
        assert (entry.source_title, entry.source_link) == ("Een", "https://een.example/")
        assert count_shown(store, NOW) == 1
        assert ids(newest_entries(store, 10, NOW + DAY)) == ["straks", "origineel"]
        assert copy_reason(store, copy.id) == "It is a copy."
        assert ids(cluster(store, copy.id)) == ["origineel", "kopie"]


def test_a_post_is_found_by_whatever_a_person_has_of_it(tmp_path: Path) -> None:
    one = a_post("a")
    with opened(tmp_path) as store:
        keep(store, one, addresses={one.id: ["een.example/a"]})
        freeze_entry_ids(store, {one.id: "urn:uuid:1"})
        for address in (one.id, one.post.link, "urn:uuid:1", "een.example/a"):
            found = find(store, address)
            assert found is not None
            assert found.id == one.id
        assert find(store, "https://een.example/niets") is None


def entry_ids(store: Store, *posts: StoredPost) -> list[str | None]:
    found = with_ids(store, [post.id for post in posts])
    return [found[post.id].entry_id for post in posts]


def test_an_entry_id_is_frozen_at_first_publication(tmp_path: Path) -> None:
    one = a_post("a")
    with opened(tmp_path) as store:
        keep(store, one)
        freeze_entry_ids(store, {one.id: "urn:1"})
        freeze_entry_ids(store, {one.id: "urn:2"})
        keep(store, a_post("a", title="Nieuw"))
        assert entry_ids(store, one) == ["urn:1"]


def test_a_new_original_takes_over_the_id_that_readers_know(tmp_path: Path) -> None:
    first, better, third = a_post("a", "Een"), a_post("a", "Twee"), a_post("a", "Drie")
    with opened(tmp_path) as store:
        keep(store, first)
        freeze_entry_ids(store, {first.id: "urn:1"})
        keep(store, better, relations={first.id: (better.id, "why"), better.id: (None, "")})
        assert entry_ids(store, first, better) == [None, "urn:1"]
        assert [entry.id for entry in newest_entries(store, 10, NOW)] == ["urn:1"]
        relations = {first.id: (third.id, "why"), better.id: (third.id, "why"), third.id: (None, "")}
        keep(store, third, relations=relations)
        assert entry_ids(store, first, better, third) == [None, None, "urn:1"]


@pytest.mark.parametrize("last", ["Een", "Twee"])
def test_the_id_handed_over_is_the_one_that_is_shown_until_then(tmp_path: Path, last: str) -> None:
    """Of two published posts one became a copy of the other; then an original of both turns up."""
    shown = a_post("a", last)
    retired, original = a_post("a", "Twee" if last == "Een" else "Een"), a_post("a", "Drie")
    with opened(tmp_path) as store:
        keep(store, shown)
        keep(store, retired)
        freeze_entry_ids(store, {shown.id: "urn:shown", retired.id: "urn:retired"})
        keep(store, retired, relations={retired.id: (shown.id, "why")})
        keep(store, original, relations={shown.id: (original.id, "why")})
        assert entry_ids(store, original, shown, retired) == ["urn:shown", None, "urn:retired"]


def test_two_published_posts_found_to_be_one_keep_their_ids(tmp_path: Path) -> None:
    one, other = a_post("a", "Een"), a_post("a", "Twee")
    with opened(tmp_path) as store:
        keep(store, one)
        keep(store, other)
        freeze_entry_ids(store, {one.id: "urn:1", other.id: "urn:2"})
        keep(store, other, relations={other.id: (one.id, "why"), one.id: (None, "")})
        assert [entry.id for entry in newest_entries(store, 10, NOW)] == ["urn:1"]
        keep(store, other, relations={other.id: (None, "no copy after all")})
        assert entry_ids(store, one, other) == ["urn:1", "urn:2"]


def test_a_copy_that_stands_alone_again_gets_an_id_that_is_free(tmp_path: Path) -> None:
    one, other = a_post("a", "Een"), a_post("a", "Twee")
    with opened(tmp_path) as store:
        keep(store, one)
        freeze_entry_ids(store, {one.id: "urn:1"})
        keep(store, other, relations={one.id: (other.id, "why"), other.id: (None, "")})
        keep(store, one, relations={one.id: (None, "no copy after all")})
        freeze_entry_ids(store, {one.id: "urn:1"})
        alone, original = entry_ids(store, one, other)
        assert original == "urn:1"
        assert alone is not None
        assert alone.startswith("urn:uuid:")


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_every_copy_names_the_original_itself_however_it_was_found_out(tmp_path: Path, order: tuple[int, ...]) -> None:
    a, b, c, d = (a_post("a", source) for source in ("Een", "Twee", "Drie", "Vier"))
    found = [{a.id: (b.id, "")}, {b.id: (c.id, "")}, {d.id: (a.id, "")}]
    with opened(tmp_path) as store:
        for post in (a, b, c, d):
            keep(store, post)
        for place in order:
            keep(store, a, relations=found[place])
        assert {post.copy_of for post in with_ids(store, [a.id, b.id, d.id]).values()} == {c.id}
        assert ids(newest_entries(store, 10, NOW)) == ["a"]


@pytest.mark.parametrize(
    "relations",
    [
        pytest.param({"a": ("weg", "")}, id="an original that is not there"),
        pytest.param({"a": ("a", "")}, id="itself"),
        pytest.param({"a": ("b", ""), "b": ("a", "")}, id="each other"),
    ],
)
def test_no_post_is_hidden_behind_nothing(tmp_path: Path, relations: dict[str, tuple[str, str]]) -> None:
    posts = {key: a_post(key) for key in ("a", "b")}
    names = {key: post.id for key, post in posts.items()}
    with opened(tmp_path) as store:
        keep(store, *posts.values())
        related = {names[key]: (names.get(of, of), why) for key, (of, why) in relations.items()}
        keep(store, posts["a"], relations=related)
        shown = newest_entries(store, 10, NOW)
        assert sorted(ids(shown) + [key for entry in shown for key in ids(entry.copies)]) == ["a", "b"]
