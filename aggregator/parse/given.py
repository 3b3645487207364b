"""What is given to be read, and the reading that a feed or a page gives."""

from __future__ import annotations

from dataclasses import replace

from aggregator.model import Fetched, Memory, Problem, RawFeed, Reading, Resource, Unchanged, Validators

Documents = tuple[Fetched | Problem, ...] | Unchanged | Problem | None
"""The documents of a source of documents, or why there are none, or not one; None for a source of another kind."""


def of_feed(feed: RawFeed, answer: Fetched, kind: str, memory: Memory, found: tuple[str, ...] = ()) -> Reading:
    """The reading that a feed or page gives."""
    posts = tuple(post for post in feed.posts if post.link not in memory.set_aside)
    return Reading(
        feed=replace(feed, posts=posts, link=feed.link or answer.final_url),
        # a body that was not well-formed may be whole next time under the same ETag: it is asked for in full
        resources=(Resource(answer.url, Validators() if feed.remarks else answer.validators, answer.body_hash),),
        resolved_url=answer.url,
        resolved_kind=kind,
        moved_to=answer.permanent_url if answer.permanent_url != answer.url else None,
        fresh_for=answer.fresh_for,
        found=found,
    )
