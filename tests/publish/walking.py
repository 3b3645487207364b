"""A reader of archived feeds (RFC 5005), written from the RFC and knowing nothing of this program."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.request import urlopen
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

ATOM = "{http://www.w3.org/2005/Atom}"
HISTORY = "{http://purl.org/syndication/history/1.0}"
TOMBSTONE = "{http://purl.org/atompub/tombstones/1.0}deleted-entry"


@dataclass
class Walk:
    """What a reader has after walking: entries by id, in the document nearest to the feed where several hold them."""

    entries: dict[str, Element] = field(default_factory=dict)
    tombstones: dict[str, str] = field(default_factory=dict)
    documents: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    """Ids that stand in one document more than once."""


def walk(address: str) -> Walk:
    """Read the feed at `address`, and every page of its archive, from the newest to the oldest."""
    found = Walk()
    here: str | None = address
    after: str | None = None
    while here is not None:
        assert here not in found.documents, "the archive leads in a circle"
        with urlopen(here) as response:
            feed = ElementTree.fromstring(response.read())
        archive = feed.find(f"{HISTORY}archive") is not None
        assert archive == (here != address)
        assert link(feed, "self") == here
        if archive:
            assert link(feed, "current") == address
            # The feed itself may pass over pages whose entries it holds all; between pages there is no gap.
            assert link(feed, "next-archive") == after or len(found.documents) == 1
        ids = [entry.findtext(f"{ATOM}id") or "" for entry in feed.iter(f"{ATOM}entry")]
        found.twice += [one for one in set(ids) if ids.count(one) > 1]
        for entry, one in zip(feed.iter(f"{ATOM}entry"), ids, strict=True):
            found.entries.setdefault(one, entry)
        for tombstone in feed.iter(TOMBSTONE):
            found.tombstones.setdefault(tombstone.get("ref", ""), tombstone.get("when", ""))
        found.documents.append(here)
        complete = feed.find(f"{HISTORY}complete") is not None
        here, after = link(feed, "prev-archive"), here
        assert not (complete and here), "a complete feed has no archive"
    return found


def link(feed: Element, relation: str) -> str | None:
    """The address of the one link of this relation; None when there is none."""
    found = [one.get("href") for one in feed.findall(f"{ATOM}link") if one.get("rel") == relation]
    assert len(found) <= 1, relation
    return found[0] if found else None
