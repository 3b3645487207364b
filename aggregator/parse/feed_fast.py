"""Ordinary RSS 2.0 and Atom 1.0 at a fifth of feedparser's cost, in the form in which feedparser gives them.

Whatever is out of the ordinary is declined: it gives None, and feedparser reads it. Known here is what stands in nearly
all feeds, and of it only what feedparser reads in one way; a test holds the two to the very same posts over every feed
there is. Quirks of feedparser are followed, so that a feed's posts are the same whichever of the two read it.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

PREFIXES = {
    "http://www.w3.org/2005/Atom": "atom:",
    "http://purl.org/dc/elements/1.1/": "dc:",
    "http://purl.org/rss/1.0/modules/content/": "content:",
    "http://purl.org/rss/1.0/modules/slash/": "slash_",
    "http://purl.org/rss/1.0/modules/syndication/": "sy_",
    "http://wellformedweb.org/CommentAPI/": "wfw_",
    "http://search.yahoo.com/mrss/": "media:",
}
PROLOG = re.compile(rb"<\?xml\s[^>]*?\?>")
DECLARED = re.compile(rb"""encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.-]+)", re.IGNORECASE)
ENCODINGS = ("utf-8", "cp1252", "iso8859-1", "iso8859-15")
SLASHES = re.compile(r"^([A-Za-z][A-Za-z0-9+-.]*://)(/*)(.*?)")
QUERY = re.compile(r"&([A-Za-z0-9_]+);")
CONTROL = re.compile("[\x80-\x9f]")
MAYBE_MARKUP = re.compile(r"</\w+>|&#?\w+;")
XML = "{http://www.w3.org/XML/1998/namespace}"
TYPES = {
    "text": "text/plain",
    "plain": "text/plain",
    "text/plain": "text/plain",
    "html": "text/html",
    "text/html": "text/html",
}
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


class Declined(Exception):  # noqa: N818  (no error: somebody else reads it)
    """The feed holds something that is not known here."""


class Parsed(dict[str, Any]):
    """What feedparser would have given, as far as it is used."""

    def __init__(self, version: str, feed: dict[str, Any], entries: list[dict[str, Any]]) -> None:
        super().__init__(version=version, bozo=0)
        self.feed, self.entries = feed, entries


def read_fast(body: bytes, content_type: str) -> Parsed | None:
    """The feed in `body`; None for one that is ill-formed, of another format, or out of the ordinary."""
    from lxml import etree

    found = decoded(body, content_type)
    if found is None:
        return None
    text, encoding = found
    try:
        root = etree.fromstring(text, etree.XMLParser(resolve_entities=False, no_network=True, encoding="utf-8"))
        return Reader(encoding, root.get(f"{XML}lang")).read(root)
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
    return text.encode(), encoding


class Reader:
    """Reads one feed; the order of the elements counts as it does for feedparser."""

    def __init__(self, encoding: str, language: str | None) -> None:
        self.encoding = encoding
        self.language = language.replace("_", "-") if language else None
        self.atom = False

    def read(self, root: Any) -> Parsed:
        self.atom = root.tag == "{http://www.w3.org/2005/Atom}feed"
        if self.atom:
            no_attributes(root, f"{XML}lang", "version")
            if root.get("version") is not None:
                raise Declined
            return self.read_feed(root, "atom10", "atom:entry")
        version = root.get("version") or ""
        if root.tag != "rss" or not version.startswith("2."):
            raise Declined
        no_attributes(root, f"{XML}lang", "version")
        channels = elements(root)
        if len(channels) != 1 or channels[0].tag != "channel" or channels[0].attrib:
            raise Declined
        return self.read_feed(channels[0], "rss20", "item")

    def read_feed(self, holder: Any, version: str, entry: str) -> Parsed:
        feed: dict[str, Any] = {"language": self.language} if self.language else {}
        entries: list[dict[str, Any]] = []
        seen: set[str] = set()
        for element in elements(holder):
            name = name_of(element)
            if name == entry:
                entries.append(self.read_entry(element))
            elif name == "image" and not self.atom:
                once(seen, "image")
                feed["image"] = self.image(element)
            elif name not in IGNORED:
                self.take(element, name, feed, seen, of_feed=True)
        return Parsed(version, feed, entries)

    def read_entry(self, holder: Any) -> dict[str, Any]:
        if holder.attrib:
            raise Declined
        entry: dict[str, Any] = {}
        seen: set[str] = set()
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
            holder[key] = self.text(element, address=key in ADDRESSES)
            return
        handler = (FOR_ATOM if self.atom else FOR_RSS).get(name) or FOR_BOTH.get(name)
        if handler is None or (of_feed and handler not in OF_FEEDS):
            raise Declined
        handler(self, element, holder, seen)

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

    def kind(self, element: Any, otherwise: str) -> str:
        """The type of a text construct of Atom (RFC 4287, 3.1)."""
        no_attributes(element, "type")
        kind = TYPES.get((element.get("type") or otherwise).lower())
        if kind is None:
            raise Declined
        return kind

    def image(self, element: Any) -> dict[str, Any]:
        no_attributes(element)
        found: dict[str, Any] = {}
        for part in elements(element):
            name = name_of(part)
            no_attributes(part)
            if name not in ("url", "title", "link", "width", "height", "description"):
                raise Declined
            key = "href" if name == "url" else name
            once(set(found), key)
            found[key] = self.text(part, address=name in ("url", "link"))
        return found

    def title(self, element: Any, holder: dict[str, Any], seen: set[str]) -> None:
        once(seen, "title")
        if not self.atom:
            no_attributes(element)
        kind = self.kind(element, "text")
        holder["title"] = self.text(element)
        holder["title_detail"] = self.detail(kind, holder["title"])

    def rss_link(self, element: Any, holder: dict[str, Any], seen: set[str]) -> None:
        no_attributes(element)
        once(seen, "link element")
        link = {"rel": "alternate", "type": "text/html"}
        holder.setdefault("links", []).append(link)
        found = self.text(element, address=True)
        if QUERY.search(found):
            raise Declined
        holder["link"] = found
        if found:
            link["href"] = found

    def atom_link(self, element: Any, holder: dict[str, Any], seen: set[str]) -> None:
        if words(element).strip():
            raise Declined
        link = {key.lower(): value for key, value in element.attrib.items() if "}" not in key}
        if any(key.startswith(XML) for key in element.attrib) or not link.get("href") or link.keys() & {"url", "uri"}:
            raise Declined
        link = {key: value.lower() if key in ("rel", "type") else value for key, value in link.items()}
        link.setdefault("rel", "alternate")
        link.setdefault("type", "application/atom+xml" if link["rel"] == "self" else "text/html")
        link["href"] = SLASHES.sub(r"\1\3", link["href"])
        holder.setdefault("links", []).append(link)
        if link["rel"] == "alternate" and link["type"] in ("text/html", "application/xhtml+xml", "html", "xhtml"):
            holder["link"] = link["href"]

    def identifier(self, element: Any, holder: dict[str, Any], seen: set[str]) -> None:
        no_attributes(element, *(() if self.atom else ("isPermaLink",)))
        once(seen, "id")
        is_link = element.get("isPermaLink", "true") == "true"
        holder["id"] = self.text(element, address=is_link)
        holder["guidislink"] = is_link and "link" not in holder
        if is_link:
            holder.setdefault("link", holder["id"])

    def byline(self, element: Any, holder: dict[str, Any], seen: set[str]) -> None:
        no_attributes(element)
        once(seen, "author")
        if "authors" in holder:
            raise Declined
        holder["author"] = self.text(element)

    def atom_author(self, element: Any, holder: dict[str, Any], seen: set[str]) -> None:
        no_attributes(element)
        if "author" in seen:
            raise Declined
        person: dict[str, str] = {}
        for part in elements(element):
            name = name_of(part)
            no_attributes(part)
            if name == "atom:uri":
                person["href"] = holder["href"] = self.text(part, address=True)
            elif name in ("atom:name", "atom:email") and name[5:] not in person:
                person[name[5:]] = words(part).strip()
            else:
                raise Declined
        who, mail = person.get("name"), person.get("email")
        holder.setdefault("authors", []).append(person)
        holder["author"] = f"{who} ({mail})" if who and mail else who or mail or ""
        if not holder["author"] or (not who and len(holder["authors"]) > 1):
            raise Declined

    def category(self, element: Any, holder: dict[str, Any], seen: set[str]) -> None:
        no_attributes(element, "term", "scheme", "domain", "label")
        tags = holder.setdefault("tags", [])
        scheme = element.get("scheme", element.get("domain"))
        add_tag(tags, element.get("term"), scheme, element.get("label"))
        value = self.text(element)
        if value and tags and not tags[-1]["term"]:
            tags[-1]["term"] = value
        elif value:
            add_tag(tags, value, None, None)

    def description(self, element: Any, holder: dict[str, Any], seen: set[str]) -> None:
        no_attributes(element)
        once(seen, "summary")
        holder["summary"] = self.text(element)
        holder["summary_detail"] = self.detail("text/html", holder["summary"])

    def encoded(self, element: Any, holder: dict[str, Any], seen: set[str]) -> None:
        no_attributes(element)
        once(seen, "content")
        value = self.text(element)
        holder["content"] = [self.detail("text/html", value)]
        holder.setdefault("summary", value)

    def atom_summary(self, element: Any, holder: dict[str, Any], seen: set[str]) -> None:
        once(seen, "summary")
        kind = self.kind(element, "text")
        holder["summary"] = self.text(element)
        holder["summary_detail"] = self.detail(kind, holder["summary"])

    def atom_content(self, element: Any, holder: dict[str, Any], seen: set[str]) -> None:
        once(seen, "content")
        kind = self.kind(element, "text")
        value = self.text(element)
        holder["content"] = [self.detail(kind, value)]
        holder.setdefault("summary", value)

    def rights(self, element: Any, holder: dict[str, Any], seen: set[str]) -> None:
        once(seen, "rights")
        if self.atom:
            self.kind(element, "text")
        else:
            no_attributes(element)
        holder["rights"] = self.text(element)

    def enclosure(self, element: Any, holder: dict[str, Any], seen: set[str]) -> None:
        no_attributes(element, "url", "length", "type")
        if not element.get("url") or len(element) or words(element).strip():
            raise Declined
        link: dict[str, str] = {"href": element.get("url"), "rel": "enclosure"}
        link |= {key: element.get(key) for key in ("length", "type") if element.get(key) is not None}
        if "type" in link:
            link["type"] = link["type"].lower()
        holder.setdefault("links", []).append(link)

    def media(self, element: Any, holder: dict[str, Any], seen: set[str]) -> None:
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
            value = self.text(part)
            if not kind or MAYBE_MARKUP.search(value):
                raise Declined
            if "content" in seen:
                html_or_plain = "text/html" if part.get("type") is None else "text/plain"
                holder["summary_detail"] = self.detail(html_or_plain, value)
            else:
                holder["content"] = [self.detail(kind, value)]
                seen.add("content")


Handler = Callable[[Reader, Any, dict[str, Any], set[str]], None]
FOR_BOTH: dict[str, Handler] = {
    "atom:link": Reader.atom_link,
    "media:content": Reader.media,
    "media:thumbnail": Reader.media,
    "dc:creator": Reader.byline,
    "dc:subject": Reader.category,
}
FOR_RSS: dict[str, Handler] = {
    "title": Reader.title, "link": Reader.rss_link, "guid": Reader.identifier, "author": Reader.byline,
    "managingeditor": Reader.byline, "category": Reader.category, "description": Reader.description,
    "content:encoded": Reader.encoded, "enclosure": Reader.enclosure, "copyright": Reader.rights,
}  # fmt: skip
FOR_ATOM: dict[str, Handler] = {
    "atom:title": Reader.title, "atom:id": Reader.identifier, "atom:author": Reader.atom_author,
    "atom:category": Reader.category, "atom:summary": Reader.atom_summary, "atom:content": Reader.atom_content,
    "atom:rights": Reader.rights,
}  # fmt: skip
OF_FEEDS = (
    Reader.title, Reader.rss_link, Reader.atom_link, Reader.identifier, Reader.byline, Reader.atom_author,
    Reader.category, Reader.description, Reader.rights,
)  # fmt: skip


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


def add_tag(tags: list[dict[str, Any]], term: str | None, scheme: str | None, label: str | None) -> None:
    tag = {"term": term, "scheme": scheme, "label": label}
    if (term or scheme or label) and tag not in tags:
        tags.append(tag)
