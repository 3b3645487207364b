"""A source that may have something new is followed within bounds of its own, whatever its pages do."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from aggregator import following
from aggregator.keep import Completed, unknown
from aggregator.model import Answer, Problem, Purpose, Reading, Resource, WorkStoppedError
from aggregator.parse.feed import parse_feed
from aggregator.prepare import Context, made_ready, parsed_and_ready
from aggregator.settings import Person, Publication, Source

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
FEED = (
    '<rss version="2.0"><channel><title>x</title>'
    + "".join(f"<item><title>{n}</title><link>https://a.example/{n}</link></item>" for n in range(60))
    + "</channel></rss>"
).encode()


@pytest.mark.parametrize(("seconds", "read"), [(1_000.0, 50), (0.0, 0)])
def test_article_pages_are_read_for_so_long_and_so_many_and_the_others_follow_in_the_next_run(
    seconds: float, read: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "ARTICLES_SECONDS", seconds)
    asked = []

    async def get(url: str, purpose: Purpose, known: Resource | None = None) -> Answer:
        asked.append(url)
        return Problem("unreachable", f"{url}: it stopped answering.", url)

    async def work(function: Any, *arguments: Any, **named: Any) -> Any:
        return function(*arguments, **named)

    posts = unknown(Reading(feed=parse_feed(FEED, "https://a.example/feed", "")), frozenset())
    source = Source(name="A", url="https://a.example/feed", full_text=True)
    done = asyncio.run(following.complete_all(posts, source, get, work))
    assert len(done) == 60
    assert len(asked) == read
    assert all(post.postponed for post in done)


async def stopping_at_the_third(function: Any, *arguments: Any, **named: Any) -> Any:
    """Work that is stopped when all of a feed is made ready at once, and wherever its third post is."""
    posts = arguments[0] if function is made_ready else ()
    if function is parsed_and_ready or any(raw.title == "2" for raw, _ in posts):
        raise WorkStoppedError("reading it took more than 20 seconds")
    return function(*arguments, **named)


def made_ready_of_the_feed() -> list[Completed]:
    source = Source(name="A", url="https://a.example/feed", full_text=False)
    publication = Publication(title="P", url="https://p.example/", author=Person(name="P"))
    context = Context(source, publication, NOW)

    async def follow() -> list[Completed]:
        work = following.early(stopping_at_the_third, context)
        reading = Reading(feed=await work(parse_feed, FEED, "https://a.example/feed", ""))
        return await following.make_ready(unknown(reading, frozenset()), reading, context, work)

    return asyncio.run(follow())


def test_a_feed_too_long_to_be_made_ready_at_once_is_in_pieces_and_a_post_that_never_is_costs_no_other() -> None:
    done = made_ready_of_the_feed()
    assert [post.raw.title for post in done if post.ready is None] == ["2"]
    assert done[2].problem is not None
    assert done[2].problem.sentence.startswith("https://a.example/2 could not be cleaned: reading it took")
    assert not done[2].postponed


def test_what_is_not_made_ready_in_time_follows_in_the_next_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "CLEANING_SECONDS", 0.0)
    assert all(post.postponed for post in made_ready_of_the_feed())
