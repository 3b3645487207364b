"""Who is who within one source: new, edited, known under another id, or two posts under one id.

A source's ids are believed until they are seen to lie: a feed that gives more than one post in twenty an id that
is empty or repeated is told apart by address instead, and then by title (FreshRSS does the same, with the same share).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime

from aggregator.dedupe.hashes import content_hash, post_id, text_hash
from aggregator.model import KnownPost, Post, Verdict

REPEATED_SHARE = 0.05
CHANGED_TOO_OFTEN = 3
"""Ids of one post, from which on a source's ids are taken to be made anew whenever it is read."""
REPEATED = "It gives several posts one id; they are told apart by their addresses."
UNSTEADY = "It gives its posts new ids again and again; they are known by their addresses and texts."
Comparable = Callable[[str], str]
"""The form of an address in which two are compared."""
Words = Callable[[Post], str]
"""The hash of a post's text; '' for one that is too short."""


@dataclass(frozen=True, slots=True)
class Identified:
    """One post, the stored post that it is (if any), and what is to be done."""

    id: str
    post: Post
    known: KnownPost | None
    verdict: Verdict
    doubt: str = ""
    """Why the ids of its source cannot be trusted, where that showed."""


def identify(
    posts: Sequence[Post],
    known: Sequence[KnownPost],
    comparable: Comparable,
    listed: Set[str] = frozenset(),
    words_of: Words = lambda post: text_hash(post.text),
) -> tuple[Identified, ...]:
    """Each of `posts` with what is known of it, in their order. `listed` are the ids of the known posts that the source
    shows beside them, unchanged; `words_of` gives the hash of a post's text.

    The outcome for one post does not depend on the order of the others.
    """
    look_up = LookUp(known, comparable, words_of)
    apart = told_apart(posts, comparable)
    found: dict[str, Identified] = {}
    strangers = []
    for post, doubt in apart:
        own = own_key(post, look_up)
        same = look_up.by_key.get(own.key)
        if same is not None:
            found[post.key] = same_key(own, same)
        else:
            strangers.append((post.key, own, doubt))
    taken = {one.id for one in found.values()} | set(listed)
    fresh: dict[tuple[str, str], str] = {}
    for key, post, doubt in sorted(strangers, key=lambda stranger: stranger[0]):
        one = stranger_is(post, look_up, taken, fresh, doubt)
        taken.add(one.id)
        found[key] = one
    return tuple(found[post.key] for post, _ in apart)


class LookUp:
    """The known posts of a source by all that a post may be recognised by."""

    def __init__(self, known: Sequence[KnownPost], comparable: Comparable, words_of: Words) -> None:
        self.comparable = comparable
        self.words_of = words_of
        self.by_key = {key: one for one in known for key in one.keys}
        self.by_link: dict[str, KnownPost] = {}
        self.by_text: dict[str, KnownPost] = {}
        self.by_title: dict[tuple[str, datetime], KnownPost] = {}
        for one in sorted(known, key=lambda post: post.id, reverse=True):
            self.by_link[comparable(one.link)] = one
            if one.text_hash:
                self.by_text[one.text_hash] = one
            if one.dated_by == "published":
                self.by_title[one.title.casefold(), one.date] = one

    def likely(self, post: Post) -> list[tuple[str, KnownPost]]:
        """The known posts that `post` may be, the surest first, and what shows it."""
        found = [("address", self.by_link.get(self.comparable(post.link)))]
        if words := self.words_of(post):
            found.append(("text", self.by_text.get(words)))
        if post.published is not None and has_time(post.published):
            found.append(("title and moment", self.by_title.get((post.title.casefold(), post.published))))
        return [(what, one) for what, one in found if one is not None]


def has_time(date: datetime) -> bool:
    """Whether a date states more than a day: several posts of one day have that in common."""
    return (date.hour, date.minute, date.second) != (0, 0, 0)


def own_key(post: Post, look_up: LookUp) -> Post:
    """The post under a key of its own, where its id was another post's: one with other words, address and date."""
    known = look_up.by_key.get(post.key)
    if known is None or known.title.casefold() == post.title.casefold() or known.text_hash == look_up.words_of(post):
        return post
    same_address = look_up.comparable(known.link) == look_up.comparable(post.link)
    if same_address or post.published in (None, known.date):
        return post
    return replace(post, key=key_at_address(post, look_up.comparable))


def key_at_address(post: Post, comparable: Comparable) -> str:
    """What a post is known by whose id is not its own alone."""
    return f"{post.key}|{comparable(post.link)}"


def same_key(post: Post, known: KnownPost) -> Identified:
    """A post whose key is known: unchanged, or edited."""
    if content_hash(post) == known.content_hash:
        return Identified(known.id, post, known, Verdict("known", "Nothing in it changed."))
    what = "title" if post.title != known.title else "link" if post.link != known.link else "content"
    return Identified(known.id, post, known, Verdict("edited", f"Its {what} changed at the source."))


def stranger_is(
    post: Post, look_up: LookUp, taken: Set[str], fresh: dict[tuple[str, str], str], doubt: str
) -> Identified:
    """A post whose key is not known: known under another, listed a second time, or new.

    `taken` are the known posts that others of the reading are; `fresh` the new posts so far, by title and words.
    """
    likely = look_up.likely(post)
    for what, known in likely:
        if known.id in taken:
            continue
        if len(known.keys) >= CHANGED_TOO_OFTEN:
            return replace(same_key(replace(post, key=known.key), known), doubt=UNSTEADY)
        reason = f"The source gave it another id; the same {what} shows it is the post known since "
        verdict = Verdict("rekeyed", f"{reason}{known.first_seen:%Y-%m-%d}.", known.id)
        return Identified(known.id, post, known, verdict)
    likeness = post.title.casefold(), look_up.words_of(post)
    twins = [one.id for _, one in likely if (one.title.casefold(), one.text_hash) == likeness]
    twin = next(iter(twins), fresh.get(likeness)) if likeness[1] else None
    own = post_id(post.source, post.key)
    if twin is not None:
        return Identified(own, post, None, Verdict("copy", "The source lists the same post twice.", twin))
    fresh[likeness] = own
    reason = "The source gives several posts one id, so it is told apart by its address." if doubt else ""
    return Identified(own, post, None, Verdict("new", reason or "It was not seen before."), doubt)


def told_apart(posts: Sequence[Post], comparable: Comparable) -> list[tuple[Post, str]]:
    """The posts, each with a key of its own, and why the key is not the source's id where it is not."""
    times = Counter(post.key for post in posts)
    repeated = sum(count for count in times.values() if count > 1)
    if not repeated:
        return [(post, "") for post in posts]
    distrusted = len(posts) > 1 and repeated > max(2, REPEATED_SHARE * len(posts))
    found: list[tuple[Post, str]] = []
    seen: set[str] = set()
    for post in posts:
        key, doubt = post.key, ""
        if times[key] > 1 and (distrusted or key in seen):
            link = comparable(post.link)
            key = f"{key}|{link}" if link else f"{key}|{post.title.casefold()}"
            doubt = REPEATED if distrusted else ""
        if key in seen:
            key = f"{key}|{post.title.casefold()}"
        if key in seen:
            continue
        seen.add(key)
        found.append((replace(post, key=key), doubt))
    return found
