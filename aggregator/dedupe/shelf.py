"""The stored posts of one source, to be found by key, address, words, and title and date."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice

from aggregator.dedupe.likeness import ZONES_APART, Recall, is_another, nearly_the_same, same_title_and_date, unlike
from aggregator.dedupe.listing import Listed, is_listed_twice, keys_beside, listed
from aggregator.model import KnownPost, Post

Comparable = Callable[[str], str]
"""Gives the form in which two addresses are compared."""
Hashed = Callable[[str], str]
"""Gives the hash of a text: see hashes.py."""
REPOSTED = timedelta(days=5)
"""Within so long, the very same words under a new id and address were posted once more, and are no new post."""
RUNGS = 4
"""Keys that a post may have been stored under."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """The stored posts of a source, by all that one may be found by."""

    by_key: dict[str, KnownPost]
    by_link: dict[str, list[KnownPost]]
    by_text: dict[str, list[KnownPost]]
    by_title: dict[str, list[KnownPost]]
    standing: frozenset[str]
    """The ids of those that the source lists as they are stored."""
    present: Set[str]
    """The raw hashes of all that it lists."""
    comparable: Comparable
    hashed: Hashed
    recall: Recall
    steady: bool = False
    """Whether others of the source's entries are known by their ids, so that it has not given new ones to all."""


def shelved(
    known: Sequence[KnownPost], comparable: Comparable, hashed: Hashed, recall: Recall, present: frozenset[str]
) -> Shelf:
    by_link: dict[str, list[KnownPost]] = {}
    by_text: dict[str, list[KnownPost]] = {}
    by_title: dict[str, list[KnownPost]] = {}
    for one in known:
        by_link.setdefault(comparable(one.link), []).append(one)
        by_title.setdefault(one.title.casefold(), []).append(one)
        if one.text_hash:
            by_text.setdefault(one.text_hash, []).append(one)
    return Shelf(
        by_key={key: one for one in known for key in one.keys},
        by_link=by_link,
        by_text=by_text,
        by_title=by_title,
        present=present,
        standing=frozenset(one.id for one in known if one.raw_hash in present),
        comparable=comparable,
        hashed=hashed,
        recall=recall,
    )


def under_key(post: Post, shelf: Shelf) -> Iterable[KnownPost]:
    """The stored post of this key, the key that says most first; unless another post goes by it now."""
    for key in reversed(list(islice(keys_beside(post, shelf.comparable), RUNGS))):
        one = shelf.by_key.get(key)
        if one is not None and not is_other(post, one, shelf):
            return (one,)
    return ()


def at_address(post: Post, shelf: Shelf) -> Iterable[KnownPost]:
    there = shelf.by_link.get(shelf.comparable(post.link), [])
    return there if len(there) == 1 and not is_other(post, there[0], shelf) else ()


def with_text(post: Post, shelf: Shelf) -> Iterable[KnownPost]:
    same = shelf.by_text.get(shelf.hashed(post.text), ())
    return [one for one in same if not is_next(post, one, REPOSTED, shelf)]


def with_title_and_date(post: Post, shelf: Shelf) -> Iterable[KnownPost]:
    same = shelf.by_title.get(post.title.casefold(), ())
    return [one for one in same if same_title_and_date(post, one, shelf.recall)]


def with_nearly_its_words(post: Post, shelf: Shelf) -> Iterable[KnownPost]:
    likely = [one for one in shelf.recall.alike(post) if one.raw_hash not in shelf.present]
    return [
        one for one in likely if not is_next(post, one, ZONES_APART, shelf) and nearly_the_same(post, one, shelf.recall)
    ]


Finder = Callable[[Post, Shelf], Iterable[KnownPost]]
FINDERS: dict[str, Finder] = {
    "": under_key,
    "address": at_address,
    "text": with_text,
    "title and date": with_title_and_date,
    "nearly the same text": with_nearly_its_words,
}
"""How a post may be recognised, the surest way first, and in which words to say so."""


def is_next(post: Post, one: KnownPost, apart: timedelta, shelf: Shelf) -> bool:
    """Whether `post` is the next in a row of posts that share their words, and not `one` under another id.

    So it is where id, address and date are all others, while the source's other entries keep theirs.
    """
    if not shelf.steady or post.published is None or one.dated_by != "published":
        return False
    return abs(post.published - one.date) > apart and shelf.comparable(post.link) != shelf.comparable(one.link)


def is_other(post: Post, one: KnownPost, shelf: Shelf) -> bool:
    moved = shelf.comparable(post.link) != shelf.comparable(one.link)
    return is_another(post, one, moved, shelf.recall)


def listed_beside(post: Post, shelf: Shelf, taken: set[str]) -> bool:
    """Whether `post` is a stored post, which the source lists beside it, once more."""
    own = listed(post, shelf.comparable, shelf.hashed)
    near = [*shelf.by_link.get(own.link, ()), *shelf.by_text.get(own.words, ())]
    near += [one for one in (shelf.by_key.get(post.key),) if one]
    return any(
        is_listed_twice(own, as_listed(one, shelf), lambda: unlike(post.text, shelf.recall.text(one.id)))  # noqa: B023
        for one in near
        if one.id in taken
    )


def as_listed(one: KnownPost, shelf: Shelf) -> Listed:
    date = one.date if one.dated_by == "published" else None
    return Listed(one.keys, shelf.comparable(one.link), one.title, one.text_hash, date)
