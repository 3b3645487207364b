"""What the elements of ordinary Atom 1.0 say that are its own (RFC 4287)."""

from __future__ import annotations

from typing import Any

from aggregator.parse.feed_fast_elements import Declined, Feed, elements, name_of, no_attributes, once, words

TYPES = {
    "text": "text/plain",
    "plain": "text/plain",
    "text/plain": "text/plain",
    "html": "text/html",
    "text/html": "text/html",
}


def kind(element: Any) -> str:
    """The type of a text construct of Atom (RFC 4287, 3.1)."""
    no_attributes(element, "type")
    found = TYPES.get((element.get("type") or "text").lower())
    if found is None:
        raise Declined
    return found


def title(feed: Feed, element: Any, holder: dict[str, Any], seen: set[str]) -> None:
    once(seen, "title")
    found = kind(element)
    holder["title"] = feed.text(element)
    holder["title_detail"] = feed.detail(found, holder["title"])


def identifier(feed: Feed, element: Any, holder: dict[str, Any], seen: set[str]) -> None:
    no_attributes(element)
    once(seen, "id")
    holder["id"] = feed.text(element, address=True)
    holder["guidislink"] = "link" not in holder
    holder.setdefault("link", holder["id"])


def author(feed: Feed, element: Any, holder: dict[str, Any], seen: set[str]) -> None:
    no_attributes(element)
    if "author" in seen:
        raise Declined
    person: dict[str, str] = {}
    for part in elements(element):
        name = name_of(part)
        no_attributes(part)
        if name == "atom:uri":
            person["href"] = holder["href"] = feed.text(part, address=True)
        elif name in ("atom:name", "atom:email") and name[5:] not in person:
            person[name[5:]] = words(part).strip()
        else:
            raise Declined
    who, mail = person.get("name"), person.get("email")
    holder.setdefault("authors", []).append(person)
    holder["author"] = f"{who} ({mail})" if who and mail else who or mail or ""
    if not holder["author"] or (not who and len(holder["authors"]) > 1):
        raise Declined


def summary(feed: Feed, element: Any, holder: dict[str, Any], seen: set[str]) -> None:
    once(seen, "summary")
    found = kind(element)
    holder["summary"] = feed.text(element)
    holder["summary_detail"] = feed.detail(found, holder["summary"])


def content(feed: Feed, element: Any, holder: dict[str, Any], seen: set[str]) -> None:
    once(seen, "content")
    found = kind(element)
    value = feed.text(element)
    holder["content"] = [feed.detail(found, value)]
    holder.setdefault("summary", value)


def rights(feed: Feed, element: Any, holder: dict[str, Any], seen: set[str]) -> None:
    once(seen, "rights")
    kind(element)
    holder["rights"] = feed.text(element)
