"""What one reading of a source leaves in the store, and what it leaves alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aggregator.model import (
    Enclosure,
    Image,
    Memory,
    Post,
    Problem,
    RawFeed,
    Reading,
    Resource,
    SourceState,
    StoredPost,
    Validators,
    Verdict,
)
from aggregator.store import Store
from aggregator.store.database import Contradiction
from aggregator.store.posts import COMPARED, find, with_ids
from aggregator.store.sources import memories, memory, record, record_all, schedules, states
from aggregator.store.trail import decisions_for, decisions_of_source, set_aside_for
from tests.samples import examples
from tests.store.build import NOW, a_kept, a_post, keep, known, opened

TEXT = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=20)
LINES = st.lists(TEXT, max_size=3).map(tuple)
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
DATES = st.datetimes(min_value=datetime(1971, 1, 2), max_value=datetime(2999, 1, 1), timezones=ZONES)  # noqa: DTZ001
POSTS = st.builds(
    Post,
    source=st.just("Een"),
    key=TEXT,
    link=TEXT,
    title=TEXT,
    authors=LINES,
    published=st.none() | DATES,
    updated=st.none() | DATES,
    content=TEXT,
    text=TEXT,
    excerpt=TEXT,
    whole=st.booleans(),
    tags=LINES,
    image=st.none() | st.builds(Image, TEXT, TEXT),
    enclosures=st.lists(st.builds(Enclosure, TEXT, TEXT, st.none() | st.integers(0)), max_size=2).map(tuple),
    canonical=st.none() | TEXT,
    via=LINES,
    credits=LINES,
    reading_minutes=st.integers(0, 1000),
    position=st.integers(0, 1000),
    raw_id=st.none() | TEXT,
    remarks=LINES,
)
TELLING = ("source", "key", "link", "title", "published", "text", "canonical", "via", "credits")
"""By what of a post copies are told."""
STORED = st.builds(
    StoredPost,
    id=st.just("0" * 32),
    post=POSTS,
    first_seen=DATES,
    date=DATES,
    dated_by=st.sampled_from(["published", "updated", "page", "first-seen"]),
    raw_hash=TEXT,
    content_hash=TEXT,
    revised=st.none() | DATES,
    held=st.none() | TEXT,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(60), deadline=None)
@given(stored=STORED)
def test_a_post_comes_back_as_it_was_kept(tmp_path: Path, stored: StoredPost) -> None:
    with opened(tmp_path) as store:
        with store.transaction():
            store.write("DELETE FROM post")
        keep(store, stored)
        assert with_ids(store, [stored.id]) == {stored.id: stored}
        found = with_ids(store, [stored.id])[stored.id]
        assert found.date.utcoffset() == stored.date.utcoffset()
        compared = with_ids(store, [stored.id], COMPARED)[stored.id]
        telling = {name: getattr(stored.post, name) for name in TELLING}
        of_it = ("id", "first_seen", "date", "dated_by", "held", "copy_of")
        assert compared.post == Post(**telling)
        assert [getattr(compared, name) for name in of_it] == [getattr(stored, name) for name in of_it]


def test_half_surrogates_cost_no_post(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        keep(store, a_post("a"), a_post("b", title="half \ud83d emoji"), a_post("c"), set_aside={"\udc00": "\udc01"})
        assert [one.title for one in known(store, "Een") if "half" in one.title] == ["half ? emoji"]
        assert len(known(store, "Een")) == 3


def test_what_is_remembered_of_a_source(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        assert memory(store, "Een") == Memory()
        resource = Resource("https://een.example/feed", Validators('"1"', "Mon"), "hash")
        reading = Reading(
            RawFeed(), resources=(resource,), resolved_url="https://een.example/feed", resolved_kind="feed"
        )
        keep(store, a_post("a"), reading=reading, set_aside={"https://een.example/over": "It holds no post."})
        keep(store, a_post("a", "Twee"))
        assert memory(store, "Een") == Memory(
            resources={resource.url: replace(resource, stored_at=NOW)},
            resolved_url="https://een.example/feed",
            resolved_kind="feed",
            set_aside={"https://een.example/over": "It holds no post."},
            post_count=1,
        )
        assert memories(store) == {name: memory(store, name) for name in ("Een", "Twee")}


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        pytest.param(
            Resource("u", Validators('"2"', None), "h2"),
            Resource("u", Validators('"2"', None), "h2", NOW + timedelta(hours=1)),
            id="a new body takes the place of the old one with both validators",
        ),
        pytest.param(
            Resource("u", Validators(None, "Tue")),
            Resource("u", Validators(None, "Tue"), "h1", NOW),
            id="not sent again: the body stays, both validators are replaced",
        ),
        pytest.param(
            Resource("u", Validators(), "h2"),
            Resource("u", Validators(), "h2", NOW + timedelta(hours=1)),
            id="a body without validators forgets those of the body before",
        ),
    ],
)
def test_validators_are_kept_together(tmp_path: Path, later: Resource, expected: Resource) -> None:
    first = Resource("u", Validators('"1"', "Mon"), "h1")
    with opened(tmp_path) as store:
        keep(store, reading=Reading(RawFeed(), resources=(first,)))
        keep(store, reading=Reading(resources=(later,)), now=NOW + timedelta(hours=1))
        assert memory(store, "Een").resources == {"u": expected}


def test_a_source_says_how_it_fares_and_since_when(tmp_path: Path) -> None:
    hour = timedelta(hours=1)
    down = Reading(problem=Problem("unreachable", "No answer."))
    with opened(tmp_path) as store:
        keep(store, a_post("a", date=NOW - hour), a_post("b", date=NOW - 2 * hour))
        for hours in (1, 2):
            state = SourceState(
                "Een", title="Een", state="unreachable", sentence="No answer.", next_check=NOW + 5 * hour
            )
            record(store, replace(a_kept(source="Een", reading=down), state=state), NOW + hours * hour)
        (found,) = states(store)
        assert (found.state, found.since, found.sentence) == ("unreachable", NOW + hour, "No answer.")
        assert (found.post_count, found.newest, found.link) == (2, NOW - hour, "https://een.example/")
        schedule = schedules(store)["Een"]
        assert (schedule.failures, schedule.last_checked, schedule.next_check) == (2, NOW + 2 * hour, NOW + 5 * hour)
        keep(store, now=NOW + 3 * hour, response_seconds=0.25)
        assert (states(store)[0].state, states(store)[0].since) == ("ok", NOW + 3 * hour)
        assert (schedules(store)["Een"].failures, schedules(store)["Een"].response_seconds) == (0, 0.25)


def test_an_edit_changes_the_post_and_neither_its_first_sight_nor_its_revision_when_it_is_only_read_again(
    tmp_path: Path,
) -> None:
    hour = timedelta(hours=1)
    first = a_post("a")
    edited = replace(a_post("a", title="Beter", content_hash="c2"), first_seen=NOW + hour, revised=NOW + hour)
    with opened(tmp_path) as store:
        keep(store, first)
        keep(store, edited, now=NOW + hour)
        keep(store, replace(edited, revised=None, raw_hash="r2"), now=NOW + 2 * hour)
        stored = with_ids(store, [first.id])[first.id]
        assert (stored.post.title, stored.first_seen, stored.revised) == ("Beter", NOW, NOW + hour)


FAR = datetime(2206, 10, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("published_as", "first", "then", "expected"),
    [
        pytest.param(None, (FAR, "published"), (NOW, "published"), NOW, id="a mistake is put right before publication"),
        pytest.param("urn:1", (NOW, "published"), (FAR, "published"), NOW, id="frozen once published"),
        pytest.param(None, (NOW, "first-seen"), (FAR, "first-seen"), NOW, id="first sight stays first sight"),
        pytest.param(None, (NOW, "first-seen"), (FAR, "page"), FAR, id="a date found later counts before publication"),
    ],
)
def test_the_date_of_a_post_is_frozen_when_it_is_published(
    tmp_path: Path,
    published_as: str | None,
    first: tuple[datetime, str],
    then: tuple[datetime, str],
    expected: datetime,
) -> None:
    with opened(tmp_path) as store:
        keep(store, a_post("a", date=first[0], dated_by=first[1], entry_id=published_as))
        keep(store, a_post("a", date=then[0], dated_by=then[1]))
        stored = find(store, a_post("a").id)
        assert stored is not None
        assert (stored.date, stored.entry_id) == (expected, published_as)


def test_a_rekeyed_post_is_known_by_both_keys(tmp_path: Path) -> None:
    first = a_post("oud")
    with opened(tmp_path) as store:
        keep(store, first)
        keep(store, replace(first, post=replace(first.post, key="nieuw")), aliases={"oud": first.id})
        (one,) = known(store, "Een")
        assert (one.id, one.key, set(one.keys)) == (first.id, "nieuw", {"oud", "nieuw"})


def test_two_posts_under_one_key_are_refused_whole(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        keep(store, a_post("a"))
        with pytest.raises(Contradiction):
            keep(store, a_post("b"), replace(a_post("a"), id="f" * 32), now=NOW + timedelta(hours=1))
        assert [one.key for one in known(store, "Een")] == ["a"]
        assert states(store)[0].last_checked == NOW


def test_keeping_the_same_again_changes_nothing(tmp_path: Path) -> None:
    one = a_post("a")
    whole: dict[str, Any] = {
        "fingerprints": {one.id: [3, 1, 2]},
        "addresses": {one.id: ["een.example/a"]},
        "verdicts": [(one.id, Verdict("new", "It was not seen before."))],
        "set_aside": {"https://een.example/x": "It holds no post."},
    }
    tables = (
        "source",
        "resource",
        "set_aside",
        "post",
        "post_alias",
        "post_address",
        "fingerprint",
        "sketch",
        "decision",
    )
    with opened(tmp_path) as store:
        contents: list[dict[str, list[list[object]]]] = []
        for _ in range(2):
            keep(store, one, **whole)
            found = {name: (store.columns(name), store.rows(f"SELECT * FROM {name} ORDER BY 1, 2")) for name in tables}
            contents.append(
                {name: [[row[column] for column in columns] for row in rows] for name, (columns, rows) in found.items()}
            )
        assert contents[0] == contents[1]


def test_every_decision_can_be_asked_for(tmp_path: Path) -> None:
    one = a_post("a")
    with opened(tmp_path) as store:
        keep(store, one, verdicts=[(one.id, Verdict("new", "It was not seen before."))])
        later = NOW + timedelta(hours=1)
        keep(store, one, verdicts=[(one.id, Verdict("edited", "Its title changed."))], now=later)
        keep(store, set_aside={"https://een.example/x": "It holds no post."})
        told = [(decision.at, decision.kind, decision.reason) for decision in decisions_for(store, one.id)]
        assert told == [(NOW, "new", "It was not seen before."), (later, "edited", "Its title changed.")]
        assert decisions_of_source(store, "Een", 1) == decisions_for(store, one.id)[1:]
        assert set_aside_for(store, "https://een.example/x") == (("Een", "It holds no post.", NOW),)


def test_many_readings_in_one_transaction_are_kept_whole_or_not_at_all(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        record_all(store, [a_kept(a_post("a", name), source=name) for name in ("Een", "Twee")], NOW)
        assert [state.name for state in states(store)] == ["Een", "Twee"]
        clash = [a_kept(a_post("a", "Drie"), source="Drie"), a_kept(replace(a_post("a"), id="f" * 32))]
        with pytest.raises(Contradiction):
            record_all(store, clash, NOW)
        assert [state.name for state in states(store)] == ["Een", "Twee"]


def marks(store: Store) -> set[tuple[str, str]]:
    """What is marked to be published; all marks are taken away."""
    found = {(row["minute"], row["source"]) for row in store.rows("SELECT minute, source FROM unpublished")}
    with store.transaction():
        store.write("DELETE FROM unpublished")
    return found


def test_what_is_new_or_edited_is_marked_to_be_published_with_what_hangs_on_it(tmp_path: Path) -> None:
    days = [datetime(2026, 10, day, 23, 30, tzinfo=timezone(timedelta(hours=-2))) for day in (1, 2, 3, 4)]
    one, other, third = (a_post(key, date=day) for key, day in zip("abc", days, strict=False))
    copy = a_post("a", "Twee", date=days[3])
    minutes = [f"2026-10-0{day}T01:30" for day in (2, 3, 4, 5)]
    with opened(tmp_path) as store:
        keep(store, one, other)
        assert marks(store) == {(minutes[0], "Een"), (minutes[1], "Een")}
        keep(store, copy)
        assert marks(store) == {(minutes[3], "Twee")}
        keep(store, copy, relations={copy.id: (one.id, "It is a copy.")})
        assert marks(store) == {(minutes[0], "Een"), (minutes[3], "Twee")}
        keep(store, replace(one, post=replace(one.post, title="Anders")), third)
        assert marks(store) == {(minutes[0], "Een"), (minutes[2], "Een"), (minutes[3], "Twee")}
