"""Which posts of two sources are one post: found by what they share, and decided by their words and addresses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from aggregator.dedupe.copies import Three, same_post
from aggregator.dedupe.corrections import TOGETHER, Corrected
from aggregator.dedupe.sketch import ruling_out
from aggregator.model import Post, Sketch, StoredPost, Verdict
from aggregator.prepare import addresses_of
from aggregator.store import Store
from aggregator.store.candidates import candidates
from aggregator.store.twins import sources_at
from aggregator.usual import Newest, newest_of, usual_words


@dataclass(frozen=True, slots=True)
class Matching:
    """What deciding on the pairs of one reading needs, and what was decided."""

    fresh: Mapping[str, StoredPost]
    """The posts that the reading brought or changed, by id."""
    anew: Collection[str]
    """The posts (by id) of which nothing stands that was decided before."""
    corrections: Corrected
    store: Store
    newest: dict[str, Newest] = field(default_factory=dict)
    """The newest posts of sources, read when a pair first asks for them."""
    pairs: dict[tuple[str, str], str] = field(default_factory=dict)
    """Posts (by id, the smaller first) that are the same, and why."""
    sought: set[str] = field(default_factory=set)
    """The posts (by id) of which every pair is known."""
    crowds: dict[str, frozenset[str]] = field(default_factory=dict)
    """By address: the sources that have several posts there. Looked up when a pair first asks for it."""


def seek(stored: StoredPost, sketch: Sketch, addresses: Sequence[str], matching: Matching) -> None:
    """Find out with which posts of other sources a post is one."""
    matching.sought.add(stored.id)
    source, may_be = stored.post.source, ruling_out(sketch)
    pair_with(candidates(matching.store, sketch.fingerprint, addresses, source, may_be), stored, matching)


def pair_with(others: Mapping[str, Post], stored: StoredPost, matching: Matching) -> None:
    """Decide with which of `others` (by id) a post is one."""
    for post, other in others.items():
        pair = (min(stored.id, post), max(stored.id, post))
        if pair in matching.pairs:
            continue
        verdict = verdict_on(stored.post, matching.fresh[post].post if post in matching.fresh else other, matching)
        if verdict is not None:
            matching.pairs[pair] = verdict.reason


def verdict_on(one: Post, other: Post, matching: Matching) -> Verdict | None:
    """Why two posts of two sources are one, or a correction joins them; None when not, or when a correction parts them.

    What a source has under every post proves nothing, be it words, or the address that it gives them. That is looked up
    only for a pair that seems to be one by it.
    """
    addresses = addresses_of(one), addresses_of(other)
    corrections = matching.corrections
    if corrections.parts(*addresses):
        return None
    if corrections.joins(*addresses) or corrections.joins(*addresses[::-1]):
        return Verdict("copy", TOGETHER)
    shared = {address for address in addresses[0] if address in addresses[1]}
    if shared and proves_nothing(shared, one, other, matching):
        shared, addresses = set(), ((), ())
    verdict = same_post(one, other, *addresses)
    if verdict is None or shared:
        return verdict
    usual = usual_of(one, matching) | usual_of(other, matching)
    return same_post(one, other, *addresses, usual) if usual else verdict


def proves_nothing(shared: Collection[str], one: Post, other: Post, matching: Matching) -> bool:
    """Whether two posts may be two although they share these addresses.

    A podcast gives the address of its home to every episode, and a broken theme one canonical address to all it shows.
    """
    if (one.title, one.published) == (other.title, other.published):
        return False
    return all({one.source, other.source} & crowd_at(address, matching) for address in shared)


def crowd_at(address: str, matching: Matching) -> frozenset[str]:
    """The sources that have several posts at this address."""
    if address not in matching.crowds:
        there = sources_at(matching.store, address)
        there |= {one.id: one.post.source for one in matching.fresh.values() if address in addresses_of(one.post)}
        matching.crowds[address] = frozenset(name for name, posts in Counter(there.values()).items() if posts > 1)
    return matching.crowds[address]


def usual_of(post: Post, matching: Matching) -> frozenset[Three]:
    """The shingles of a post that its source has under every post."""
    if post.source not in matching.newest:
        matching.newest[post.source] = newest_of(post.source, matching.fresh.values(), matching.store)
    return usual_words(post.text, matching.newest[post.source], matching.store)
