"""An element of an ordinary feed, as feedparser understands it; and Declined, where it is out of the ordinary."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

PREFIXES = {
    "http://purl.org/rss/1.0/": "rss1:",
    "http://www.w3.org/2005/Atom": "atom:",
    "http://purl.org/dc/elements/1.1/": "dc:",
    "http://purl.org/rss/1.0/modules/content/": "content:",
    "http://purl.org/rss/1.0/modules/slash/": "slash_",
    "http://purl.org/rss/1.0/modules/syndication/": "sy_",
    "http://wellformedweb.org/CommentAPI/": "wfw_",
    "http://search.yahoo.com/mrss/": "media:",
}
SLASHES = re.compile(r"^([A-Za-z][A-Za-z0-9+-.]*://)(/*)(.*?)")
CONTROL = re.compile("[\x80-\x9f]")
XML = "{http://www.w3.org/XML/1998/namespace}"


class Declined(Exception):  # noqa: N818  (no error: somebody else reads it)
    """The feed holds something that is not known here."""


class Feed:
    """What holds for every element of one feed."""

    def __init__(self, encoding: str, language: str | None) -> None:
        self.encoding = encoding
        self.language = language.replace("_", "-") if language else None

    def text(self, element: Any, *, address: bool = False) -> str:
        """The text of an element, repaired as feedparser does."""
        found = words(element).strip()
        if address:
            found = SLASHES.sub(r"\1\3", found)
        if found.isascii():
            return found
        with suppress(UnicodeError):
            mended = found.encode("iso-8859-1").decode("utf-8")
            if self.encoding != "utf-8":
                raise Declined
            found = mended
        if CONTROL.search(found):
            raise Declined
        return found

    def detail(self, kind: str, value: str) -> dict[str, Any]:
        return {"type": kind, "language": self.language, "base": "", "value": value}


def elements(holder: Any) -> list[Any]:
    """The elements in `holder`: neither comments nor instructions."""
    return [child for child in holder if isinstance(child.tag, str)]


def words(element: Any) -> str:
    """The text of an element that holds nothing else. Raises Declined when it does."""
    if not len(element):
        return element.text or ""
    if elements(element):
        raise Declined
    return (element.text or "") + "".join(child.tail or "" for child in element)


def name_of(element: Any) -> str:
    """The element's name with the prefix that it is known by here, in small letters as feedparser has it."""
    namespace, _, name = element.tag.rpartition("}")
    if not namespace:
        return str(name).lower()
    prefix = PREFIXES.get(namespace[1:])
    if prefix is None:
        raise Declined
    return prefix + str(name).lower()


def no_attributes(element: Any, *but: str) -> None:
    """Raises Declined when the element has an attribute that is not among `but`."""
    if element.attrib and any(name not in but for name in element.attrib):
        raise Declined


def once(seen: set[str], key: str) -> None:
    """Raises Declined the second time: which of two counts depends on more than is looked at here."""
    if key in seen:
        raise Declined
    seen.add(key)
