"""From what a reading brought to the one transaction that keeps it: clean, tell apart, match, record."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from aggregator.dedupe.clusters import Member, relations
from aggregator.dedupe.copies import ruling_out, same_post
from aggregator.dedupe.corrections import HELD, Corrected, corrected
from aggregator.dedupe.hashes import raw_hash
from aggregator.dedupe.identity import Identified, has_time, identify, told_apart
from aggregator.dedupe.rules import ALLOWANCE, excluded, over_allowance
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
from aggregator.store import posts as stored_posts
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


def unknown(reading: Reading, known: Collection[str]) -> list[Completed]:
    """The posts of a reading that are not stored just as they are: set aside before the expensive part."""
    if reading.feed is None or not reading.feed.posts:
        return []
    made = reading.feed.ready
    found = []
    for raw in reading.feed.posts:
        ready = made.get(raw.position)
        digest = ready.raw_hash if ready else raw_hash(raw)
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
        post.raw.position: replace(post.ready, raw_hash=post.hash)
        for post in completed
        if post.ready is not None and post.problem is None and not post.postponed
    }
    cleaned = [one.post for one in ready.values() if one.post is not None]
    known = known_of(cleaned, ready, source, store) if memory.post_count else ()
    corrections = corrected(settings.corrections, compare_key, settings.publication.withhold)
    identified = identify(cleaned, known, compare_key)
    new = {one.id for one in identified if one.verdict.kind == "new"}
    changed = within_allowance([stored_post(one, ready, source, corrections, now) for one in identified], new, source)
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
        relations=related(changed, facts, source, settings, corrections, store),
        verdicts=[(one.id, one.verdict) for one in identified if one.verdict.kind != "known"],
        set_aside={
            post.raw.link or "": post.problem.sentence for post in completed if post.problem and not post.postponed
        },
    )
    record(store, kept, now)
    return outcome(source, before, kept, changed)


def known_of(posts: Sequence[Post], ready: Mapping[int, Ready], source: Source, store: Store) -> tuple[KnownPost, ...]:
    """What is known of `source` that one of `posts` may be: by their keys, and for the others by what else they are."""
    keys = {post.position: post.key for post, _ in told_apart(posts, compare_key)}
    by_key = known_by_key(store, source.name, {*keys.values(), *(post.key for post in posts)})
    found = {key for one in by_key for key in one.keys}
    others = [post for post in posts if keys.get(post.position, post.key) not in found]
    otherwise = known_otherwise(
        store,
        source.name,
        [address for post in others for address in ready[post.position].addresses],
        [ready[post.position].text_hash for post in others],
        [post.published for post in others if post.published is not None and has_time(post.published)],
    )
    seen = {one.id for one in by_key}
    return (*by_key, *(one for one in otherwise if one.id not in seen))


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


def related(
    changed: Sequence[StoredPost],
    facts: Mapping[str, Ready],
    source: Source,
    settings: Settings,
    corrections: Corrected,
    store: Store,
) -> dict[str, tuple[str | None, str]]:
    """For posts that also stand in another source: which is the original, and which are its copies.

    Posts of one reading that match the same cluster are decided on together.
    """
    groups: list[dict[str, StoredPost]] = []
    why: dict[str, str] = {}
    for stored in changed:
        one = facts[stored.id]
        may_be = ruling_out(one.sample)
        likely = stored_posts.candidates(store, one.fingerprint, one.addresses, source.name, may_be)
        reasons: dict[str, str] = {}
        for candidate in likely:
            both = one.addresses, addresses_of(candidate.post)
            verdict = same_post(stored.post, candidate.post, *both)
            if verdict is not None and not corrections.parts(*both):
                reasons[candidate.id] = verdict.reason
        if not reasons:
            continue
        why[stored.id] = next(iter(reasons.values()))
        why |= {post: reason for post, reason in reasons.items() if post not in why}
        group = stored_posts.clusters(store, [*reasons, stored.id]) | {stored.id: stored}
        for other in [one for one in groups if one.keys() & group.keys()]:
            groups.remove(other)
            group = other | group
        groups.append(group)
    found: dict[str, tuple[str | None, str]] = {}
    for group in groups:
        fresh = {one.id: one for one in changed if one.id in group}
        found |= clustered((group | fresh).values(), why, settings)
    return found


def clustered(
    posts: Collection[StoredPost], why: Mapping[str, str], settings: Settings
) -> Mapping[str, tuple[str | None, str]]:
    """For each of `posts`, which are one post: the original it is a copy of, or None for the original; and why."""
    priorities = {one.name: one.priority for one in settings.sources}
    return relations(
        [
            Member(one.id, one.post, priorities.get(one.post.source, 0), why.get(one.id, ""), held=bool(one.held))
            for one in posts
        ]
    )
