"""The atom:id of an entry: fixed in the store before it is first published, and never changed after."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice

from aggregator.model import Entry
from aggregator.store import Store
from aggregator.store.archive import Span, without_entry_id
from aggregator.store.entry_ids import entry_ids, freeze_entry_ids

AT_ONCE = 5_000
"""Ids that are fixed in one transaction."""


def with_ids(store: Store, entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """The same entries, each with its atom:id; those published for the first time are given theirs for good."""
    new = [entry.stored.id for entry in entries if not entry.id]
    if not new:
        return tuple(entries)
    freeze_entry_ids(store, {post: entry_iri(post) for post in new})
    frozen = entry_ids(store, new)
    return tuple(
        replace(entry, id=found, stored=replace(entry.stored, entry_id=found))
        if (found := frozen.get(entry.stored.id))
        else entry
        for entry in entries
    )


def give_ids(store: Store, spans: Iterable[Span], now: datetime) -> None:
    """Fix the ids of all that is shown of these spans, many at once: page by page, each would wait for the disk."""
    new = (post for span in spans for post in without_entry_id(store, span, now))
    while given := {post: entry_iri(post) for post in islice(new, AT_ONCE)}:
        freeze_entry_ids(store, given)


def entry_iri(post: str) -> str:
    """The id of a stored post as a UUID of version 8 (RFC 9562, 5.8), which is an IRI as RFC 4287 asks for."""
    digits = post[:12] + "8" + post[13:16] + "8" + post[17:]
    return f"urn:uuid:{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
