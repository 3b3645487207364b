"""Who is who within one source: new, edited, known under another id, or another post under a known id.

A source's ids are believed until they are seen to lie. A known id over a post that has nothing in common with the one
it stood over is another post; a post whose id is new is looked for by address, by words, and by title and date. The
outcome for one post never depends on the order in which the posts stand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace

from aggregator.dedupe.hashes import content_hash, post_id, text_hash
from aggregator.dedupe.likeness import Recall
from aggregator.dedupe.listing import keys_beside, listed_once, order
from aggregator.dedupe.shelf import FINDERS, Comparable, Finder, Hashed, Shelf, listed_beside, shelved, under_key
from aggregator.model import KnownPost, Post, ToldBy, Verdict


@dataclass(frozen=True, slots=True)
class Identified:
    """One post, the stored post that it is (if any), and what is to be done."""

    id: str
    post: Post
    known: KnownPost | None
    verdict: Verdict


def identify(
    posts: Sequence[Post],
    known: Sequence[KnownPost],
    comparable: Comparable,
    recall: Recall = Recall(),  # noqa: B008  (a frozen value)
    *,
    present: frozenset[str] = frozenset(),
    told_by: ToldBy = "id",
    lists_all: bool = False,
    hashed: Hashed = text_hash,
) -> tuple[Identified, ...]:
    """Each of `posts` with what is known of it; a post that is listed twice comes once.

    `present` are the raw hashes of what the source lists unchanged beside `posts`; `hashed` may know hashes of texts.
    What is no longer listed by a source that `lists_all` it has, as a folder does, is there under another name.
    """
    shelf = shelved(known, comparable, hashed, recall, present)
    entries = listed_once([keyed(post, comparable, told_by) for post in posts], comparable, hashed)
    found: dict[Post, tuple[KnownPost, str]] = {}
    taken = set(shelf.standing)
    for what, finder in FINDERS.items() if known or recall != Recall() else ():
        matched = first_come(finder, [post for post in entries if post not in found], shelf, taken)
        if finder is under_key:
            keeps_ids = told_by != "title" and (bool(matched) or len(present) > len(posts))
            shelf = replace(shelf, steady=keeps_ids and not lists_all)
        found |= {post: (one, what) for post, one in matched.items()}
        taken |= {one.id for one in matched.values()}
    strangers = [post for post in entries if post not in found and not listed_beside(post, shelf, taken)]
    keys = keys_kept({post: one for post, (one, _) in found.items()}, shelf)
    keys |= keys_for(strangers, shelf, keys.values())
    return tuple(
        recognised(post, *found[post], keys[post], told_by) if post in found else new(post, keys[post], shelf)
        for post in entries
        if post in keys
    )


def keyed(post: Post, comparable: Comparable, told_by: ToldBy) -> Post:
    """`post` under the key that its source can be trusted with."""
    address = comparable(post.link)
    if told_by == "id":
        return post
    if told_by == "link" and "/" in address.rstrip("/"):
        return replace(post, key=address)
    day = f"|{post.published:%Y-%m-%d}" if post.published else ""
    return replace(post, key=f"title:{post.title.casefold()}{day}")


def first_come(finder: Finder, posts: Sequence[Post], shelf: Shelf, taken: Set[str]) -> dict[Post, KnownPost]:
    """For each of `posts` the stored post, not `taken` yet, that `finder` knows it by.

    Of several that could be one, it is the one whose key is known, else the first in their own order.
    """
    found: dict[Post, KnownPost] = {}
    given = set(taken)
    for post in sorted(posts, key=lambda post: (post.key not in shelf.by_key, order(post))):
        free = [one for one in finder(post, shelf) if one.id not in given]
        if free:
            found[post] = min(free, key=lambda one: (post.key != one.key, days_apart(post, one), one.id))
            given.add(found[post].id)
    return found


def days_apart(post: Post, one: KnownPost) -> float:
    """Of their dates; 0 where `post` states none."""
    return abs((post.published - one.date).total_seconds()) / 86_400 if post.published else 0.0


def recognised(post: Post, one: KnownPost, what: str, key: str, told_by: ToldBy) -> Identified:
    """A post that was recognised, by its key or (`what`) by something else, and goes by `key` from now on."""
    post = replace(post, key=key) if key != post.key else post
    if what and told_by == "id":
        reason = f"The source gave it another id; the same {what} shows it is the post known since "
        return Identified(one.id, post, one, Verdict("rekeyed", f"{reason}{one.first_seen:%Y-%m-%d}.", one.id))
    if content_hash(post) == one.content_hash:
        return Identified(one.id, post, one, Verdict("known", "Nothing in it changed."))
    changed = "title" if post.title != one.title else "link" if post.link != one.link else "content"
    where = "at the source" if one.raw_hash else "at the source, or by what sources.yaml says of it"
    return Identified(one.id, post, one, Verdict("edited", f"Its {changed} changed {where}."))


def keys_kept(found: Mapping[Post, KnownPost], shelf: Shelf) -> dict[Post, str]:
    """For each post that was recognised the key it gives itself; its old one where that is, or becomes, another's."""
    keys: dict[Post, str] = {}
    given: set[str] = set()
    for post in sorted(found, key=order):
        one = found[post]
        free = shelf.by_key.get(post.key, one) is one and post.key not in given
        keys[post] = post.key if free else one.key
        given.add(keys[post])
    return keys


def keys_for(posts: Sequence[Post], shelf: Shelf, kept: Iterable[str]) -> dict[Post, str]:
    """For each of the new `posts` a key that is no other's, of those stored or `kept`: its own, or as much beside it as
    that takes."""
    found: dict[Post, str] = {}
    given = {*shelf.by_key, *kept}
    for post in sorted(posts, key=order):
        found[post] = next(key for key in keys_beside(post, shelf.comparable) if key not in given)
        given.add(found[post])
    return found


def new(post: Post, key: str, shelf: Shelf) -> Identified:
    """A post that was not seen before."""
    reason = "It was not seen before."
    if key != post.key and post.key in shelf.by_key:
        reason = "The source used an id again that was another post's, so it is told apart by its address."
    elif key != post.key:
        reason = "The source gives several posts one id, so it is told apart by its address."
    post = replace(post, key=key) if key != post.key else post
    return Identified(post_id(post.source, key), post, None, Verdict("new", reason))
