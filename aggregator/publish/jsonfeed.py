"""A feed as JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aggregator.model import Entry, SourceState
from aggregator.publish.document import Document, authors_of, content_of, updated_of
from aggregator.publish.presentable import EXCERPT, NAME, line
from aggregator.settings import Publication


def json_feed(publication: Publication, document: Document, states: Mapping[str, SourceState]) -> bytes:
    """The feed of `document`, its entries in their order."""
    feed: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": line(document.title, NAME),
        "home_page_url": document.page,
        "feed_url": document.address,
        "description": line(publication.subtitle or "", EXCERPT),
        "language": publication.language,
        "authors": [{"name": line(publication.author.name, NAME)}],
        "hubs": [{"type": "WebSub", "url": publication.hub}] if publication.hub else [],
    }
    said = {key: value for key, value in feed.items() if value}
    said["items"] = [item_of(entry, publication, states) for entry in document.entries]
    return (json.dumps(said, ensure_ascii=False, indent=1) + "\n").encode()


def item_of(entry: Entry, publication: Publication, states: Mapping[str, SourceState]) -> dict[str, Any]:
    """One item: only what it has something to say of."""
    stored, post = entry.stored, entry.stored.post
    attachments = [
        {"url": item.url, "mime_type": item.media_type or "application/octet-stream"}
        | ({"size_in_bytes": item.length} if item.length else {})
        for item in post.enclosures
    ]
    item = {
        "id": entry.id,
        "url": post.link,
        "title": post.title,
        "content_html": content_of(entry, publication),
        "summary": post.excerpt,
        "image": post.image.url if post.image else "",
        "date_published": stored.date.isoformat(),
        "date_modified": updated_of(stored).isoformat(),
        "authors": [{"name": name} for name in authors_of(entry, states)],
        "tags": list(post.tags),
        "language": "" if post.language == "und" else post.language,
        "attachments": attachments,
        "_source": {"title": entry.source_title} | ({"url": entry.source_link} if entry.source_link else {}),
    }
    return {key: value for key, value in item.items() if value}
