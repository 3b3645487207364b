"""What makes a feed valid, written from the specifications and not from the program."""

from __future__ import annotations

import json
import re
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from lxml import etree

from tests.conftest import SHARED

ATOM = "{http://www.w3.org/2005/Atom}"
CREATOR = "{http://purl.org/dc/elements/1.1/}creator"
ENCODED = "{http://purl.org/rss/1.0/modules/content/}encoded"
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
LONGEST = 600_000
"""Characters of any one field."""


def faults_of(name: str, body: bytes) -> list[str]:
    """What is wrong with a published feed, by its name; nothing for one that is right."""
    judges = {"rss.xml": rss_faults, "feed.json": json_faults}
    text = body.decode("utf-8")  # well-formed UTF-8, or the test ends here
    faults = [f"a forbidden character at {found.start()}" for found in FORBIDDEN.finditer(text)]
    return [f"{name}: {fault}" for fault in faults + judges.get(name, atom_faults)(body)]


@lru_cache
def grammar() -> etree.RelaxNG | None:
    """RFC 4287's RELAX NG; None where the sample material is not beside the checkout."""
    file = SHARED / "schema" / "atom.rng"
    return etree.RelaxNG(etree.parse(str(file))) if file.is_file() else None


def atom_faults(body: bytes) -> list[str]:
    """By RFC 4287's own grammar, and by what a grammar cannot say."""
    feed = etree.fromstring(body)
    faults = []
    schema = grammar()
    if schema is not None and not schema.validate(feed):
        faults.append(str(schema.error_log))
    ids = [entry.findtext(f"{ATOM}id") for entry in feed.findall(f"{ATOM}entry")]
    faults += [f"the id {one} is there twice" for one in set(ids) if ids.count(one) > 1]
    updates = [moment(one.text) for one in feed.findall(f"{ATOM}entry/{ATOM}updated")]
    if updates and moment(feed.findtext(f"{ATOM}updated")) != max(updates):
        faults.append("it is not updated when its newest entry is")
    for entry in feed.findall(f"{ATOM}entry"):
        links = entry.findall(f"{ATOM}link")
        if [one.get("rel") for one in links].count("alternate") != 1:
            faults.append("an entry has not one alternate link")
        addresses = [one.get("href", "") for one in links] + [
            entry.findtext(f"{ATOM}source/{ATOM}icon") or "http://a.b"
        ]
        faults += [f"{one!r} is no address" for one in addresses if not is_address(one)]
        if not entry.findtext(f"{ATOM}author/{ATOM}name") or not entry.findtext(f"{ATOM}title"):
            faults.append("an entry has no author or no title")
        for part in ("id", "title", "updated"):
            if not entry.findtext(f"{ATOM}source/{ATOM}{part}"):
                faults.append(f"an entry's source has no {part}")
        lengths = (len(node.text or "") for node in entry.iter())
        faults += [f"a field of {length} characters" for length in lengths if length > LONGEST]
    return faults


def rss_faults(body: bytes) -> list[str]:
    """By the RSS 2.0 specification and the RSS Advisory Board's profile of it."""
    root = etree.fromstring(body)
    channel = root[0]
    faults = []
    if root.tag != "rss" or root.get("version") != "2.0" or channel.tag != "channel" or len(root) != 1:
        faults.append("it is no RSS 2.0")
    faults += [f"the channel has no {part}" for part in ("title", "link", "description") if not channel.findtext(part)]
    selves = [one.get("href", "") for one in channel.findall(f"{ATOM}link") if one.get("rel") == "self"]
    if len(selves) != 1 or not selves[0].endswith("rss.xml"):
        faults.append("it has not one self link, to itself")
    guids = [item.findtext("guid") for item in channel.findall("item")]
    faults += [f"the guid {one} is there twice" for one in set(guids) if guids.count(one) > 1]
    for item in channel.findall("item"):
        wanted = ("title", "link", "description", "guid", "pubDate", CREATOR, ENCODED)
        faults += [f"an item has no {part}" for part in wanted if not item.findtext(part)]
        parsedate_to_datetime(item.findtext("pubDate") or "")
        guid = item.find("guid")
        if guid is not None and guid.get("isPermaLink") != "false":
            faults.append("a guid that is no link says that it is one")
        if len(item.findall("enclosure")) > 1:
            faults.append("an item has several enclosures")
        for enclosure in item.findall("enclosure"):
            if not (
                enclosure.get("length", "").isdigit() and enclosure.get("type") and is_address(enclosure.get("url", ""))
            ):
                faults.append("an enclosure lacks its length, type or url")
        source = item.find("source")
        if source is not None and not (source.text and is_address(source.get("url", ""))):
            faults.append("a source without title or url")
    return faults


def json_faults(body: bytes) -> list[str]:
    """By https://www.jsonfeed.org/version/1.1/."""
    feed = json.loads(body)
    faults = []
    if feed["version"] != "https://jsonfeed.org/version/1.1" or not isinstance(feed.get("title"), str):
        faults.append("no version or no title")
    faults += [f"{key} is no address" for key in ("home_page_url", "feed_url") if not is_address(feed[key])]
    ids = [item["id"] for item in feed["items"]]
    faults += [f"the id {one} is there twice" for one in set(ids) if ids.count(one) > 1]
    texts = {"id", "url", "title", "content_html", "summary", "image", "date_published", "date_modified", "language"}
    for item in feed["items"]:
        faults += [
            f"{key} is not known" for key in item if key not in texts | {"authors", "tags", "attachments", "_source"}
        ]
        faults += [
            f"{key} is no text" for key in texts & item.keys() if not isinstance(item[key], str) or not item[key]
        ]
        faults += [
            f"{item[key]!r} is no address" for key in ("url", "image") if key in item and not is_address(item[key])
        ]
        if "content_html" not in item:
            faults.append("an item without content")
        for key in ("date_published", "date_modified"):
            moment(item[key])
        if not LANGUAGE.fullmatch(item.get("language", "nl")):
            faults.append("a language that is none")
        if not all(isinstance(one.get("name"), str) and one["name"] for one in item["authors"]):
            faults.append("an author without a name")
        if not all(isinstance(one, str) and one for one in item.get("tags", [])):
            faults.append("a tag that is no text")
        for one in item.get("attachments", []):
            size = one.get("size_in_bytes", 1)
            if not (is_address(one["url"]) and "/" in one["mime_type"] and isinstance(size, int) and size > 0):
                faults.append("an attachment without url or type, or of no size")
    return faults


def is_address(text: Any) -> bool:
    parts = urlsplit(text)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and text.isascii() and " " not in text


def moment(text: str | None) -> datetime:
    """RFC 3339, with an offset. Raises ValueError."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?([+-]\d\d:\d\d|Z)", text or ""):
        raise ValueError(f"{text!r} is no moment as RFC 3339 writes it")
    return datetime.fromisoformat(text or "")
