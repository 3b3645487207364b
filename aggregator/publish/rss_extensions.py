"""What feedgen 1.0 cannot write of RSS: its own self link, the hub, names of authors, and the source of an item."""

from __future__ import annotations

from typing import Any

from feedgen.ext.base import BaseEntryExtension, BaseExtension
from lxml import etree

from aggregator.publish.atom_extensions import ATOM, Origin
from aggregator.publish.document import Document

DUBLIN_CORE = "http://purl.org/dc/elements/1.1/"


class ChannelExtension(BaseExtension):  # type: ignore[misc]  # feedgen has no types
    """The links of the channel: feedgen takes that of the Atom feed for its own."""

    def __init__(self) -> None:
        self.document: Document | None = None
        self.hub = ""

    def extend_ns(self) -> dict[str, str]:
        return {"dc": DUBLIN_CORE}

    def extend_rss(self, rss: Any) -> Any:
        if self.document is None:
            return rss
        channel = rss[0]
        for link in channel.findall(f"{{{ATOM}}}link"):
            link.set("href", self.document.address)
            link.set("type", "application/rss+xml")
        if self.hub:
            etree.SubElement(channel, f"{{{ATOM}}}link", href=self.hub, rel="hub")
        return rss


class ItemExtension(BaseEntryExtension):  # type: ignore[misc]  # feedgen has no types
    """Authors by name, because RSS's own element wants a mail address, which is nobody's business; and the source."""

    def __init__(self) -> None:
        self.authors: tuple[str, ...] = ()
        self.origin: Origin | None = None

    def extend_rss(self, item: Any) -> Any:
        for author in self.authors:
            etree.SubElement(item, f"{{{DUBLIN_CORE}}}creator").text = author
        if self.origin is not None:
            url = self.origin.feed or self.origin.link
            if url:
                etree.SubElement(item, "source", url=url).text = self.origin.title
        return item
