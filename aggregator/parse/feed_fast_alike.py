"""What ordinary RSS and Atom hold alike: links of Atom, categories, creators of Dublin Core, pictures of Media RSS."""

from __future__ import annotations

import re
from typing import Any

from aggregator.parse.feed_fast_elements import (
    SLASHES,
    XML,
    Declined,
    Feed,
    elements,
    name_of,
    no_attributes,
    once,
    words,
)

MOST_TAGS = 1_000
"""Of one entry: each is compared with all before it."""
MAYBE_MARKUP = re.compile(r"</\w+>|&#?\w+;")


def link(feed: Feed, element: Any, holder: dict[str, Any], seen: set[str]) -> None:
    if words(element).strip():
        raise Declined
    about = {key.lower(): value for key, value in element.attrib.items() if "}" not in key}
    if any(key.startswith(XML) for key in element.attrib) or not about.get("href") or about.keys() & {"url", "uri"}:
        raise Declined
    about = {key: value.lower() if key in ("rel", "type") else value for key, value in about.items()}
    about.setdefault("rel", "alternate")
    about.setdefault("type", "application/atom+xml" if about["rel"] == "self" else "text/html")
    about["href"] = SLASHES.sub(r"\1\3", about["href"])
    holder.setdefault("links", []).append(about)
    if about["rel"] == "alternate" and about["type"] in ("text/html", "application/xhtml+xml", "html", "xhtml"):
        holder["link"] = about["href"]


def byline(feed: Feed, element: Any, holder: dict[str, Any], seen: set[str]) -> None:
    no_attributes(element)
    once(seen, "author")
    if "authors" in holder:
        raise Declined
    holder["author"] = feed.text(element)


def category(feed: Feed, element: Any, holder: dict[str, Any], seen: set[str]) -> None:
    no_attributes(element, "term", "scheme", "domain", "label")
    tags = holder.setdefault("tags", [])
    scheme = element.get("scheme", element.get("domain"))
    add_tag(tags, element.get("term"), scheme, element.get("label"))
    value = feed.text(element)
    if value and tags and not tags[-1]["term"]:
        tags[-1]["term"] = value
    elif value:
        add_tag(tags, value, None, None)


def add_tag(tags: list[dict[str, Any]], term: str | None, scheme: str | None, label: str | None) -> None:
    tag = {"term": term, "scheme": scheme, "label": label}
    if len(tags) >= MOST_TAGS:
        return
    if (term or scheme or label) and tag not in tags:
        tags.append(tag)


def media(feed: Feed, element: Any, holder: dict[str, Any], seen: set[str]) -> None:
    """A picture, and its caption, which feedparser takes for the content of a post that has none."""
    no_attributes(element, "url", "type", "medium", "width", "height", "fileSize", "expression", "isDefault")
    about = {key.lower(): value.lower() if key == "type" else value for key, value in element.attrib.items()}
    where = "media_content" if element.tag.endswith("}content") else "media_thumbnail"
    if not about.get("url"):
        raise Declined
    holder.setdefault(where, []).append(about)
    parts = elements(element)
    if where == "media_thumbnail" and (parts or words(element).strip()):
        raise Declined
    for part in parts:
        no_attributes(part, "type")
        if name_of(part) != "media:description" or "summary" not in seen:
            raise Declined
        once(seen, "caption")
        kind = "text/plain" if part.get("type") in (None, "plain") else ""
        value = feed.text(part)
        if not kind or MAYBE_MARKUP.search(value):
            raise Declined
        if "content" in seen:
            html_or_plain = "text/html" if part.get("type") is None else "text/plain"
            holder["summary_detail"] = feed.detail(html_or_plain, value)
        else:
            holder["content"] = [feed.detail(kind, value)]
            seen.add("content")
