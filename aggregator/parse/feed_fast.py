"""Ordinary RSS 2.0, RSS 1.0 and Atom 1.0 at a fifth of feedparser's cost, in the form in which feedparser gives them.

Whatever is out of the ordinary is declined: it gives None, and feedparser reads it. Known here is what stands in nearly
all feeds, and of it only what feedparser reads in one way; a test holds the two to the very same posts over every feed
there is. Quirks of feedparser are followed, so that a feed's posts are the same whichever of the two read it.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Sequence
from typing import Any

from aggregator.parse import feed_fast_alike as alike
from aggregator.parse import feed_fast_atom as atom
from aggregator.parse import feed_fast_rdf as rdf
from aggregator.parse import feed_fast_rss as rss
from aggregator.parse.feed_fast_elements import XML, Declined, Feed, elements, name_of, no_attributes, once
from aggregator.parse.feed_known import Known, stamped

PROLOG = re.compile(rb"<\?xml\s[^>]*?\?>")
DECLARED = re.compile(rb"""encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.-]+)", re.IGNORECASE)
ENCODINGS = ("utf-8", "cp1252", "iso8859-1", "iso8859-15")
TEXTS = {
    "pubdate": "published", "dc:date": "updated", "lastbuilddate": "updated", "atom:published": "published",
    "atom:updated": "updated", "language": "language", "ttl": "ttl", "comments": "comments", "docs": "docs",
    "atom:icon": "icon", "atom:logo": "logo", "slash_comments": "slash_comments", "slash_section": "slash_section",
    "wfw_commentrss": "wfw_commentrss", "sy_updateperiod": "sy_updateperiod",
    "sy_updatefrequency": "sy_updatefrequency",
}  # fmt: skip
"""Elements of which only the text counts, and where feedparser files it."""
ADDRESSES = ("comments", "docs", "icon", "logo", "wfw_commentrss", "href")
IGNORED = ("generator", "atom:generator", "skiphours", "skipdays", "atom:subtitle", "webmaster")
"""Elements of the feed of which nothing is used."""
Handler = Callable[[Feed, Any, dict[str, Any], set[str]], None]
"""Files what an element says under the keys that feedparser has for it, if it was not filed before."""
FOR_BOTH: dict[str, Handler] = {
    "atom:link": alike.link,
    "media:content": alike.media,
    "media:thumbnail": alike.media,
    "dc:creator": alike.byline,
    "dc:subject": alike.category,
}
FOR_RSS: dict[str, Handler] = FOR_BOTH | {
    "title": rss.title, "link": rss.link, "guid": rss.guid, "author": alike.byline,
    "managingeditor": alike.byline, "category": alike.category, "description": rss.description,
    "content:encoded": rss.encoded, "enclosure": rss.enclosure, "copyright": rss.rights,
}  # fmt: skip
FOR_RDF: dict[str, Handler] = FOR_BOTH | {
    "rss1:title": rss.title, "rss1:link": rss.link, "rss1:description": rss.description, "content:encoded": rss.encoded,
}  # fmt: skip
FOR_ATOM: dict[str, Handler] = FOR_BOTH | {
    "atom:title": atom.title, "atom:id": atom.identifier, "atom:author": atom.author,
    "atom:category": alike.category, "atom:summary": atom.summary, "atom:content": atom.content,
    "atom:rights": atom.rights,
}  # fmt: skip
OF_FEEDS = (
    rss.title, rss.link, rss.guid, rss.description, rss.rights, atom.title, atom.identifier, atom.author, atom.rights,
    alike.link, alike.byline, alike.category,
)  # fmt: skip
"""What may be said of a feed, and not of a post only."""
IMPRINT = "imprint"
"""Of an entry that was not read, because its bytes are known: the key of what is remembered of it."""


class Parsed(dict[str, Any]):
    """What feedparser would have given, as far as it is used."""

    def __init__(self, version: str, feed: dict[str, Any], entries: list[dict[str, Any]], stamps: list[str]) -> None:
        super().__init__(version=version, bozo=0)
        self.feed, self.entries, self.stamps = feed, entries, stamps


def read_fast(body: bytes, content_type: str, known: Known | None = None) -> Parsed | None:
    """The feed in `body`; None for one that is ill-formed, of another format, or out of the ordinary.

    Entries whose bytes are `known` are not read.
    """
    from lxml import etree

    found = decoded(body, content_type)
    if found is None:
        return None
    text, encoding = found
    try:
        root = etree.fromstring(text, etree.XMLParser(resolve_entities=False, no_network=True, encoding="utf-8"))
        return Reader(encoding, root.get(f"{XML}lang"), known).read(root)
    except (etree.XMLSyntaxError, Declined, ValueError):
        return None


def decoded(body: bytes, content_type: str) -> tuple[bytes, str] | None:
    """The feed in UTF-8 without its prolog, and the encoding that feedparser takes it for; None when that is open."""
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        return None
    marked = body.startswith(codecs.BOM_UTF8)
    body = body.removeprefix(codecs.BOM_UTF8)
    prolog = PROLOG.match(body)
    declared = DECLARED.search(prolog[0]) if prolog else None
    told = CHARSET.search(content_type)
    try:
        encoding = codecs.lookup(declared[1].decode("ascii")).name if declared else "utf-8"
        if encoding not in ENCODINGS or (told and codecs.lookup(told[1]).name != encoding):
            return None
        if marked and encoding != "utf-8":
            return None
        body = body[prolog.end() :] if prolog else body
        text = body.decode(encoding)
    except (LookupError, UnicodeDecodeError):
        return None
    if content_type.strip().lower().startswith("text/") and not told and body.isascii():
        encoding = "us-ascii"
    return body if encoding == "utf-8" else text.encode(), encoding


class Reader:
    """Reads one feed; the order of the elements counts as it does for feedparser."""

    def __init__(self, encoding: str, language: str | None, known: Known | None) -> None:
        self.feed = Feed(encoding, language)
        self.known = known
        self.atom = False
        self.handlers = FOR_RSS

    def read(self, root: Any) -> Parsed:
        self.atom = root.tag == "{http://www.w3.org/2005/Atom}feed"
        if self.atom:
            self.handlers = FOR_ATOM
            no_attributes(root, f"{XML}lang", "version")
            if root.get("version") is not None:
                raise Declined
            return self.read_feed(elements(root), "atom10", "atom:entry")
        if rdf.is_rdf(root):
            self.handlers = FOR_RDF
            return self.read_feed(rdf.parts_of(root), "rss10", rdf.ITEM)
        version = root.get("version") or ""
        if root.tag != "rss" or not version.startswith("2."):
            raise Declined
        no_attributes(root, f"{XML}lang", "version")
        channels = elements(root)
        if len(channels) != 1 or channels[0].tag != "channel" or channels[0].attrib:
            raise Declined
        return self.read_feed(elements(channels[0]), "rss20", "item")

    def read_feed(self, parts: Sequence[Any], version: str, entry: str) -> Parsed:
        told = self.feed.language if version != "rss10" else None  # feedparser looks for rdf:RDF among small letters
        about: dict[str, Any] = {"language": told} if told else {}
        entries: list[Any] = []
        seen: set[str] = set()
        for element in parts:
            name = name_of(element)
            if name == entry:
                entries.append(element)
            elif name == "image" and not self.atom:
                once(seen, "image")
                about["image"] = rss.image(self.feed, element)
            elif name not in IGNORED:
                self.take(element, name, about, seen, of_feed=True)
        return self.read_entries(entries, version, about)

    def read_entries(self, entries: Sequence[Any], version: str, about: dict[str, Any]) -> Parsed:
        """All but those that are known, with all that their meaning depends on outside of them."""
        if self.known is None:
            return Parsed(version, about, [self.read_entry(element) for element in entries], [])
        around = (version, self.feed.encoding, self.feed.language, about.get("link"), about.get("id"))
        stamps = stamped(entries, f"{self.known.circumstances} {around!r}")
        remembered = [self.known.imprints.get(stamp) for stamp in stamps]
        read = [
            self.read_entry(element) if one is None else {"id": one.id, IMPRINT: one}
            for element, one in zip(entries, remembered, strict=True)
        ]
        return Parsed(version, about, read, stamps)

    def read_entry(self, holder: Any) -> dict[str, Any]:
        no_attributes(holder, rdf.ABOUT)
        entry: dict[str, Any] = {}
        seen: set[str] = set()
        if about := holder.get(rdf.ABOUT):
            once(seen, "id")
            entry["id"] = about
        for element in elements(holder):
            self.take(element, name_of(element), entry, seen, of_feed=False)
        enclosures = [link for link in entry.get("links", ()) if link.get("rel") == "enclosure"]
        entry["enclosures"] = [{key: link[key] for key in link if key != "rel"} for link in enclosures]
        return entry

    def take(self, element: Any, name: str, holder: dict[str, Any], seen: set[str], *, of_feed: bool) -> None:
        """File what one element says."""
        if name in TEXTS:
            no_attributes(element)
            key = TEXTS[name]
            once(seen, key)
            holder[key] = self.feed.text(element, address=key in ADDRESSES)
            return
        handler = self.handlers.get(name)
        if handler is None or (of_feed and handler not in OF_FEEDS):
            raise Declined
        handler(self.feed, element, holder, seen)
