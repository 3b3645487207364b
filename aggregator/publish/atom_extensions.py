"""What feedgen 1.0 cannot write of Atom, added through its own extension mechanism.

Its entry links lose rel, type and length after the first (https://github.com/lkiesow/python-feedgen/issues/135), and
it has no atom:source of RFC 4287, 4.2.11, no xml:lang of an entry, no archive (RFC 5005) and no tombstone (RFC 6721).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from feedgen.ext.base import BaseEntryExtension, BaseExtension
from lxml import etree

from aggregator.publish.document import Document

ATOM = "http://www.w3.org/2005/Atom"
HISTORY = "http://purl.org/syndication/history/1.0"
TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"
XML_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


@dataclass(frozen=True, slots=True)
class Link:
    """One atom:link."""

    href: str
    rel: str
    type: str = ""
    title: str = ""
    length: int | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """The feed that an entry was taken from."""

    id: str
    title: str
    updated: str
    link: str = ""
    feed: str = ""
    rights: str = ""
    icon: str = ""


class FeedExtension(BaseExtension):  # type: ignore[misc]  # feedgen has no types
    """The hub, the other documents of the archive, and what was withdrawn."""

    def __init__(self) -> None:
        self.document: Document | None = None
        self.hub = ""

    def extend_ns(self) -> dict[str, str]:
        document = self.document
        if document is None:
            return {}
        history = {"fh": HISTORY} if document.archive or document.complete else {}
        return history | ({"at": TOMBSTONES} if document.withdrawn else {})

    def extend_atom(self, feed: Any) -> Any:
        document = self.document
        if document is None:
            return feed
        if self.hub:
            etree.SubElement(feed, "link", href=self.hub, rel="hub")
        for relation, address in document.links:
            etree.SubElement(feed, "link", href=address, rel=relation, type="application/atom+xml")
        if document.archive:
            etree.SubElement(feed, f"{{{HISTORY}}}archive")
        if document.complete:
            etree.SubElement(feed, f"{{{HISTORY}}}complete")
        for one in document.withdrawn:
            etree.SubElement(feed, f"{{{TOMBSTONES}}}deleted-entry", ref=one.entry_id, when=one.at.isoformat())
        return feed


class EntryExtension(BaseEntryExtension):  # type: ignore[misc]  # feedgen has no types
    """The links, source and language of one entry."""

    def __init__(self) -> None:
        self.links: tuple[Link, ...] = ()
        self.origin: Origin | None = None
        self.language = ""

    def extend_atom(self, entry: Any) -> Any:
        for link in entry.findall("link"):
            entry.remove(link)
        for link in self.links:
            element = etree.SubElement(entry, "link", href=link.href, rel=link.rel)
            for name in ("type", "title", "length"):
                value = getattr(link, name)
                if value:
                    element.set(name, str(value))
        if self.origin is not None:
            entry.append(source_of(self.origin))
        if self.language:
            entry.set(XML_LANGUAGE, self.language)
        return entry


def source_of(origin: Origin) -> Any:
    """The atom:source element."""
    source = etree.Element("source")
    etree.SubElement(source, "id").text = origin.id
    etree.SubElement(source, "title").text = origin.title
    etree.SubElement(source, "updated").text = origin.updated
    if origin.link:
        etree.SubElement(source, "link", href=origin.link, rel="alternate")
    if origin.feed:
        etree.SubElement(source, "link", href=origin.feed, rel="self")
    if origin.rights:
        etree.SubElement(source, "rights").text = origin.rights
    if origin.icon:
        etree.SubElement(source, "icon").text = origin.icon
    return source
