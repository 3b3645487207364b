"""What the elements of ordinary RSS 2.0 say that are its own (https://www.rssboard.org/rss-specification)."""

from __future__ import annotations

import re
from typing import Any

from aggregator.parse.feed_fast_elements import Declined, Feed, elements, name_of, no_attributes, once, words

QUERY = re.compile(r"&([A-Za-z0-9_]+);")


def title(feed: Feed, element: Any, holder: dict[str, Any], seen: set[str]) -> None:
    once(seen, "title")
    no_attributes(element)
    holder["title"] = feed.text(element)
    holder["title_detail"] = feed.detail("text/plain", holder["title"])


def link(feed: Feed, element: Any, holder: dict[str, Any], seen: set[str]) -> None:
    no_attributes(element)
    once(seen, "link element")
    about = {"rel": "alternate", "type": "text/html"}
    holder.setdefault("links", []).append(about)
    found = feed.text(element, address=True)
    if QUERY.search(found):
        raise Declined
    holder["link"] = found
    if found:
        about["href"] = found


def guid(feed: Feed, element: Any, holder: dict[str, Any], seen: set[str]) -> None:
    no_attributes(element, "isPermaLink")
    once(seen, "id")
    is_link = element.get("isPermaLink", "true") == "true"
    holder["id"] = feed.text(element, address=is_link)
    holder["guidislink"] = is_link and "link" not in holder
    if is_link:
        holder.setdefault("link", holder["id"])


def description(feed: Feed, element: Any, holder: dict[str, Any], seen: set[str]) -> None:
    no_attributes(element)
    once(seen, "summary")
    holder["summary"] = feed.text(element)
    holder["summary_detail"] = feed.detail("text/html", holder["summary"])


def encoded(feed: Feed, element: Any, holder: dict[str, Any], seen: set[str]) -> None:
    no_attributes(element)
    once(seen, "content")
    value = feed.text(element)
    holder["content"] = [feed.detail("text/html", value)]
    holder.setdefault("summary", value)


def rights(feed: Feed, element: Any, holder: dict[str, Any], seen: set[str]) -> None:
    once(seen, "rights")
    no_attributes(element)
    holder["rights"] = feed.text(element)


def enclosure(feed: Feed, element: Any, holder: dict[str, Any], seen: set[str]) -> None:
    no_attributes(element, "url", "length", "type")
    if not element.get("url") or len(element) or words(element).strip():
        raise Declined
    about: dict[str, str] = {"href": element.get("url"), "rel": "enclosure"}
    about |= {key: element.get(key) for key in ("length", "type") if element.get(key) is not None}
    if "type" in about:
        about["type"] = about["type"].lower()
    holder.setdefault("links", []).append(about)


def image(feed: Feed, element: Any) -> dict[str, Any]:
    no_attributes(element)
    found: dict[str, Any] = {}
    for part in elements(element):
        name = name_of(part)
        no_attributes(part)
        if name not in ("url", "title", "link", "width", "height", "description"):
            raise Declined
        key = "href" if name == "url" else name
        once(set(found), key)
        found[key] = feed.text(part, address=name in ("url", "link"))
    return found
