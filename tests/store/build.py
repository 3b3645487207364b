"""Posts and readings made of as little as a test wants to say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pytest

from aggregator.model import (
    HealthState,
    KnownPost,
    Post,
    RawFeed,
    Reading,
    Resource,
    Sketch,
    SourceState,
    StoredPost,
    Validators,
)
from aggregator.store import Store, open_store
from aggregator.store.known import known_by_key
from aggregator.store.sources import Kept, record
from tests.on_postgresql import store_url

NOW = datetime(2026, 10, 15, 12, 0, tzinfo=UTC)
ON_SQLITE = pytest.mark.parametrize("either_store", ["sqlite"], indirect=True)
ON_POSTGRESQL = pytest.mark.parametrize("either_store", ["postgresql"], indirect=True)
"""For what only one of the two stores can do, or do wrong."""


def opened(folder: Path) -> Store:
    return open_store(store_url(folder), folder)


def identifier(source: str, key: str) -> str:
    return blake2b(f"{source}\n{key}".encode(), digest_size=16).hexdigest()


def a_post(key: str, source: str = "Een", *, date: datetime = NOW - timedelta(days=3), **more: Any) -> StoredPost:
    """A stored post of `source`; `more` are fields of StoredPost or of Post."""
    own = {name: more.pop(name) for name in list(more) if name in StoredPost.__slots__}
    values = {
        "link": f"https://{source.lower()}.example/{key}",
        "title": f"Titel {key}",
        "text": f"Tekst {key}.",
    } | more
    post = Post(source=source, key=key, published=date, **values)
    hashes = {"raw_hash": f"r-{key}", "content_hash": f"c-{post.title}-{post.text}"}
    standard: dict[str, Any] = {"first_seen": NOW, "date": date, "dated_by": "published"} | hashes
    return StoredPost(id=identifier(source, key), post=post, **(standard | own))


def a_kept(*posts: StoredPost, source: str = "Een", state: HealthState = "ok", **more: Any) -> Kept:
    """What reading `source` brought; `more` are fields of Kept, or `fingerprints`: of posts, by id."""
    if "fingerprints" in more:
        more["sketches"] = {post: Sketch(tuple(hashes)) for post, hashes in more.pop("fingerprints").items()}
    resource = Resource(f"https://{source.lower()}.example/feed", Validators(f'"{len(posts)}"', None), "hash")
    standard: dict[str, Any] = {
        "state": SourceState(source, title=source, link=f"https://{source.lower()}.example/", state=state),
        "reading": Reading(feed=RawFeed(title=source), resources=(resource,), resolved_url=resource.url),
    }
    return Kept(posts=posts, **(standard | more))


def keep(store: Store, *posts: StoredPost, now: datetime = NOW, **more: Any) -> None:
    """Record posts of one source."""
    source = posts[0].post.source if posts else more.pop("source", "Een")
    record(store, a_kept(*posts, source=source, **more), now)


def ids(posts: Sequence[Any]) -> list[str]:
    """Keys of posts or entries, in their order."""
    return [(item.stored if hasattr(item, "stored") else item).post.key for item in posts]


def known(store: Store, source: str) -> tuple[KnownPost, ...]:
    """What is known of every post of `source`."""
    rows = store.rows("SELECT post_key FROM post_alias WHERE source = ?", (source,))
    return known_by_key(store, source, [row["post_key"] for row in rows])
