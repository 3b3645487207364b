"""Entries taken over from the page on which they stand already, so that only those that changed are made anew.

lxml writes a page with one entry below the other, two spaces in. Within an entry, `<` is written as `&lt;` in all text
and attributes: so the pages are taken apart and put together at the lines on which entries begin, to the letter. The
pages for people are taken apart in the same way, at their articles, as our own templates write them.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from datetime import datetime
from hashlib import blake2b
from pathlib import Path

from aggregator.store.publishing import Filed

BEGIN = b"\n  <entry"
END = b"\n</feed>"
ARTICLE, ARTICLE_END = '<article id="', "</article>"


def lying_there(place: Path, key: str, filed: Filed | None) -> bytes:
    """The page, where just what was `filed` of it under this `key` lies there; else nothing."""
    if filed is None or filed.key != key:
        return b""
    try:
        page = place.read_bytes()
    except OSError:
        return b""
    return page if blake2b(page, digest_size=16).hexdigest() == filed.digest else b""


def entries_in(page: bytes) -> dict[str, bytes]:
    """The entries of a page for programs, as they are written, by their atom:id, in their order."""
    return {first(entry, b"id"): entry for entry in page[: page.rindex(END)].split(BEGIN)[1:]} if page else {}


def articles_in(page: bytes) -> dict[str, str]:
    """The entries of a page for people, as they are written, by their atom:id; none where a template writes it
    otherwise."""
    text = page.decode()
    pieces = [piece.partition(ARTICLE_END)[0] for piece in text.split(ARTICLE)[1:]]
    if text.count(ARTICLE_END) != len(pieces):
        return {}
    return {html.unescape(piece.partition('"')[0]): ARTICLE + piece + ARTICLE_END for piece in pieces}


def date_of(entry: bytes) -> datetime:
    """When an entry, as it is written, was published."""
    return datetime.fromisoformat(first(entry, b"published"))


def update_of(entry: bytes) -> datetime:
    """When an entry, as it is written, was updated."""
    return datetime.fromisoformat(first(entry, b"updated"))


def first(entry: bytes, name: bytes) -> str:
    """The text of the first element of this name: the entry's own, as atom:source comes after them."""
    return html.unescape(entry.partition(b"<" + name + b">")[2].partition(b"</" + name + b">")[0].decode())


def with_entries(page: bytes, entries: Mapping[str, bytes], order: Iterable[str]) -> bytes:
    """`page`, which has none, with these `entries` in this `order` of ids; those that are missing are left out."""
    end = page.rindex(END)
    return BEGIN.join([page[:end], *(entries[one] for one in order if one in entries)]) + page[end:]
