"""From what a reading brought to the one transaction that keeps it: clean, tell apart, match, record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from aggregator.dedupe.corrections import HELD, Corrected, corrected
from aggregator.dedupe.hashes import raw_hash
from aggregator.dedupe.identity import (
    Identified,
    LookUp,
    has_time,
    identify,
    key_at_address,
    own_key,
    told_apart,
)
from aggregator.dedupe.rules import ALLOWANCE, excluded, over_allowance
from aggregator.matching import related
from aggregator.model import (
    DatedBy,
    KnownPost,
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
)
from aggregator.normalise.urls import compare_key
from aggregator.prepare import addresses_of
from aggregator.settings import Settings, Source
from aggregator.standing import outcome, state_after
from aggregator.store import Store
from aggregator.store.known import known_by_key, known_otherwise
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

    def with_result(self, result: RawPost | Problem) -> Self:
        """The same post with what came of completing it."""
        if isinstance(result, Problem):
            lasting = result.state in ("empty", "gone", "blocked") or result.status == 404
            return replace(self, problem=result, postponed=not lasting)
        return replace(self, raw=result, hash=self.hash if result.whole else "")

    def made_ready(self, ready: Ready) -> Self:
        return replace(self, ready=ready)

    def put_off(self) -> Self:
        return replace(self, postponed=True)


@dataclass(frozen=True, slots=True)
class Sifted:
    """The posts of a reading: those that are to be dealt with, and the ids of those that stand stored as they are."""

    unknown: tuple[Completed, ...] = ()
    listed: frozenset[str] = frozenset()


def sifted(reading: Reading, known: Mapping[str, str]) -> Sifted:
    """The posts of a reading, those that are stored just as they are set aside before the expensive part.

    `known` are the ids of the stored posts by their raw hashes.
    """
    if reading.feed is None:
        return Sifted()
    made = reading.feed.ready
    unknown, listed = [], set()
    for raw in reading.feed.posts:
        ready = made.get(raw.position)
        digest = ready.raw_hash if ready else raw_hash(raw)
        if digest in known:
            listed.add(known[digest])
        else:
            unknown.append(Completed(raw, digest, ready=ready))
    return Sifted(tuple(unknown), frozenset(listed))


def keep(
    source: Source,
    memory: Memory,
    before: SourceState,
    reading: Reading,
    completed: Sequence[Completed],
    listed: Set[str],
    settings: Settings,
    store: Store,
    now: datetime,
    response_seconds: float | None = None,
) -> Outcome:
    """Record all that the reading changes, in one transaction, and say what it was.

    `listed` are the ids of the stored posts that the source still shows as they are.
    """
    feed = reading.feed or RawFeed()
    ready = {
        post.raw.position: replace(post.ready, raw_hash=post.hash)
        for post in completed
        if post.ready is not None and post.problem is None and not post.postponed
    }
    cleaned = [one.post for one in ready.values() if one.post is not None]
    known = known_of(cleaned, ready, source, store) if memory.post_count else ()
    corrections = corrected(settings.corrections, compare_key, settings.publication.withhold)
    identified = identify(cleaned, known, compare_key, listed, lambda post: ready[post.position].text_hash)
    doubts = tuple(dict.fromkeys(one.doubt for one in identified if one.doubt))
    if reading.feed is not None and doubts:
        reading = replace(reading, feed=replace(feed, remarks=feed.remarks + doubts))
    new = {one.id for one in identified if one.verdict.kind == "new"}
    changed = within_allowance([stored_post(one, ready, source, corrections, now) for one in identified], new, source)
    edited = {one.id for one in identified if one.known is not None}
    facts = {stored.id: ready[stored.post.position] for stored in changed}
    kept = Kept(
        state=state_after(source, before, memory, reading, feed, changed, settings, store, now),
        response_seconds=response_seconds,
        reading=reading if not any(post.postponed for post in completed) else replace(reading, resources=()),
        posts=changed,
        text_hashes={post: one.text_hash for post, one in facts.items()},
        fingerprints={post: one.fingerprint for post, one in facts.items()},
        samples={post: one.sample for post, one in facts.items()},
        addresses={post: one.addresses for post, one in facts.items()},
        aliases={one.known.key: one.id for one in identified if one.known and one.verdict.kind == "rekeyed"},
        relations=related(changed, facts, edited, settings, corrections, store) | listed_twice(identified),
        verdicts=[(one.id, one.verdict) for one in identified if one.verdict.kind != "known"],
        set_aside={
            post.raw.link or "": post.problem.sentence for post in completed if post.problem and not post.postponed
        },
    )
    record(store, kept, now)
    return outcome(source, before, kept, changed)


def known_of(posts: Sequence[Post], ready: Mapping[int, Ready], source: Source, store: Store) -> tuple[KnownPost, ...]:
    """What is known of `source` that one of `posts` may be: by their keys, and for the others by what else they are."""
    apart = [post for post, _ in told_apart(posts, compare_key)]
    keys = {key for post in (*posts, *apart) for key in (post.key, key_at_address(post, compare_key))}
    by_key = known_by_key(store, source.name, keys)
    look_up = LookUp(by_key, compare_key, lambda post: ready[post.position].text_hash)
    others = [post for post in apart if own_key(post, look_up).key not in look_up.by_key]
    otherwise = known_otherwise(
        store,
        source.name,
        [address for post in others for address in ready[post.position].addresses],
        [ready[post.position].text_hash for post in others],
        [post.published for post in others if post.published is not None and has_time(post.published)],
    )
    seen = {one.id for one in by_key}
    return (*by_key, *(one for one in otherwise if one.id not in seen))


def listed_twice(identified: Sequence[Identified]) -> dict[str, tuple[str | None, str]]:
    """The posts that their own source lists a second time: copies of the first."""
    return {one.id: (one.verdict.of, one.verdict.reason) for one in identified if one.verdict.kind == "copy"}


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
        held=held_back(post, known.held if known else None, source, corrections),
    )


def held_back(post: Post, before: str | None, source: Source, corrections: Corrected) -> str | None:
    """Why the post is not published; None when it is.

    What is withheld on request stays so; a correction wins over a rule, and a rule over an allowance.
    """
    addresses = set(addresses_of(post))
    if withheld := corrections.withholds(post, addresses):
        return withheld
    if addresses & corrections.published:
        return None
    if addresses & corrections.held:
        return HELD
    rule = excluded(post, source)
    return rule.reason if rule else before if before and before.startswith(ALLOWANCE) else None


def within_allowance(stored: Sequence[StoredPost], new: Set[str], source: Source) -> list[StoredPost]:
    """The same posts, those of `new` held back that are more than the source may bring in one reading."""
    if source.allowance is None or len(new) <= source.allowance:
        return list(stored)
    newest = sorted(
        (one for one in stored if one.id in new), key=lambda one: (-one.date.timestamp(), one.post.position)
    )
    over = {one.id for one in newest[source.allowance :]}
    why = over_allowance(len(newest), source)
    return [replace(one, held=one.held or why) if one.id in over else one for one in stored]


def dated(post: Post, first_seen: datetime) -> tuple[datetime, DatedBy]:
    """What orders the post: the date it states, else when it was first seen."""
    if post.published is not None:
        return post.published, "published"
    if post.updated is not None:
        return post.updated, "updated"
    return first_seen, "first-seen"
