"""Which new and edited posts also stand in another source, and which no longer do.

Pairs of which neither post changed stay as they were decided, so the cost is that of what is new. Looked for anew is
only a post that loses its original, because that one was edited or turned out to be a copy itself; and an original that
names others, of which all its pairs must be known to tell whether it names one of those.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from aggregator.dedupe.clusters import Member, relations
from aggregator.dedupe.copies import names_others
from aggregator.dedupe.corrections import Corrected
from aggregator.dedupe.sketch import sketch_of
from aggregator.model import Ready, StoredPost
from aggregator.pairing import Matching, pair_with, seek
from aggregator.prepare import addresses_of
from aggregator.settings import Settings
from aggregator.store import Store
from aggregator.store import posts as stored_posts
from aggregator.store.posts import COMPARED
from aggregator.store.twins import held

NO_LONGER = "Since an edit it has too little in common with the post that it was a copy of."
NOT_OF_THAT = "What it was a copy of is itself a copy, of a post with which it has too little in common."


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
    matching = Matching({one.id: one for one in changed}, {one.id for one in changed}, corrections, store)
    before = stored_posts.clusters(store, edited, COMPARED) if edited else {}
    elsewhere = held(store, (address for one in changed for address in facts[one.id].addresses))
    for stored in changed:
        fact = facts[stored.id]
        seek(stored, fact.sketch, [address for address in fact.addresses if address in elsewhere], matching)
        pair_with({other.id: other.post for other in mates(stored.id, before)}, stored, matching)
    if not matching.pairs and not any(one.copy_of for one in before.values()):
        return {}
    return settled(before, matching, settings)


def related_anew(
    ids: Collection[str], settings: Settings, corrections: Corrected, store: Store
) -> dict[str, tuple[str | None, str]]:
    """The same for stored posts (by id), where not the posts changed but what sources.yaml says of them."""
    matching = Matching({}, ids, corrections, store)
    before = stored_posts.clusters(store, ids, COMPARED) if ids else {}
    for stored in (before[post] for post in sorted(ids)):
        seek(stored, sketch_of(stored.post), addresses_of(stored.post), matching)
        pair_with({other.id: other.post for other in mates(stored.id, before)}, stored, matching)
    return settled(before, matching, settings)


def settled(
    before: Mapping[str, StoredPost], matching: Matching, settings: Settings
) -> dict[str, tuple[str | None, str]]:
    """What comes of the pairs that were found, of the posts whose clusters were as `before`, and of all that hang on
    them."""
    while True:
        paired = {post for pair in matching.pairs for post in pair}
        involved = {**before, **stored_posts.clusters(matching.store, paired, COMPARED)}
        fresh = {post: one for post, one in matching.fresh.items() if post in involved or post in paired}
        found = regrouped(involved | fresh, that_stand(involved, matching) | matching.pairs, matching, settings)
        unsought = [one for one in involved.values() if one.id not in matching.sought]
        in_doubt = [one for one in unsought if has_lost(one, found) or stands_in_doubt(one, found)]
        if not in_doubt:
            return different(found, involved, matching)
        for one in in_doubt:
            seek(one, sketch_of(one.post), addresses_of(one.post), matching)


def mates(post: str, clusters: Mapping[str, StoredPost]) -> list[StoredPost]:
    """The other posts of the cluster that a post (by id) is in, among `clusters`."""
    if post not in clusters:
        return []
    original = clusters[post].copy_of or post
    return [one for one in clusters.values() if one.id != post and original in (one.id, one.copy_of)]


def that_stand(involved: Mapping[str, StoredPost], matching: Matching) -> dict[tuple[str, str], str]:
    """The pairs of a copy and its original neither of which changed."""
    unchanged = involved.keys() - set(matching.anew)
    pairs = [(one.id, one.copy_of) for one in involved.values() if one.copy_of in unchanged and one.id in unchanged]
    return {(min(one, other), max(one, other)): "" for one, other in pairs if other}


def has_lost(one: StoredPost, found: Mapping[str, tuple[str | None, str]]) -> bool:
    """Whether a post that was a copy is no longer one of the same original."""
    return one.copy_of not in (None, found[one.id][0])


def stands_in_doubt(one: StoredPost, found: Mapping[str, tuple[str | None, str]]) -> bool:
    """Whether a post counts as an original, and would not if it were the same as a post that it names."""
    return found[one.id][0] is None and names_others(one.post)


def different(
    found: Mapping[str, tuple[str | None, str]], involved: Mapping[str, StoredPost], matching: Matching
) -> dict[str, tuple[str | None, str]]:
    """Of what was `found` about posts, what is not stored already."""
    told: dict[str, tuple[str | None, str]] = {}
    for post, (original, why) in found.items():
        before = involved[post].copy_of if post in involved else None
        if original is None and before is not None:
            told[post] = (None, NOT_OF_THAT if found.get(before, (None, ""))[0] else NO_LONGER)
        elif original != before or (original is not None and {post, original} & matching.fresh.keys()):
            told[post] = (original, why)
    return told


def regrouped(
    posts: Mapping[str, StoredPost], pairs: Mapping[tuple[str, str], str], matching: Matching, settings: Settings
) -> dict[str, tuple[str | None, str]]:
    """For each of `posts` (by id), of which `pairs` are the same: the original it is a copy of, or None; and why."""
    priorities = {one.name: one.priority for one in settings.sources}
    below = joined(posts, pairs, matching.corrections) if matching.corrections.together else {}
    for copy, original in given_over(posts, pairs, priorities):
        below.setdefault(copy, []).append(original)
    members = {
        one.id: Member(one.post, priorities.get(one.post.source, 0), bool(one.held), frozenset(below.get(one.id, ())))
        for one in posts.values()
    }
    return relations(members, pairs)


def given_over(
    posts: Mapping[str, StoredPost], pairs: Iterable[tuple[str, str]], followed: Collection[str]
) -> Iterator[tuple[str, str]]:
    """The posts (by id) of sources that are not `followed` any more, each with one of a source that is, at the same
    address: the same blog under another name, of which alone it will be known what becomes of the post."""
    for copy, original in (way for pair in pairs for way in (pair, pair[::-1])):
        old, new = posts[copy].post, posts[original].post
        if old.source not in followed and new.source in followed and old.link == new.link:
            yield copy, original


def joined(
    posts: Mapping[str, StoredPost], pairs: Iterable[tuple[str, str]], corrections: Corrected
) -> dict[str, list[str]]:
    """The ids of the posts, of those paired with it, of which a correction says that a post (by id) is a copy."""
    addresses = {post: addresses_of(one.post) for post, one in posts.items()}
    found: dict[str, list[str]] = {}
    for pair in pairs:
        for original, copy in (pair, pair[::-1]):
            if corrections.joins(addresses[original], addresses[copy]):
                found.setdefault(copy, []).append(original)
    return found
