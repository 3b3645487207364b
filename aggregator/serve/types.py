"""The media type of a file under out/, by its name."""

from __future__ import annotations

BY_NAME = {"rss.xml": "application/rss+xml", "feed.json": "application/feed+json"}
BY_ENDING = {
    "xml": "application/atom+xml",
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "json": "application/json",
    "opml": "text/x-opml; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "mjml": "text/plain; charset=utf-8",
    "eml": "message/rfc822",
    "gz": "application/gzip",
    "svg": "image/svg+xml",
    "png": "image/png",
    "jpg": "image/jpeg",
    "webp": "image/webp",
    "ico": "image/x-icon",
}


def media_type(name: str) -> str:
    """Of a file of this name; every XML file but rss.xml is Atom. Never a guess from the content: nosniff is sent."""
    ending = name.rpartition(".")[2].casefold()
    return BY_NAME.get(name) or BY_ENDING.get(ending, "application/octet-stream")
