"""Posts as rows and rows as posts."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from aggregator.model import Enclosure, Image, Post, StoredPost
from aggregator.store.database import Row

COLUMNS = (
    "id", "source", "post_key", "raw_id", "link", "title", "authors", "published", "updated", "content", "text",
    "excerpt", "whole", "language", "tags", "image", "enclosures", "comments", "rights", "canonical", "via", "credits",
    "reading_minutes", "position", "remarks", "first_seen", "date", "date_utc", "dated_by", "revised", "raw_hash",
    "content_hash", "text_hash", "copy_of", "copy_reason", "held", "entry_id", "contributors", "external",
)  # fmt: skip
OF_A_LIST = (
    "id", "source", "post_key", "link", "title", "authors", "updated", "excerpt", "language", "reading_minutes",
    "first_seen", "date", "dated_by", "revised", "copy_of", "held", "entry_id",
)  # fmt: skip
"""Of COLUMNS, those of which a list of posts is made: two fifths, so that it is read in half the time."""
OF_AN_OFFER = (*OF_A_LIST, "image", "tags")
"""Of COLUMNS, those of which an issue is chosen: what waits for one may be all that a store holds."""
OF_A_COPY = (
    "id", "source", "post_key", "link", "title", "published", "text", "canonical", "via", "credits",
    "first_seen", "date", "dated_by", "copy_of", "held",
)  # fmt: skip
"""Of COLUMNS, those by which copies are told, and their original."""
WRITTEN = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
NOTHING = "[]"


@lru_cache(maxsize=256)
def utc(moment: datetime) -> str:
    """RFC 3339 in UTC with microseconds: text that sorts as time does."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def stated(moment: datetime | None) -> str | None:
    """RFC 3339 with the offset it was stated with."""
    return None if moment is None else moment.isoformat()


def moment(text: str | None) -> datetime | None:
    """The inverse of `stated` and of `utc`."""
    return None if text is None else datetime.fromisoformat(text)


def at(text: str) -> datetime:
    """The inverse of `stated`, for what is always there."""
    return datetime.fromisoformat(text)


def packed(value: Any) -> str:
    return WRITTEN(value) if value else NOTHING


def unpacked(text: str) -> tuple[Any, ...]:
    """The inverse of `packed`, for what is a list."""
    return () if text == NOTHING else tuple(json.loads(text))


def row_of(stored: StoredPost, text_hash: str) -> tuple[Any, ...]:
    """The values of COLUMNS."""
    post = stored.post
    return (
        stored.id, post.source, post.key, post.raw_id, post.link, post.title, packed(post.authors),
        stated(post.published), stated(post.updated), post.content, post.text, post.excerpt, int(post.whole),
        post.language, packed(post.tags), packed([post.image.url, post.image.alt]) if post.image else None,
        packed([[item.url, item.media_type, item.length] for item in post.enclosures]), post.comments, post.rights,
        post.canonical, packed(post.via), packed(post.credits), post.reading_minutes, post.position,
        packed(post.remarks), utc(stored.first_seen), stated(stored.date), utc(stored.date), stored.dated_by,
        stated(stored.revised), stored.raw_hash, stored.content_hash, text_hash, stored.copy_of, None, stored.held,
        stored.entry_id, packed(post.contributors), post.external,
    )  # fmt: skip


def stored_of(row: Row) -> StoredPost:
    """The post that a row of the table holds."""
    post = Post(
        source=row["source"],
        key=row["post_key"],
        link=row["link"],
        title=row["title"],
        authors=unpacked(row["authors"]),
        contributors=unpacked(row["contributors"]),
        published=moment(row["published"]),
        updated=moment(row["updated"]),
        content=row["content"],
        text=row["text"],
        excerpt=row["excerpt"],
        whole=bool(row["whole"]),
        language=row["language"],
        tags=unpacked(row["tags"]),
        image=image_of(row),
        enclosures=tuple(Enclosure(*item) for item in unpacked(row["enclosures"])),
        comments=row["comments"],
        rights=row["rights"],
        canonical=row["canonical"],
        external=row["external"],
        via=unpacked(row["via"]),
        credits=unpacked(row["credits"]),
        reading_minutes=row["reading_minutes"],
        position=row["position"],
        raw_id=row["raw_id"],
        remarks=unpacked(row["remarks"]),
    )
    return StoredPost(
        id=row["id"],
        post=post,
        first_seen=at(row["first_seen"]),
        date=at(row["date"]),
        dated_by=row["dated_by"],
        raw_hash=row["raw_hash"],
        content_hash=row["content_hash"],
        revised=moment(row["revised"]),
        copy_of=row["copy_of"],
        held=row["held"],
        entry_id=row["entry_id"],
    )


def image_of(row: Row) -> Image | None:
    return Image(*json.loads(row["image"])) if row["image"] else None


def offered_of(row: Row) -> StoredPost:
    """Of the post that a row of OF_AN_OFFER holds, what an issue shows of it."""
    stored = listed_of(row)
    return replace(stored, post=replace(stored.post, image=image_of(row), tags=unpacked(row["tags"])))


def listed_of(row: Row) -> StoredPost:
    """Of the post that a row of OF_A_LIST holds, what lists show of it, and when it was updated."""
    post = Post(
        source=row["source"],
        key=row["post_key"],
        link=row["link"],
        title=row["title"],
        authors=unpacked(row["authors"]),
        updated=moment(row["updated"]),
        excerpt=row["excerpt"],
        language=row["language"],
        reading_minutes=row["reading_minutes"],
    )
    return StoredPost(
        id=row["id"],
        post=post,
        first_seen=at(row["first_seen"]),
        date=at(row["date"]),
        dated_by=row["dated_by"],
        revised=moment(row["revised"]),
        copy_of=row["copy_of"],
        held=row["held"],
        entry_id=row["entry_id"],
    )


def likeness_of(row: Row) -> Post:
    """Of the post that a row of the table holds, what tells copies apart."""
    return Post(
        source=row["source"],
        key=row["post_key"],
        link=row["link"],
        title=row["title"],
        published=moment(row["published"]),
        text=row["text"],
        canonical=row["canonical"],
        via=unpacked(row["via"]),
        credits=unpacked(row["credits"]),
    )


def compared_of(row: Row) -> StoredPost:
    """Of the post that a row of OF_A_COPY holds, what tells copies, and which is the original."""
    return StoredPost(
        id=row["id"],
        post=likeness_of(row),
        first_seen=at(row["first_seen"]),
        date=at(row["date"]),
        dated_by=row["dated_by"],
        copy_of=row["copy_of"],
        held=row["held"],
    )
