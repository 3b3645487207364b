"""Entries taken over from the page on which they stand already, so that only those that changed are made anew.

lxml writes a page with one entry below the other, two spaces in. Within an entry, `<` is written as `&lt;` in all text
and attributes: so the pages are taken apart and put together at the lines on which entries begin, to the letter.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from pathlib import Path

from aggregator.store.publishing import Filed

BEGIN = b"\n  <entry"
END = b"\n</feed>"


def lying_there(place: Path, key: str, filed: Filed | None) -> dict[str, bytes]:
    """The entries of a page, by their atom:id, where just what was `filed` of it under this `key` lies there."""
    if filed is None or filed.key != key:
        return {}
    try:
        page = place.read_bytes()
    except OSError:
        return {}
    return entries_in(page) if blake2b(page, digest_size=16).hexdigest() == filed.digest else {}


def entries_in(page: bytes) -> dict[str, bytes]:
    """The entries of a page, as they are written, by their atom:id."""
    return {id_of(entry): entry for entry in page[: page.rindex(END)].split(BEGIN)[1:]}


def id_of(entry: bytes) -> str:
    return html.unescape(entry.partition(b"<id>")[2].partition(b"</id>")[0].decode())


def with_entries(page: bytes, known: Mapping[str, bytes], order: Iterable[str]) -> bytes:
    """`page` with the entries of `known` besides its own, in this `order` of ids; those in neither are left out."""
    end = page.rindex(END)
    head = page[:end].split(BEGIN, 1)[0]
    entries = {**known, **entries_in(page)}
    return BEGIN.join([head, *(entries[one] for one in order if one in entries)]) + page[end:]
