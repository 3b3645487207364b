"""Sources whose ids, addresses, domain and theme change under the reader: what subscribers and operators see of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.fetch.faults import answer
from tests.journeys.reading_out import entries_of
from tests.journeys.test_journey_health import run_at
from tests.journeys.test_journey_histories import NOW, Item, Make, a_feed, following, ids, issue_of, items, titles

Change = Callable[[Sequence[Item], int], list[Item]]


def moved_altogether(posts: Sequence[Item], time: int) -> list[Item]:
    """New ids, new addresses on a new domain, a theme that adds a line, and dates an hour off."""
    return [
        replace(
            one, id=f"nieuw-{one.number}", link=f"https://nieuw.example/artikel/{one.number}.html",
            text=f"{one.text} Geplaatst in Nieuws", date=one.date + timedelta(hours=1),
        )
        for one in posts
    ]  # fmt: skip


def swapped(posts: Sequence[Item], time: int) -> list[Item]:
    one, other, *rest = posts
    return [replace(one, id=other.id), replace(other, id=one.id), *rest]


HISTORIES: dict[str, Change] = {
    "ids, addresses, domain and theme at once": moved_altogether,
    "two posts that swap their ids": swapped,
    "ids made anew at every reading": lambda posts, time: [replace(one, id=f"s{time}-{one.number}") for one in posts],
    "ids and addresses made anew at every reading": lambda posts, time: [
        replace(one, id=f"s{time}-{one.number}", link=f"https://oud.example/{one.number}?sessie={time}")
        for one in posts
    ],
}


@pytest.mark.parametrize("history", HISTORIES)
def test_no_post_is_shown_again_and_none_is_in_two_issues(site: Make, history: str) -> None:
    old = items(8, timedelta(days=3))
    with following(site, old) as (stage, blogs, _):
        assert run_at(blogs, NOW) == (0, "")
        before, issued = ids(blogs), issue_of(blogs, "2026-10", NOW)
        told = ""
        for time in range(1, 5):
            stage.behaviour = answer(body=a_feed(HISTORIES[history](old, time)))
            code, said = run_at(blogs, NOW + timedelta(days=time))
            assert code == 0
            told += said
        assert ids(blogs) == before
        assert titles(blogs) == [one.title for one in old]
        assert issue_of(blogs, "2026-10", NOW + timedelta(days=5)) == issued
        assert told.count("cannot be trusted") == (1 if "every reading" in history else 0)
        if told:
            assert "cannot be trusted" in blogs.run("explain", "Blog").stdout


def test_an_id_that_every_new_post_is_given_hides_none_of_them(site: Make) -> None:
    posts = [replace(one, id="post") for one in items(5)]
    with following(site, posts[4:]) as (stage, blogs, _):
        for time in range(4, 0, -1):
            stage.behaviour = answer(body=a_feed(posts[time : time + 1]))
            assert run_at(blogs, NOW + timedelta(days=6 - time))[0] == 0
        assert titles(blogs) == [one.title for one in posts[1:]], "though the feed never held two of them"
        stage.behaviour = answer(body=a_feed(posts))
        code, told = run_at(blogs, NOW + timedelta(days=8))
        assert (code, titles(blogs)) == (0, [one.title for one in posts])
        assert "Blog: Its ids cannot be trusted (5 of its 5 posts share an id)" in told
        links = {entry.link for entry in entries_of(blogs.out / "atom.xml")}
        assert links == {one.link for one in posts}
