"""What sources do to their past, replayed run by run: what subscribers see of it, and what the newsletter takes."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random

from tests.fetch.faults import answer, serving
from tests.journeys.conftest import Site
from tests.journeys.reading_out import entries_of
from tests.journeys.test_journey_health import HEAD, Stage, run_at

Make = Callable[..., Site]
NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
MENDED = int(os.environ.get("AGGREGATOR_MENDED", "8"))
WORDS = "klant winkel loket vraag antwoord wachten bellen rij brood fiets brug straat morgen avond kopje thee".split()


@dataclass(frozen=True)
class Item:
    number: int
    date: datetime
    id: str
    link: str
    text: str

    @property
    def title(self) -> str:
        return f"Bericht {self.number}"


def items(count: int, every: timedelta = timedelta(days=7), host: str = "oud.example") -> list[Item]:
    """Posts with words of their own, newest first, each at its own minute."""
    found = []
    for number in range(count):
        chance = Random(number)
        text = " ".join(f"{chance.choice(WORDS)}{chance.randrange(50)}" for _ in range(150))
        date = NOW - timedelta(days=1) - number * every + timedelta(minutes=number % 50)
        found.append(Item(number, date, f"{host}-{number}", f"https://{host}/{number}", text))
    return found


def a_feed(posts: Sequence[Item]) -> bytes:
    body = "".join(
        f"<item><guid isPermaLink='false'>{one.id}</guid><title>{one.title}</title><link>{one.link}</link>"
        f"<pubDate>{one.date:%a, %d %b %Y %H:%M:%S} +0000</pubDate><description>{one.text}</description></item>"
        for one in posts
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Blog</title>{body}</channel></rss>'.encode()


@contextmanager
def following(site: Make, posts: Sequence[Item], more: str = "") -> Iterator[tuple[Stage, Site, str]]:
    """A site that follows one blog, whose feed the test changes; and the blog's address."""
    stage = Stage(answer(body=a_feed(posts)))
    with serving(stage) as server:
        source = f"  - {{name: Blog, url: '{server.url}feed.xml', kind: feed{more}}}\n"
        yield stage, site(HEAD + source + "digest: {max_posts: 100, max_per_source: 100, min_posts: 0}\n"), source


def ids(blogs: Site) -> list[str]:
    return [entry.id for entry in entries_of(blogs.out / "atom.xml")]


def titles(blogs: Site) -> list[str]:
    return [entry.title for entry in entries_of(blogs.out / "atom.xml")]


def issue_of(blogs: Site, month: str, at: datetime) -> list[str]:
    """The titles in the newsletter of a month, built at an instant."""
    result = blogs.run("digest", "build", month, now=at.isoformat())
    assert result.returncode == 0, result.stderr
    shown = json.loads(blogs.run("digest", "show", month, "--json").stdout)
    return [item["title"] for item in shown["items"]]


def test_a_blog_that_moves_to_another_platform_shows_no_post_again(site: Make) -> None:
    old = items(15)
    with following(site, old) as (stage, blogs, _):
        assert run_at(blogs, NOW) == (0, "")
        before = ids(blogs)
        moved = [replace(one, id=f"nieuw-{one.number}", link=f"https://nieuw.example/p/{one.number}") for one in old]
        moved[3] = replace(moved[3], text=moved[3].text + " en een regel van het nieuwe thema")
        stage.behaviour = answer(body=a_feed(moved))
        assert run_at(blogs, NOW + timedelta(days=1)) == (0, "")
        assert ids(blogs) == before
        assert {entry.link for entry in entries_of(blogs.out / "atom.xml")} == {one.link for one in moved}
        told = blogs.run("explain", moved[0].link).stdout
        assert "rekeyed: The source gave it another id" in told
        assert len(issue_of(blogs, "2026-10", NOW + timedelta(days=1))) == 4


def test_an_archive_that_is_dated_anew_moves_nothing(site: Make) -> None:
    old = items(30)
    with following(site, old, ", max_new: 30") as (stage, blogs, _):
        assert run_at(blogs, NOW) == (0, "")
        before = blogs.published()["atom.xml"]
        later = NOW + timedelta(days=3)
        stage.behaviour = answer(body=a_feed([replace(one, date=later - timedelta(minutes=one.number)) for one in old]))
        assert run_at(blogs, later) == (0, "")
        assert blogs.published()["atom.xml"] == before
        anew = [replace(one, id=f"x{one.number}", date=later - timedelta(minutes=one.number)) for one in old]
        stage.behaviour = answer(body=a_feed(anew))
        assert run_at(blogs, later + timedelta(days=1)) == (0, "")
        assert blogs.published()["atom.xml"] == before


def test_an_archive_that_nobody_can_recognise_does_not_flood_the_feed(site: Make) -> None:
    with following(site, items(30)) as (stage, blogs, _):
        run_at(blogs, NOW)
        later = NOW + timedelta(days=3)
        strange = [
            replace(
                one, id=f"x{one.number}", link=f"https://nieuw.example/{one.number}", date=later, text=one.text[::-1]
            )
            for one in items(60)
        ]
        strange = [replace(one, date=later - timedelta(minutes=1 + one.number)) for one in strange]
        stage.behaviour = answer(body=a_feed(strange))
        _, told = run_at(blogs, later)
        assert "Blog: 40 new posts are held back, more than it may bring at once; `max_new: 60`" in told
        assert len(ids(blogs)) == 40
        assert run_at(blogs, later + timedelta(days=1)) == (0, "")


def test_a_new_source_with_a_long_past_brings_its_newest_and_the_rest_when_asked(site: Make) -> None:
    past = items(300)
    with following(site, past) as (_, blogs, source):
        _, told = run_at(blogs, NOW)
        assert told == (
            "Blog: 280 new posts are held back, more than it may bring at once; `max_new: 300` in sources.yaml "
            "publishes them.\n"
        )
        assert titles(blogs) == [one.title for one in past[:20]]
        assert run_at(blogs, NOW + timedelta(days=1)) == (0, "")
        assert sorted(issue_of(blogs, "2026-10", NOW)) == [one.title for one in past[:6] if one.date.month == 10]
        assert "No newsletter takes it" in blogs.run("explain", past[19].link).stdout
        file = blogs.folder / "sources.yaml"
        more = source.replace("kind: feed", "kind: feed, max_new: 300")
        file.write_text(file.read_text(encoding="utf-8").replace(source, more), encoding="utf-8")
        assert run_at(blogs, NOW + timedelta(days=2)) == (0, "")
        assert titles(blogs) == [one.title for one in past[:50]]
        assert "Nothing in sources.yaml holds it back any more" in blogs.run("explain", past[200].link).stdout


def test_a_post_that_is_mended_time_and_again_is_one_entry_and_in_one_issue(site: Make) -> None:
    posts = items(3, timedelta(hours=5))
    with following(site, posts) as (stage, blogs, _):
        run_at(blogs, NOW)
        before = ids(blogs)
        issued = issue_of(blogs, "2026-11", NOW) if posts[0].date.month == 11 else issue_of(blogs, "2026-10", NOW)
        for time in range(1, MENDED + 1):
            mended = replace(posts[0], text=posts[0].text.replace("klant", f"klant{time}"))
            stage.behaviour = answer(body=a_feed([mended, *posts[1:]]))
            assert run_at(blogs, NOW + timedelta(days=time)) == (0, "")
        assert ids(blogs) == before
        assert f"klant{MENDED}" in next(
            entry.text for entry in entries_of(blogs.out / "atom.xml") if entry.title == "Bericht 0"
        )
        assert posts[0].title in issued
        assert issue_of(blogs, "2026-11", NOW + timedelta(days=MENDED)) in ([], issued)


def test_a_post_that_is_deleted_and_restored_is_published_once(site: Make) -> None:
    posts = items(6)
    with following(site, posts) as (stage, blogs, _):
        run_at(blogs, NOW)
        before = blogs.published()["atom.xml"]
        stage.behaviour = answer(body=a_feed([posts[0], *posts[2:]]))
        assert run_at(blogs, NOW + timedelta(days=1)) == (0, "")
        assert blogs.published()["atom.xml"] == before, "what was published stays"
        stage.behaviour = answer(body=a_feed(posts))
        assert run_at(blogs, NOW + timedelta(days=2)) == (0, "")
        assert blogs.published()["atom.xml"] == before


def test_a_long_past_that_comes_in_instalments_is_held_back_as_one(site: Make) -> None:
    past = items(120)
    with following(site, past[:60]) as (stage, blogs, _):
        run_at(blogs, NOW)
        shown = titles(blogs)
        stage.behaviour = answer(body=a_feed(past))
        _, told = run_at(blogs, NOW + timedelta(days=1))
        assert "Blog: 60 new posts are held back" in told
        assert titles(blogs) == shown
        fresh = replace(
            past[0],
            number=900,
            id="vers",
            link="https://oud.example/vers",
            date=NOW + timedelta(days=1),
            text="vers " * 40,
        )
        stage.behaviour = answer(body=a_feed([fresh, *past]))
        assert run_at(blogs, NOW + timedelta(days=2)) == (0, "")
        assert titles(blogs) == ["Bericht 900", *shown]
