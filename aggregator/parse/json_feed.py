"""JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/), read leniently: feedparser does not know it."""

from __future__ import annotations

import html
import json
from typing import Any

from aggregator.model import Enclosure, Image, RawFeed, RawPost
from aggregator.parse.decode import decode_text
from aggregator.parse.feed_ids import doubts_of
from aggregator.parse.next_page import onward

LONGEST_NUMBER = 100


def parse_json_feed(body: bytes, url: str, most: int) -> RawFeed | None:
    """The feed in `body`, of its posts the first `most`; None when it is no JSON Feed."""
    if not body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return None
    try:
        tree = json.loads(decode_text(body), parse_int=whole)
    except (ValueError, RecursionError):
        return None
    if not isinstance(tree, dict) or not isinstance(tree.get("items"), list):
        return None
    version = text(tree, "version") or ""
    if "jsonfeed.org" not in version and not text(tree, "title"):
        return None
    remarks: tuple[str, ...] = () if "jsonfeed.org" in version else ("It states no version of JSON Feed.",)
    items = [item for item in tree["items"] if isinstance(item, dict)]
    if len(items) < len(tree["items"]):
        remarks += ("Some of its items are no objects and were passed over.",)
    if len(items) > most:
        remarks += (f"It holds {len(items)} posts; the first {most} were taken.",)
    posts = tuple(post_of(item, position, url) for position, item in enumerate(items[:most]))
    return RawFeed(
        posts=posts,
        title=text(tree, "title"),
        link=text(tree, "home_page_url"),
        id=text(tree, "feed_url"),
        language=text(tree, "language"),
        authors=people(tree),
        icon=text(tree, "icon") or text(tree, "favicon"),
        format="json1",
        hub=next((text(hub, "url") for hub in listed(tree, "hubs")), None),
        remarks=remarks,
        doubts=doubts_of(posts),
        next_page=onward(text(tree, "next_url") or "", url, url),
    )


def post_of(item: dict[str, Any], position: int, url: str) -> RawPost:
    """One item. `external_url` is what a link post points at; `url` is the post's own page."""
    content = text(item, "content_html")
    plain = text(item, "content_text")
    if content is None and plain is not None:
        paragraphs = (
            html.escape(part).replace("\n", "<br>")
            for part in plain.replace("\r\n", "\n").split("\n\n")
            if part.strip()
        )
        content = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    own, external = text(item, "url"), text(item, "external_url")
    image = text(item, "image") or text(item, "banner_image")
    summary = text(item, "summary")
    tags = item.get("tags") or ()
    tags = tags.split(",") if isinstance(tags, str) else tags if isinstance(tags, list) else ()
    return RawPost(
        id=text(item, "id"),
        link=own or external,
        title=html.escape(text(item, "title") or "", quote=False) or None,
        authors=people(item),
        published=text(item, "date_published"),
        updated=text(item, "date_modified"),
        content=content,
        summary=html.escape(summary, quote=False) if summary else None,
        whole=content is not None,
        base=own or url,
        language=text(item, "language"),
        tags=tuple(str(tag).strip() for tag in tags if isinstance(tag, str | int)),
        image=Image(image) if image else None,
        enclosures=tuple(
            Enclosure(address, text(attachment, "mime_type") or "", size(attachment))
            for attachment in listed(item, "attachments")
            if (address := text(attachment, "url"))
        ),
        external=external if own else None,
        position=position,
    )


def whole(digits: str) -> int | str:
    """The number; as it is written where it has so many digits that Python refuses to count them."""
    return int(digits) if len(digits) < LONGEST_NUMBER else digits


def text(holder: dict[str, Any], key: str) -> str | None:
    """The value as text; numbers too, since ids are often written as such. None for anything else or nothing."""
    value = holder.get(key)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(value).strip() or None


def listed(holder: dict[str, Any], key: str) -> list[dict[str, Any]]:
    value = holder.get(key)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def people(holder: dict[str, Any]) -> tuple[str, ...]:
    """Names of `authors` (1.1), else of `author` (1.0); some write them without an object around each."""
    found = holder.get("authors") or holder.get("author") or ()
    people = found if isinstance(found, list) else [found]
    names = (text(one, "name") if isinstance(one, dict) else one for one in people)
    return tuple(name for name in names if isinstance(name, str) and name)


def size(attachment: dict[str, Any]) -> int | None:
    value = attachment.get("size_in_bytes")
    return value if isinstance(value, int) and value >= 0 else None
