"""The ledger: a post in at most one issue, an issue in one state at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from aggregator.model import Image, Issue, IssueItem, StoredPost
from aggregator.store import Store, StoreError, eligibility, issues
from tests.store.build import NOW, a_post, ids, keep, opened

DAY = timedelta(days=1)
SEPTEMBER, OCTOBER, NOVEMBER = (datetime(2026, month, 1, tzinfo=UTC) for month in (9, 10, 11))


def item(stored: StoredPost, **more: object) -> IssueItem:
    plain = IssueItem(
        post_id=stored.id,
        title=stored.post.title,
        link=stored.post.link,
        source=stored.post.source,
        authors=("Jan de Vries", "Fatma"),
        date=stored.date,
        excerpt="Een zin.",
        language="nl",
        reading_minutes=2,
        image=Image("https://een.example/x.png", "Een brug"),
        copies=("https://twee.example/a",),
    )
    return replace(plain, **more)  # type: ignore[arg-type]


def an_issue(*posts: StoredPost, name: str = "2026-10", left_out: tuple[StoredPost, ...] = (), **more: object) -> Issue:
    issue = Issue(
        name=name,
        state="draft",
        start=OCTOBER,
        end=NOVEMBER,
        items=tuple(item(post) for post in posts),
        left_out=tuple(item(post, left_out="Its source has four posts in it already.") for post in left_out),
        subject="Blogoverzicht oktober",
        number=1,
        hash="0" * 64,
        html="<p>é</p>",
        text="é",
    )
    return replace(issue, **more)  # type: ignore[arg-type]


def eligible(store: Store, **more: object) -> list[str]:
    return ids(eligibility.eligible_entries(store, NOVEMBER, NOVEMBER, **more))  # type: ignore[arg-type]


def test_an_issue_comes_back_to_the_letter(tmp_path: Path) -> None:
    one, other = a_post("a"), a_post("b")
    with opened(tmp_path) as store:
        keep(store, one, other)
        built = issues.save_built(store, an_issue(one, left_out=(other,)), NOW)
        assert built == an_issue(one, left_out=(other,), state="built")
        assert issues.load(store, "2026-10") == built
        assert issues.list_issues(store) == (replace(built, left_out=()),)
        assert issues.load(store, "2026-09") is None
        told = {one.id: ("2026-10", ""), other.id: ("2026-10", "Its source has four posts in it already.")}
        assert issues.placed(store, [one.id, other.id, "f" * 32]) == told


def test_what_no_issue_has_room_for_is_kept_once(tmp_path: Path) -> None:
    """A busy publication leaves out most posts, and those of all months before again."""
    one, other, third = a_post("a"), a_post("b"), a_post("c")
    vetoed = item(third, left_out="The editor left it out, for good.", for_good=True)
    with opened(tmp_path) as store:
        keep(store, one, other, third)
        first = an_issue(one, left_out=(other,))
        issues.save_built(store, replace(first, left_out=(*first.left_out, vetoed)), NOW)
        issues.save_built(store, an_issue(name="2026-11", left_out=(other,)), NOW)
        told = [
            (row["issue"], row["post"]) for row in store.rows("SELECT issue, post FROM issue_left_out ORDER BY issue")
        ]
        assert told == [("2026-10", third.id), ("2026-11", other.id)]
        assert issues.placed(store, [other.id])[other.id][0] == "2026-11"
        assert [one.left_out for one in map(issues.load, [store] * 2, ["2026-10", "2026-11"]) if one] == [
            (), an_issue(left_out=(other,)).left_out,
        ]  # fmt: skip


def test_an_issue_that_was_frozen_whole_is_read(tmp_path: Path) -> None:
    one, other = a_post("a"), a_post("b")
    with opened(tmp_path) as store:
        keep(store, one, other)
        built = issues.save_built(store, an_issue(one, left_out=(other,)), NOW)
        with store.transaction():
            whole = "substr(frozen, 1, LENGTH(frozen) - 1) || ',\"left_out\":' || left_out || '}'"
            store.write(f"UPDATE issue SET frozen = {whole}, left_out = NULL")
        assert issues.load(store, "2026-10") == built


def test_what_was_in_an_issue_is_not_eligible_for_another(tmp_path: Path) -> None:
    posts = [a_post(key, date=NOW - days * DAY) for days, key in enumerate("abc")]
    with opened(tmp_path) as store:
        keep(store, *posts)
        assert eligible(store) == ["a", "b", "c"]
        issues.save_built(store, an_issue(posts[0], posts[1]), NOW)
        assert eligible(store) == ["c"]
        assert eligible(store, rebuilding="2026-10") == ["a", "b", "c"]
        issues.save_built(store, an_issue(posts[2]), NOW)
        assert eligible(store) == ["a", "b"]
        issues.drop(store, "2026-10", NOW)
        assert eligible(store) == ["a", "b", "c"]


def test_a_post_that_waits_goes_on_waiting_when_its_source_is_given_another_name(tmp_path: Path) -> None:
    waiting, again, past = (
        a_post(key, source, date=SEPTEMBER, first_seen=first_seen, link=f"https://een.example/{key}")
        for key, source, first_seen in (
            ("wacht", "Oud", SEPTEMBER), ("wacht", "Nieuw", OCTOBER + 20 * DAY), ("archief", "Nieuw", OCTOBER + 20 * DAY),
        )
    )  # fmt: skip
    with opened(tmp_path) as store:
        keep(store, waiting)
        keep(store, again, past, relations={waiting.id: (again.id, "why")})
        assert eligible(store) == ["wacht"]
        assert (eligibility.is_past(store, again.id), eligibility.is_past(store, past.id)) == (False, True)
        assert eligibility.past_counts(store, NOVEMBER, NOVEMBER, "2026-10") == (("Nieuw", 1),)
        issues.save_built(store, an_issue(name="2026-09", end=OCTOBER), NOW)
        assert eligibility.newcomers(store, "2026-10", NOVEMBER) == ()


def test_held_posts_and_those_of_the_next_month_are_not_eligible(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        keep(store, a_post("a"), a_post("vast", held="A rule keeps it out."), a_post("later", date=NOVEMBER))
        assert eligible(store) == ["a"]


def test_since_leaves_out_the_archive_but_not_what_came_late(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        keep(store, a_post("archief", date=SEPTEMBER, first_seen=SEPTEMBER))
        keep(store, a_post("laat", date=SEPTEMBER, first_seen=OCTOBER + DAY))
        keep(store, a_post("gewoon", date=OCTOBER + DAY, first_seen=OCTOBER + DAY))
        assert eligible(store, since=OCTOBER) == ["gewoon", "laat"]


@pytest.mark.parametrize("copy_first", [True, False])
def test_a_cluster_is_in_one_issue_whichever_member_was_mailed(tmp_path: Path, copy_first: bool) -> None:
    mailed, other = a_post("a", "Een"), a_post("a", "Twee")
    original, copy = (other, mailed) if copy_first else (mailed, other)
    with opened(tmp_path) as store:
        keep(store, mailed)
        issues.save_built(store, an_issue(mailed), NOW)
        keep(store, other, relations={copy.id: (original.id, "why"), original.id: (None, "")})
        assert eligible(store) == []


def test_a_post_in_another_issue_is_refused_and_nothing_changes(tmp_path: Path) -> None:
    one, other = a_post("a"), a_post("b")
    with opened(tmp_path) as store:
        keep(store, one, other)
        first = issues.save_built(store, an_issue(one), NOW)
        with pytest.raises(StoreError, match="already is in issue 2026-10"):
            issues.save_built(store, an_issue(other, one, name="2026-11"), NOW)
        assert issues.list_issues(store) == (first,)
        assert eligible(store) == ["b"]


def send(store: Store, name: str, now: datetime) -> None:
    issues.mark_sending(store, name, now)


def stop(store: Store, name: str, now: datetime) -> None:
    issues.mark_stopped(store, name, now, "The server hung up.")


def build(store: Store, name: str, now: datetime) -> None:
    issues.save_built(store, an_issue(name=name), now)


Step = Callable[[Store, str, datetime], None]
STEPS: dict[str, Step] = {
    "build": build,
    "approve": issues.approve,
    "drop": issues.drop,
    "send": send,
    "stop": stop,
    "done": issues.mark_sent,
}
WAYS: dict[str, tuple[str, set[str]]] = {
    "": ("", {"build"}),
    "build": ("built", {"build", "approve", "drop"}),
    "build drop": ("dropped", {"build"}),
    "build approve": ("approved", {"send", "drop"}),
    "build approve send": ("sending", {"stop", "done"}),
    "build approve send stop": ("stopped", {"send"}),
    "build approve send done": ("sent", set()),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("step", STEPS)
def test_an_issue_goes_from_state_to_state_as_promised(tmp_path: Path, way: str, step: str) -> None:
    state, allowed = WAYS[way]
    with opened(tmp_path) as store:
        for earlier in way.split():
            STEPS[earlier](store, "2026-10", NOW)
        if step in allowed:
            STEPS[step](store, "2026-10", NOW)
            return
        with pytest.raises(StoreError, match=f"is {state};" if state else "There is no issue 2026-10"):
            STEPS[step](store, "2026-10", NOW)
        found = issues.load(store, "2026-10")
        assert (found.state if found else "") == state


def test_issues_are_numbered_without_those_that_were_dropped(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        assert issues.next_number(store, "2026-09") == 1
        issues.save_built(store, an_issue(name="2026-09", number=1), NOW)
        assert (issues.next_number(store, "2026-09"), issues.next_number(store, "2026-10")) == (1, 2)
        issues.drop(store, "2026-09", NOW)
        assert issues.next_number(store, "2026-10") == 1
