"""Which new and edited posts also stand in another source, and which no longer do.

A cluster is what hangs together by pairs that are the same post. Pairs of which neither post changed stay as they were
decided; so the cost is that of what is new.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from aggregator.dedupe.clusters import Member, components, relations
from aggregator.dedupe.copies import Three, ruling_out, same_post, threes
from aggregator.dedupe.corrections import Corrected
from aggregator.model import Post, Ready, StoredPost, Verdict
from aggregator.prepare import addresses_of
from aggregator.settings import Settings
from aggregator.store import Store
from aggregator.store import posts as stored_posts

NEIGHBOURS = 12
"""Posts of a source that are looked at to find out what it has under every post."""
NO_LONGER = "Since an edit it has too little in common with the post that it was a copy of."


@dataclass(frozen=True, slots=True)
class Matching:
    """What deciding on the pairs of one reading needs."""

    fresh: Mapping[str, StoredPost]
    """The posts that the reading brought or changed, by id."""
    corrections: Corrected
    store: Store
    usual: dict[str, list[set[Three]]] = field(default_factory=dict)
    """The shingles of the newest posts of sources, read when a pair first asks for them."""


def related(
    changed: Sequence[StoredPost],
    facts: Mapping[str, Ready],
    edited: Collection[str],
    settings: Settings,
    corrections: Corrected,
    store: Store,
) -> dict[str, tuple[str | None, str]]:
    """For posts (by id) that are one with posts of other sources, or no longer are: their original or None; and why.

    `facts` are what was made ready of each, and `edited` the ids of those that were stored before.
    """
    matching = Matching({one.id: one for one in changed}, corrections, store)
    before = stored_posts.clusters(store, edited) if edited else {}
    why: dict[str, str] = {}
    pairs: list[tuple[str, str]] = []
    for stored in changed:
        one = facts[stored.id]
        source, may_be = stored.post.source, ruling_out(one.sample)
        likely = stored_posts.candidates(store, one.fingerprint, one.addresses, source, may_be)
        others = {other.id: other for other in (*likely, *mates(stored.id, before))}
        for other in others.values():
            verdict = verdict_on(stored, matching.fresh.get(other.id, other), matching)
            if verdict is not None:
                pairs.append((stored.id, other.id))
                why.setdefault(stored.id, verdict.reason)
                why.setdefault(other.id, verdict.reason)
    if not pairs and not any(one.copy_of for one in before.values()):
        return {}
    involved = before | stored_posts.clusters(store, {post for pair in pairs for post in pair})
    pairs += pairs_that_stand(involved, matching)
    known = involved | {post: matching.fresh[post] for post in matching.fresh if post in involved or post in why}
    found: dict[str, tuple[str | None, str]] = {}
    for group in components(known, pairs):
        members = [known[post] for post in group]
        if len(members) > 1:
            found |= clustered(members, why, settings)
        elif group[0] in involved and involved[group[0]].copy_of is not None:
            found[group[0]] = (None, NO_LONGER)
    return found


def mates(post: str, clusters: Mapping[str, StoredPost]) -> list[StoredPost]:
    """The other posts of the cluster that a post (by id) is in, among `clusters`."""
    if post not in clusters:
        return []
    original = clusters[post].copy_of or post
    return [one for one in clusters.values() if one.id != post and original in (one.id, one.copy_of)]


def pairs_that_stand(involved: Mapping[str, StoredPost], matching: Matching) -> list[tuple[str, str]]:
    """Pairs of posts that did not change and are one still: with their original, or among themselves if it did."""
    unchanged = [one for one in involved.values() if one.copy_of and one.id not in matching.fresh]
    pairs = [(one.id, one.copy_of) for one in unchanged if one.copy_of and one.copy_of not in matching.fresh]
    orphans = [one for one in unchanged if one.copy_of in matching.fresh]
    for one, other in itertools.combinations(orphans, 2):
        if one.copy_of == other.copy_of and verdict_on(one, other, matching) is not None:
            pairs.append((one.id, other.id))
    return pairs


def verdict_on(one: StoredPost, other: StoredPost, matching: Matching) -> Verdict | None:
    """Why two posts of two sources are one; None when they are not, or a correction parts them.

    What a source has under every post proves nothing. That is looked up only for a pair that seems to be one by its
    text.
    """
    addresses = addresses_of(one.post), addresses_of(other.post)
    if matching.corrections.parts(*addresses):
        return None
    verdict = same_post(one.post, other.post, *addresses)
    if verdict is None or set(addresses[0]) & set(addresses[1]):
        return verdict
    usual = usual_words(one.post, matching) | usual_words(other.post, matching)
    return same_post(one.post, other.post, *addresses, usual) if usual else verdict


def usual_words(post: Post, matching: Matching) -> frozenset[Three]:
    """The shingles that at least two of the newest other posts of the post's source hold too."""
    if post.source not in matching.usual:
        texts = [one.post.text for one in matching.fresh.values() if one.post.source == post.source][:NEIGHBOURS]
        texts += stored_posts.newest_texts(matching.store, post.source, NEIGHBOURS)
        matching.usual[post.source] = [threes(text) for text in dict.fromkeys(texts)]
    own = threes(post.text)
    counts = Counter(
        shingle
        for others in matching.usual[post.source]
        if len(own & others) < len(own) * 0.9  # else it is this very post, or another copy of it
        for shingle in others & own
    )
    return frozenset(shingle for shingle, count in counts.items() if count > 1)


def clustered(
    posts: Iterable[StoredPost], why: Mapping[str, str], settings: Settings
) -> Mapping[str, tuple[str | None, str]]:
    """For each of `posts`, which are one post: the original it is a copy of, or None for the original; and why."""
    priorities = {one.name: one.priority for one in settings.sources}
    return relations(
        [
            Member(one.id, one.post, priorities.get(one.post.source, 0), why.get(one.id, ""), held=bool(one.held))
            for one in posts
        ]
    )
