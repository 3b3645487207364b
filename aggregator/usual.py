"""What a source has under every post, as its newest posts tell: words that prove nothing of two texts with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence, Set
from dataclasses import dataclass

from aggregator.dedupe.copies import Three, threes, threes_of, words_of
from aggregator.model import StoredPost
from aggregator.store import Store
from aggregator.store.posts import newest_versions, texts_of

NEIGHBOURS = 6
"""Posts of a source that are looked at, of those just read and of those that were stored before."""
SOURCES = 600
"""Of which what they repeat is remembered: a dozen shingles each."""
REMEMBERED: dict[frozenset[tuple[str, str]], Set[Three]] = {}
"""What is repeated in the newest posts of a source, by their ids and the hashes of what they say: true in any store."""


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest posts of a source."""

    fresh: Sequence[str]
    """Texts of those that the reading brought."""
    stored: Sequence[str]
    """Ids of those that were stored before."""
    repeated: Set[Three]
    """The shingles that at least two of them hold."""


def newest_of(source: str, fresh: Iterable[StoredPost], store: Store) -> Newest:
    """The newest posts of a source, of which a reading brought `fresh`."""
    own = [one for one in fresh if one.post.source == source][:NEIGHBOURS]
    texts = [one.post.text for one in own]
    versions = newest_versions(store, source, NEIGHBOURS)
    stored = [post for post, _ in versions]
    key = frozenset([*versions, *((one.id, one.content_hash) for one in own)])
    repeated = REMEMBERED.pop(key, None)
    if repeated is None:
        repeated = repeated_in({*texts, *texts_of(store, stored)})
    REMEMBERED[key] = repeated
    if len(REMEMBERED) > SOURCES:
        del REMEMBERED[next(iter(REMEMBERED))]
    return Newest(texts, stored, repeated)


def repeated_in(texts: Collection[str]) -> Set[Three]:
    """The shingles that at least two of `texts` hold."""
    seen: set[Three] = set()
    repeated: set[Three] = set()
    for text in texts:
        words = words_of(text)
        own = set(threes_of(words))
        repeated |= own & seen
        seen |= own
    return frozenset(repeated)


def usual_words(text: str, newest: Newest, store: Store) -> frozenset[Three]:
    """The shingles of `text`, of a post of that source, that at least two of its newest other posts hold too."""
    own = threes(text)
    if own.isdisjoint(newest.repeated):
        return frozenset()
    counts = Counter(
        shingle
        for others in map(threes, {*newest.fresh, *texts_of(store, newest.stored)})
        if len(own & others) < len(own) * 0.9  # else it is this very post, or another copy of it
        for shingle in others & own
    )
    return frozenset(shingle for shingle, count in counts.items() if count > 1)
