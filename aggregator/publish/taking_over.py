"""Entries taken over from the page on which they stand already, so that only those that changed are made anew.

lxml writes a page with one entry below the other, two spaces in. Within an entry, `<` is written as `&lt;` in all text
and attributes: so the pages are taken apart and put together at the lines on which entries begin, to the letter. The
pages for people are taken apart in the same way, at their articles, as our own templates write them.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from aggregator.publish.files import stamp
from aggregator.store.publishing import Filed

BEGIN = b"\n  <entry"
END = b"\n</feed>"
ARTICLE, ARTICLE_END = '<article id="', "</article>"


def lying_there(place: Path, key: str, filed: Filed | None) -> bytes:
    """The page, where it lies there as it was left when it was `filed` under this `key`; else nothing."""
    if filed is None or filed.key != key or filed.stamp != stamp(place):
        return b""
    try:
        return place.read_bytes()
    except OSError:
        return b""


def entries_in(page: bytes) -> dict[str, bytes]:
    """The entries of a page for programs, as they are written, by their atom:id, in their order."""
    return {first(entry, b"id"): entry for entry in page[: page.rindex(END)].split(BEGIN)[1:]} if page else {}


def articles_in(page: bytes) -> dict[str, str]:
    """The entries of a page for people, as they are written, by the id of the element; none where a template writes it
    otherwise."""
    text = page.decode()
    pieces = [piece.partition(ARTICLE_END)[0] for piece in text.split(ARTICLE)[1:]]
    if text.count(ARTICLE_END) != len(pieces):
        return {}
    return {piece.partition('"')[0]: ARTICLE + piece + ARTICLE_END for piece in pieces}


def date_of(entry: bytes) -> datetime:
    """When an entry, as it is written, was published."""
    return datetime.fromisoformat(first(entry, b"published"))


def update_of(entry: bytes) -> datetime:
    """When an entry, as it is written, was updated."""
    return datetime.fromisoformat(first(entry, b"updated"))


def first(entry: bytes, name: bytes) -> str:
    """The text of the first element of this name: the entry's own, as atom:source comes after them."""
    start = entry.index(b"<" + name + b">") + len(name) + 2
    return html.unescape(entry[start : entry.index(b"<", start)].decode())


def with_entries(page: bytes, entries: Mapping[str, bytes], order: Iterable[str]) -> bytes:
    """`page` with these `entries`, in this `order` of ids, in place of its own; those that are missing are left out."""
    end = page.rindex(END)
    head = page[:end].partition(BEGIN)[0]
    return BEGIN.join([head, *(entries[one] for one in order if one in entries)]) + page[end:]
