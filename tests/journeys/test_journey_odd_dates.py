"""Dates that no writer meant: posts dated ahead, and feeds of which all posts bear one date."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tests.fetch.faults import answer
from tests.journeys.conftest import Site
from tests.journeys.reading_out import entries_of
from tests.journeys.test_journey_health import run_at
from tests.journeys.test_journey_histories import NOW, a_feed, following, issue_of, items, titles

Make = Callable[..., Site]


def test_a_post_dated_ahead_waits_until_then_and_is_published_once(site: Make) -> None:
    posts = items(3)
    posts[0] = replace(posts[0], date=NOW + timedelta(days=40))
    with following(site, posts) as (_, blogs, _source):
        assert run_at(blogs, NOW) == (0, "")
        assert titles(blogs) == [posts[1].title, posts[2].title]
        for file in ("rss.xml", "feed.json", "index.html"):
            assert posts[0].title.encode() not in (blogs.out / file).read_bytes()
        shown = json.loads(blogs.published()["status.json"])["sources"][0]
        assert shown["newest"] == posts[1].date.isoformat()
        assert shown["posts_a_month"][-1] == 2, "the months do not go on to that of the date ahead"
        assert "still to come" in blogs.run("explain", posts[0].link, now=NOW.isoformat()).stdout
        assert posts[0].title not in issue_of(blogs, "2026-10", NOW)
        assert run_at(blogs, NOW + timedelta(days=39)) == (0, "")
        assert posts[0].title not in titles(blogs)
        assert run_at(blogs, NOW + timedelta(days=41)) == (0, "")
        assert titles(blogs) == [one.title for one in posts], "with nothing new at the source"
        after = blogs.published()["atom.xml"]
        assert run_at(blogs, NOW + timedelta(days=42)) == (0, "")
        assert blogs.published()["atom.xml"] == after
        assert posts[0].title in issue_of(blogs, "2026-12", NOW + timedelta(days=65))


def test_a_date_beyond_belief_is_none(site: Make) -> None:
    posts = items(2)
    posts[0] = replace(posts[0], date=datetime(2099, 1, 1, tzinfo=UTC))
    with following(site, posts) as (_, blogs, _source):
        assert run_at(blogs, NOW) == (0, "")
        assert titles(blogs) == [one.title for one in posts]
        assert "Its date could not be read" in blogs.run("explain", posts[0].link).stdout


def test_posts_that_all_bear_one_old_date_keep_their_order_and_are_no_news(site: Make) -> None:
    old = datetime(2012, 3, 4, tzinfo=UTC)
    posts = [replace(one, date=old) for one in items(8)]
    with following(site, posts) as (stage, blogs, _):
        assert run_at(blogs, NOW) == (0, "")
        entries = entries_of(blogs.out / "atom.xml")
        assert [entry.title for entry in entries] == [one.title for one in posts], "newest first, as the source lists"
        assert {entry.published for entry in entries} == {old}
        before = blogs.published()["atom.xml"]
        assert run_at(blogs, NOW + timedelta(days=1)) == (0, "")
        assert blogs.published()["atom.xml"] == before
        refused = blogs.run("digest", "build", "2026-10", now=(NOW + timedelta(days=1)).isoformat()).stderr
        assert "8 posts were old when their source was first read" in refused
        newer = replace(items(9)[8], date=old)
        stage.behaviour = answer(body=a_feed([newer, *posts]))
        assert run_at(blogs, NOW + timedelta(days=2)) == (0, "")
        assert sorted(titles(blogs)) == sorted(one.title for one in [newer, *posts])


def test_posts_that_all_bear_the_moment_of_the_reading_are_dated_by_when_they_were_first_seen(site: Make) -> None:
    posts = [replace(one, date=NOW) for one in items(5)]
    with following(site, posts) as (stage, blogs, _):
        assert run_at(blogs, NOW + timedelta(minutes=5)) == (0, "")
        assert titles(blogs) == [one.title for one in posts]
        before = blogs.published()["atom.xml"]
        for day in (1, 2):
            later = NOW + timedelta(days=day)
            stage.behaviour = answer(body=a_feed([replace(one, date=later) for one in posts]))
            assert run_at(blogs, later + timedelta(minutes=5)) == (0, "")
            assert blogs.published()["atom.xml"] == before
        assert json.loads(blogs.run("status", "--json").stdout)[0]["state"] == "ok"
