"""How alike two posts of one source must be to be one, and how unlike to be two.

Stricter than between sources: the posts of one blog share a theme, a column's title and its introduction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from aggregator.dedupe.copies import SHARED_AT_LEAST, threes
from aggregator.dedupe.hashes import SHORTEST_TEXT, text_hash
from aggregator.model import KnownPost, Post

ZONES_APART = timedelta(hours=14)
"""Two dates of one post differ by no more when a platform took one time zone for another."""
NOTHING_SHARED = 0.1
"""Share of the shorter text's threes: with less in common, two texts are of two posts."""
MOSTLY_SHARED, MOSTLY_THE_SAME = 0.6, 0.85
"""Of posts of one title: the share of the shorter text where their dates agree, of both together where they do not."""


@dataclass(frozen=True, slots=True)
class Recall:
    """What of the stored posts of a source is too large to be at hand; the standard recalls nothing."""

    text: Callable[[str], str] = lambda post: ""
    """The text of the post with this id."""
    alike: Callable[[Post], Sequence[KnownPost]] = lambda post: ()
    """The stored posts that share hashes with this one, the likeliest first."""


def unlike(one: str, other: str) -> bool:
    """Whether two texts are long enough to tell, and have next to nothing in common."""
    if min(len(one.split()), len(other.split())) < SHORTEST_TEXT:
        return False
    of_one, of_other = threes(one), threes(other)
    return len(of_one & of_other) < NOTHING_SHARED * min(len(of_one), len(of_other))


def is_another(post: Post, one: KnownPost, moved: bool, recall: Recall) -> bool:
    """Whether `post`, under the id or address of the stored post `one`, is another post: hardly anything is the same.

    `moved` says whether its address is another. One thing alone may change in an edit, and so may the words.
    """
    dated = post.published is not None and one.dated_by == "published"
    dates_differ = post.published is not None and dated and abs(post.published - one.date) > ZONES_APART
    differs = moved, post.title.casefold() != one.title.casefold(), dates_differ
    if sum(differs) < 2 or (one.text_hash and text_hash(post.text) == one.text_hash):
        return False
    return (all(differs) and not one.text_hash) or unlike(post.text, recall.text(one.id))


def same_title_and_date(post: Post, one: KnownPost, recall: Recall) -> bool:
    """Whether `post` has the title and, but for a time zone, the date of the stored `one`, and no other words."""
    if post.published is None or one.dated_by != "published" or abs(post.published - one.date) > ZONES_APART:
        return False
    return post.title.casefold() == one.title.casefold() and not unlike(post.text, recall.text(one.id))


def nearly_the_same(post: Post, one: KnownPost, recall: Recall) -> bool:
    """Whether the words of `post` are those of the stored post `one` but for small changes."""
    of_post, of_one = threes(post.text), threes(recall.text(one.id))
    shared = len(of_post & of_one)
    if shared < SHARED_AT_LEAST:
        return False
    dated = post.published is not None and one.dated_by == "published"
    if post.published is not None and dated and abs(post.published - one.date) <= ZONES_APART:
        return shared >= MOSTLY_SHARED * min(len(of_post), len(of_one))
    same_title = post.title.casefold() == one.title.casefold()
    return same_title and shared >= MOSTLY_THE_SAME * len(of_post | of_one)
