"""The entries of one document: which are one entry listed twice, and which are posts of their own under one id."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import count

from aggregator.dedupe.hashes import text_hash
from aggregator.dedupe.likeness import unlike
from aggregator.keys import bounded
from aggregator.model import Post


@dataclass(frozen=True, slots=True)
class Listed:
    """As much of an entry as tells it from its neighbours."""

    keys: tuple[str, ...]
    link: str
    """In the form in which addresses are compared."""
    title: str
    words: str
    """The hash of its text; '' where that is short."""
    published: datetime | None


def listed(post: Post, comparable: Callable[[str], str], hashed: Callable[[str], str] = text_hash) -> Listed:
    return Listed((post.key,), comparable(post.link), post.title, hashed(post.text), post.published)


def is_listed_twice(one: Listed, other: Listed, unlike_texts: Callable[[], bool]) -> bool:
    """Whether two entries of one document are one post. Its id alone proves nothing: some give every post the same."""
    same_key = not set(one.keys).isdisjoint(other.keys)
    same_link, same_date = one.link == other.link, one.published == other.published
    same_words = bool(one.words) and one.words == other.words
    if one.title != other.title:
        return same_key and same_link and same_words
    if same_words:
        return same_key or same_link or same_date
    if same_key and same_link:
        return same_date and not unlike_texts()
    return (same_key or same_link) and same_date and one.words == other.words


def listed_once(
    posts: Iterable[Post], comparable: Callable[[str], str], hashed: Callable[[str], str] = text_hash
) -> list[Post]:
    """The posts without second listings, by their places; of two listings of one post the one with the longer text.

    Only those that share an id, an address or a text are compared.
    """
    kept: list[Post] = []
    by_feature: dict[tuple[str, str], list[tuple[Post, Listed]]] = {}
    for post in sorted(posts, key=lambda post: (-len(post.text), order(post))):
        own = listed(post, comparable, hashed)
        features = [("key", post.key), ("link", own.link), *([("text", own.words)] if own.words else [])]
        near = [pair for feature in features for pair in by_feature.get(feature, ())]
        if any(is_listed_twice(own, other, lambda: unlike(post.text, kin.text)) for kin, other in near):  # noqa: B023
            continue
        kept.append(post)
        for feature in features:
            by_feature.setdefault(feature, []).append((post, own))
    return sorted(kept, key=lambda post: post.position)


def keys_beside(post: Post, comparable: Callable[[str], str]) -> Iterable[str]:
    """The keys that the post may go by, from its id alone to all that there is."""
    key = post.key
    yield key
    parts: tuple[Callable[[], object], ...] = (  # made as they are asked for, which the last hardly ever is
        lambda: comparable(post.link), post.title.casefold, lambda: post.published or "", lambda: text_hash(post.text),
    )  # fmt: skip
    for part in parts:
        key = bounded(f"{key}|{part()}")
        yield key
    for number in count(2):  # posts that are the same in all this, and short
        yield bounded(f"{key}|{number}")


def order(post: Post) -> tuple[float, str, str, str, str]:
    """An order of posts that does not come from their places."""
    date = post.published.timestamp() if post.published else 0.0
    return date, post.link, post.title, post.key, post.text
