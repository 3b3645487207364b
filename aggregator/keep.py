"""From what a reading brought to the one transaction that keeps it: clean, tell apart, match, record."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from aggregator.dedupe.corrections import HELD, Corrected, corrected
from aggregator.dedupe.hashes import raw_hash
from aggregator.dedupe.identity import Identified
from aggregator.dedupe.rules import ALLOWANCE, excluded, over_allowance
from aggregator.matching import related
from aggregator.model import (
    DatedBy,
    Memory,
    Outcome,
    Post,
    Problem,
    RawFeed,
    RawPost,
    Reading,
    Ready,
    SourceState,
    StoredPost,
    ToldBy,
)
from aggregator.normalise.urls import compare_key
from aggregator.recognising import recognise, trusted_with
from aggregator.settings import Settings, Source
from aggregator.standing import outcome, state_after
from aggregator.store import Store
from aggregator.store.holding import oldest_of_many
from aggregator.store.sources import Kept, record


@dataclass(frozen=True, slots=True)
class Completed:
    """A raw post on its way: as it was announced, and what its article page made of it."""

    raw: RawPost
    hash: str
    """Of the post as it was announced: equal next time, and there is nothing to do."""
    problem: Problem | None = None
    postponed: bool = False
    """Not dealt with in this run: the source must be read again to come to it."""
    ready: Ready | None = None

    def with_result(self, result: RawPost | Problem, *, of_feed: bool = False) -> Self:
        """The same post with what came of completing it.

        Of a page's list, what leads to no article is no post. An entry of a feed is one, and has its title where its
        page may not be read, or is made of what no reader sees.
        """
        if isinstance(result, Problem):
            if of_feed and self.raw.title and result.state in ("blocked", "empty"):
                return self
            lasting = result.state in ("empty", "gone", "blocked") or result.status == 404
            return replace(self, problem=result, postponed=not lasting)
        return replace(self, raw=result, hash=self.hash if result.whole else "")

    def made_ready(self, ready: Ready) -> Self:
        return replace(self, ready=ready)

    def put_off(self) -> Self:
        return replace(self, postponed=True)


def unknown(reading: Reading, known: Collection[str], told_by: ToldBy = "id") -> list[Completed]:
    """The posts of a reading that are not stored just as they are: set aside before the expensive part."""
    if reading.feed is None or not reading.feed.posts:
        return []
    made = reading.feed.ready
    found = []
    for raw in reading.feed.posts:
        ready = made.get(raw.position)
        digest = ready.raw_hash if ready else raw_hash(raw, told_by)
        if digest not in known:
            found.append(Completed(raw, digest, ready=ready))
    return found


def keep(
    source: Source,
    memory: Memory,
    before: SourceState,
    reading: Reading,
    completed: Sequence[Completed],
    settings: Settings,
    store: Store,
    now: datetime,
    response_seconds: float | None = None,
) -> Outcome:
    """Record all that the reading changes, in one transaction, and say what it was."""
    feed = reading.feed or RawFeed()
    ready = {
        post.raw.position: post.ready if post.ready.raw_hash == post.hash else replace(post.ready, raw_hash=post.hash)
        for post in completed
        if post.ready is not None and post.problem is None and not post.postponed
    }
    corrections = corrected(settings.corrections, compare_key, settings.publication.withhold)
    recognised = recognise(ready, feed, source, before, store)
    identified = recognised.posts
    state = replace(before, told_by=recognised.told_by, told_by_reason=recognised.reason)
    new = {one.id for one in identified if one.verdict.kind == "new"}
    rows = [stored_post(one, ready, source, corrections, now) for one in identified]
    changed = within_allowance(rows, new, source, oldest_of_many(store, source.name, ALLOWANCE) if new else None)
    edited = {one.id for one in identified if one.known is not None}
    facts = {stored.id: ready[stored.post.position] for stored in changed}
    kept = Kept(
        state=state_after(source, state, memory, reading, feed, changed, settings, store, now),
        response_seconds=response_seconds,
        reading=reading if not any(post.postponed for post in completed) else replace(reading, resources=()),
        posts=changed,
        text_hashes={post: one.text_hash for post, one in facts.items()},
        sketches={post: one.sketch for post, one in facts.items()},
        addresses={post: one.addresses for post, one in facts.items()},
        aliases={one.known.key: one.id for one in identified if one.known and one.verdict.kind == "rekeyed"},
        relations=related(changed, facts, edited, settings, corrections, store),
        verdicts=[(one.id, one.verdict) for one in identified if one.verdict.kind != "known"],
        set_aside={
            post.raw.link or "": post.problem.sentence for post in completed if post.problem and not post.postponed
        },
    )
    record(store, kept, now)
    told = recognised.reason if recognised.told_by != trusted_with(source, before) else ""
    return replace(outcome(source, before, kept, changed), told=told)


def stored_post(
    one: Identified, ready: Mapping[int, Ready], source: Source, corrections: Corrected, now: datetime
) -> StoredPost:
    """The row of a new or changed post. Undated posts are dated by when they were first seen, for good."""
    post, known = one.post, one.known
    first_seen = known.first_seen if known else now
    date, dated_by = dated(post, first_seen)
    edited = one.verdict.kind == "edited"
    return StoredPost(
        id=one.id,
        post=post,
        first_seen=first_seen,
        date=date,
        dated_by=dated_by,
        raw_hash=ready[post.position].raw_hash,
        content_hash=ready[post.position].content_hash,
        revised=now if edited else None,
        held=held_back(post, ready[post.position].addresses, known.held if known else None, source, corrections),
    )


def held_back(
    post: Post, addresses: Sequence[str], before: str | None, source: Source, corrections: Corrected
) -> str | None:
    """Why the post, which has these `addresses`, is not published; None when it is.

    What is withheld on request stays so; a correction wins over a rule, and a rule over an allowance.
    """
    if withheld := corrections.withholds(post, addresses):
        return withheld
    if not corrections.published.isdisjoint(addresses):
        return None
    if not corrections.held.isdisjoint(addresses):
        return HELD
    rule = excluded(post, source)
    return rule.reason if rule else before if before and before.startswith(ALLOWANCE) else None


def within_allowance(
    stored: Sequence[StoredPost], new: Set[str], source: Source, oldest: datetime | None
) -> list[StoredPost]:
    """The same posts, those of `new` held back that are more than the source may bring in one reading.

    A long past comes in instalments, as article pages are read. So where posts were held back for their number, what is
    older than the `oldest` that was let through then belongs to them.
    """
    if source.allowance is None:
        return list(stored)
    newest = sorted(
        (one for one in stored if one.id in new), key=lambda one: (-one.date.timestamp(), one.post.position)
    )
    over = {one.id for one in newest[source.allowance :]}
    over |= {one.id for one in newest if oldest is not None and one.date < oldest}
    why = over_allowance(len(newest), source)
    return [replace(one, held=one.held or why) if one.id in over else one for one in stored]


def dated(post: Post, first_seen: datetime) -> tuple[datetime, DatedBy]:
    """What orders the post: the date it states, else when it was first seen."""
    if post.published is not None:
        return post.published, "published"
    if post.updated is not None:
        return post.updated, "updated"
    return first_seen, "first-seen"
