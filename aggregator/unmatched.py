"""What sources.yaml names of posts and nothing stored answers to: said once, as it may be a slip.

No mistake, for it may be of a post that is still to come; but who asked to be withheld is published until it is seen.
"""

from __future__ import annotations

import json

from aggregator.reconsider import stored_at
from aggregator.settings import Settings
from aggregator.store import Store
from aggregator.store.holding import note, noted

NOTE = "named"


def unmatched(settings: Settings, store: Store) -> tuple[str, ...]:
    """A sentence for each address and author that `withhold` or `corrections` names anew, and that is nowhere."""
    withheld = settings.publication.withhold
    addresses = {one.post for one in withheld if one.post}
    for line in settings.corrections:
        addresses |= {one for one in (*(line.apart or ()), *(line.together or ()), line.publish, line.hold) if one}
    authors = {one.author for one in withheld if one.author}
    before: list[str] = json.loads(noted(store, NOTE) or "[]")
    now = sorted(addresses | authors)
    if now == before:
        return ()
    with store.transaction():
        note(store, NOTE, json.dumps(now))
    anew = [one for one in now if one not in before]
    known = authors_of(store) if authors.intersection(anew) else set()
    hint = "look whether it is spelt so; it holds for what is still to come"
    return tuple(
        f"sources.yaml: no post names {one!r} as its author: {hint}."
        if one in authors
        else f"sources.yaml: no post is stored at {one}: {hint}."
        for one in anew
        if (one.casefold() not in known if one in authors else stored_at(store, one) is None)
    )


def authors_of(store: Store) -> set[str]:
    """All authors of stored posts, without case."""
    rows = store.rows("SELECT DISTINCT authors FROM post")
    return {author.casefold() for row in rows for author in json.loads(row["authors"])}
