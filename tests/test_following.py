"""A source that may have something new is followed within bounds of its own, whatever its pages do."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from aggregator import following
from aggregator.keep import unknown
from aggregator.model import Answer, Problem, Purpose, Reading, Resource
from aggregator.parse.feed import parse_feed
from aggregator.settings import Source

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
