"""The ids of a feed's entries as they stand there, and what is wrong with them."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from aggregator.model import RawPost

ENTRY = re.compile(rb"<(?:\w+:)?(entry|item)[\s>]")
ENDS = {name: re.compile(rb"</(?:\w+:)?%s\s*>" % name) for name in (b"entry", b"item")}
SOURCE = re.compile(rb"<(?:\w+:)?source[\s>].*?(?:</(?:\w+:)?source\s*>|\Z)", re.DOTALL)
ID = re.compile(rb"<(?:\w+:)?(?:id|guid)(?:\s[^<>]*)?>\s*(?:<!\[CDATA\[)?\s*([^<\]]*)")


def raw_ids(body: bytes, parsed: Sequence[str | None]) -> Sequence[str | None]:
    """`parsed`, with relative ids as the feed spells them.

    feedparser resolves them against xml:base; an id is compared byte for byte and never resolved (RFC 4287, 4.2.6.1),
    or every id changes with the address of the feed.
    """
    if b"xml:base" not in body:
        return parsed
    entries = [SOURCE.sub(b"", entry) for entry in entries_in(body)]
    if len(entries) != len(parsed):
        return parsed
    found = [ID.search(entry) for entry in entries]
    written = [html.unescape(one[1].decode("utf-8", "replace")).strip() if one else "" for one in found]
    return [
        raw if raw and known and known != raw and known.endswith(raw.lstrip("./")) else known
        for raw, known in zip(written, parsed, strict=True)
    ]


def entries_in(body: bytes) -> Iterator[bytes]:
    """The entries as they are written. It ends at one that does not: the rest is not gone through for each after it."""
    start = ENTRY.search(body)
    while start and (end := ENDS[start[1]].search(body, start.end())):
        yield body[start.start() : end.end()]
        start = ENTRY.search(body, end.end())


def doubts_of(posts: Sequence[RawPost]) -> tuple[str, ...]:
    """In what the posts' ids fail to tell them apart, a sentence each, with what is gone by instead."""
    times = Counter(post.id for post in posts)
    without, shared = times.pop(None, 0), sum(count for count in times.values() if count > 1)
    doubts = []
    if without:
        doubts.append(
            f"{without} of its {len(posts)} posts have no id; they are known by their address, else their title."
        )
    if shared:
        doubts.append(
            f"{shared} of its {len(posts)} posts share their id with another; they are told apart by their address, "
            "else their title."
        )
    return tuple(doubts)
