"""Which of a source's posts are new, and by what they are told apart: the stored posts asked, the reading judged.

A source whose ids prove worthless is told apart by address from then on, and one whose addresses are no better, by
title. That is said once, and holds until sources.yaml gives it another address.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice

from aggregator.dedupe.hashes import raw_hash
from aggregator.dedupe.identity import Identified, identify, keyed
from aggregator.dedupe.likeness import ZONES_APART, Recall
from aggregator.dedupe.listing import keys_beside
from aggregator.dedupe.shelf import RUNGS
from aggregator.model import KnownPost, Post, RawFeed, Ready, SourceState, ToldBy
from aggregator.normalise.urls import compare_key
from aggregator.settings import Source
from aggregator.store import Store
from aggregator.store.candidates import own_candidates
from aggregator.store.known import count_keys, hashes_by_id, known_by_key, known_otherwise, known_with_ids
from aggregator.store.posts import text_of
from aggregator.store.twin_index import reference_of

REPEATED_SHARE = 0.05
"""Of a feed's posts: so many may share an id before its ids are worth nothing (FreshRSS has the same share)."""
REPEATED_AT_LEAST = 3
AT_HAND = 200
"""Posts of a source: to read the ids of so many at once costs less than to look whose those are that share hashes."""
KEYS_OF_ONE = 3
"""A post that had so many ids when it is given yet another has one that is made anew at each reading."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """The posts of a reading with what is known of them, and what its source is told apart by from now on."""

    posts: tuple[Identified, ...]
    told_by: ToldBy
    reason: str
    """Why that is not its ids; '' while it is."""


def trusted_with(source: Source, state: SourceState) -> ToldBy:
    """What the posts of `source` have been told apart by until now, at this address."""
    return state.told_by if state.configured_url in (None, source.url) else "id"


def recognise(
    ready: Mapping[int, Ready], feed: RawFeed, source: Source, state: SourceState, store: Store
) -> Recognised:
    """Who each of the posts in `ready` (by position) is, of those that `feed` holds."""
    by = trusted_with(source, state)
    reason = state.told_by_reason if by != "id" else ""
    posts = [one.post for one in ready.values() if one.post is not None]
    if not posts:
        return Recognised((), by, reason)
    links = {one.post.link: one.addresses[0] for one in ready.values() if one.post is not None}

    def comparable(address: str) -> str:
        return links[address] if address in links else compare_key(address)

    known = known_of([keyed(post, comparable, by) for post in posts], ready, source, store) if state.post_count else ()
    present = frozenset(
        feed.ready[raw.position].raw_hash if raw.position in feed.ready else raw_hash(raw, by) for raw in feed.posts
    )
    hashes = {one.post.text: one.text_hash for one in ready.values() if one.post is not None}
    recall = recalled(source, state, ready, present, store) if state.post_count else Recall()
    found = identify(
        posts,
        known,
        comparable,
        recall,
        present=present,
        told_by=by,
        lists_all=source.path is not None,
        hashed=hashes.__getitem__,
    )
    doubt = doubts(found, feed, by, source, store)
    return Recognised(found, *doubt) if doubt else Recognised(found, by, reason)


def recalled(
    source: Source, state: SourceState, ready: Mapping[int, Ready], present: frozenset[str], store: Store
) -> Recall:
    """What is looked up of the stored posts of `source` once nothing cheaper tells who a post is.

    It is none of those that are listed as they are stored, by their hashes in `present`. Of a source with few posts
    these are told from all its ids and hashes, read once; else each post that shares hashes is read to see whose it is.
    """

    @cache
    def at_hand() -> dict[str, str] | None:
        return hashes_by_id(store, source.name) if state.post_count <= AT_HAND else None

    def alike(post: Post) -> Sequence[KnownPost]:
        hashes = at_hand()
        if hashes is not None and present.issuperset(hashes.values()):
            return ()
        own = None if hashes is None else {reference_of(one): one for one in hashes}
        ids = own_candidates(store, ready[post.position].sketch.fingerprint, source.name, own)
        return known_with_ids(store, source.name, [one for one in ids if not hashes or hashes[one] not in present])

    return Recall(text=lambda post: text_of(store, post), alike=alike)


def known_of(posts: Sequence[Post], ready: Mapping[int, Ready], source: Source, store: Store) -> tuple[KnownPost, ...]:
    """What is known of `source` that one of `posts` may be: by their keys, and for the others by what else they are.

    A post whose title and address are others than those its key stood for is looked for as if its key said nothing.
    """
    keys = {post.position: tuple(islice(keys_beside(post, compare_key), RUNGS)) for post in posts}
    by_key = known_by_key(store, source.name, {key for own in keys.values() for key in own})
    holders = {key: one for one in by_key for key in one.keys}
    others = []
    for post in posts:
        held = [holders[key] for key in keys[post.position] if key in holders]
        if not any(one.title == post.title or one.link == post.link for one in held):
            others.append(post)
    otherwise = known_otherwise(
        store,
        source.name,
        [address for post in others for address in ready[post.position].addresses],
        [ready[post.position].text_hash for post in others],
        [(post.published - ZONES_APART, post.published + ZONES_APART) for post in others if post.published is not None],
    )
    seen = {one.id for one in by_key}
    return (*by_key, *(one for one in otherwise if one.id not in seen))


def doubts(
    found: Sequence[Identified], feed: RawFeed, by: ToldBy, source: Source, store: Store
) -> tuple[ToldBy, str] | None:
    """By what the posts are told apart from now on, and why; None while what was believed of them may be."""
    if by == "title":
        return None
    renamed = [(one.known, one.post) for one in found if one.known and one.post.key not in one.known.keys]
    counts = count_keys(store, [one.id for one, _ in renamed])
    again = [(one, post) for one, post in renamed if counts.get(one.id, 0) >= KEYS_OF_ONE]
    unsteady = bool(again) and 2 * len(again) > sum(1 for one in found if one.known)
    moving = unsteady and not any(compare_key(one.link) == compare_key(post.link) for one, post in again)
    if by == "link":
        told = "Neither its ids nor its addresses can be trusted: its posts are told apart by title."
        return ("title", told) if moving or shared_addresses(feed) else None
    shared = repeated([raw.id for raw in feed.posts if raw.id])
    if not shared and not unsteady:
        return None
    why = f"{shared} of its {len(feed.posts)} posts share an id" if shared else "it gives its posts new ids every time"
    if moving or shared_addresses(feed):
        return "title", f"Its ids and addresses cannot be trusted ({why}): its posts are told apart by title."
    return "link", f"Its ids cannot be trusted ({why}): its posts are told apart by address."


def shared_addresses(feed: RawFeed) -> int:
    """How many of its posts share their address, where those are more than a slip. Asked only where that tells."""
    return repeated([compare_key(raw.link) if raw.link else "" for raw in feed.posts])


def repeated(values: Sequence[str]) -> int:
    """How many of `values` are shared, where those are more than a slip."""
    shared = sum(count for count in Counter(values).values() if count > 1)
    return shared if shared >= max(REPEATED_AT_LEAST, REPEATED_SHARE * len(values)) else 0
