"""Entries of a feed whose bytes are known from its last reading: told by a hash, and not read again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from aggregator.model import Imprint, RawPost


@dataclass(frozen=True, slots=True)
class Known:
    """What is remembered of the entries that a feed held."""

    circumstances: str
    """All that decides what an entry says besides the feed it stands in: with others, none is known."""
    imprints: Mapping[str, Imprint]
    """By stamp."""


def stamped(entries: Sequence[Any], circumstances: str) -> list[str]:
    """A hash of each of these elements as it is written, and of what else decides what it says."""
    from lxml import etree

    begun = blake2b(circumstances.encode("utf-8", "surrogatepass"), digest_size=12)
    stamps = []
    for element in entries:
        one = begun.copy()
        one.update(etree.tostring(element, encoding="utf-8", with_tail=False))
        stamps.append(one.hexdigest())
    return stamps


def as_it_was(imprint: Imprint, position: int) -> RawPost:
    """Of a post that is known just as it is, what a reading asks of it still."""
    return RawPost(id=imprint.id, link=imprint.link, published=imprint.published, position=position)
