"""What a feed gives beside the text of an entry: its picture, and files to listen to or to look at."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from aggregator.model import Enclosure, Image

AVATAR = re.compile(r"gravatar\.com/|/avatars?[./-]", re.IGNORECASE)
"""WordPress.com and GitHub give the picture of the author as the first media of every post."""
NO_PICTURE = re.compile(r"\.(?:mp3|mp4|m4[av]|webm|og[gv]|mov|pdf)(?:$|\?)", re.IGNORECASE)
BLOGGER_SIZE = re.compile(r"(?<=[/=])s72(?:-\w+)*(?=/|$)")
"""Blogger's thumbnails are of 72 pixels; the same address with another size holds the picture."""


def image_of(entry: Any) -> Image | None:
    """The picture the feed gives the entry: the largest media thumbnail or content, or an image element."""
    pictures = [
        (number(item.get("width")), str(item["url"]))
        for item in [*entry.get("media_content", ()), *entry.get("media_thumbnail", ())]
        if item.get("url") and item.get("medium", "image") == "image" and is_picture(item)
    ]
    if pictures:
        return Image(BLOGGER_SIZE.sub("s1600", max(pictures, key=lambda picture: picture[0])[1]))
    held = entry.get("image")
    if isinstance(held, dict) and held.get("href"):
        return Image(str(held["href"]))
    for item in entry.get("enclosures", ()):
        if str(item.get("type", "")).startswith("image/") and item.get("href"):
            return Image(str(item["href"]))
    return None


def is_picture(item: Any) -> bool:
    kind, address = str(item.get("type", "")), str(item["url"])
    return not AVATAR.search(address) and (kind.startswith("image/") or (not kind and not NO_PICTURE.search(address)))


def enclosures_of(entry: Any) -> Iterable[Enclosure]:
    """Enclosures, and sound and film that the media module names (https://www.rssboard.org/media-rss), each once."""
    seen = set()
    for item in entry.get("enclosures", ()):
        address = str(item.get("href") or "").strip()
        if address and address not in seen:
            seen.add(address)
            yield Enclosure(address, str(item.get("type") or ""), number(item.get("length")) or None)
    for item in entry.get("media_content", ()):
        address, kind = str(item.get("url") or "").strip(), str(item.get("type") or "")
        is_played = kind.startswith(("audio/", "video/")) or (not kind and item.get("medium") in ("audio", "video"))
        if address and is_played and address not in seen:
            seen.add(address)
            yield Enclosure(address, kind, number(item.get("filesize")) or None)


def number(value: Any) -> int:
    """The whole number that `value` spells; 0 when it spells none."""
    text = str(value or "").strip()
    return int(text) if text.isdecimal() and len(text) < 15 else 0
