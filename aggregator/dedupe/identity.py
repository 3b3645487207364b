"""Who is who within one source: new, edited, known under another id, or two posts under one id.

A source's ids are believed until they are seen to lie: a feed that gives more than one post in twenty an id that
is empty or repeated is told apart by link instead, and then by title (FreshRSS does the same, with the same share).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from aggregator.dedupe.hashes import content_hash, post_id, text_hash
from aggregator.model import KnownPost, Post, Verdict

REPEATED_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Identified:
    """One post, the stored post that it is (if any), and what is to be done."""

    id: str
    post: Post
    known: KnownPost | None
    verdict: Verdict


def identify(
    posts: Sequence[Post], known: Sequence[KnownPost], comparable: Callable[[str], str]
) -> tuple[Identified, ...]:
    """Each of `posts` with what is known of it. `comparable` gives the form in which two links are compared.

    The outcome for one post does not depend on the order of the others.
    """
    by_key = {key: one for one in known for key in one.keys}
    by_link: dict[str, KnownPost] = {}
    by_text: dict[str, KnownPost] = {}
    by_title: dict[tuple[str, datetime], KnownPost] = {}
    for one in sorted(known, key=lambda post: post.id, reverse=True):
        by_link[comparable(one.link)] = one
        if one.text_hash:
            by_text[one.text_hash] = one
        if one.dated_by == "published":
            by_title[one.title.casefold(), one.date] = one
    found = []
    for post, remark in told_apart(posts, comparable):
        same = by_key.get(post.key)
        if same is not None:
            found.append(same_key(post, same))
            continue
        by_what, found_by = "address", by_link.get(comparable(post.link))
        if found_by is None and by_text and (words := text_hash(post.text)):
            by_what, found_by = "text", by_text.get(words)
        if found_by is None and post.published is not None and has_time(post.published):
            by_what, found_by = "title and moment", by_title.get((post.title.casefold(), post.published))
        if found_by is not None and not any(other.key in found_by.keys for other in posts):
            reason = f"The source gave it another id; the same {by_what} shows it is the post known since "
            verdict = Verdict("rekeyed", f"{reason}{found_by.first_seen:%Y-%m-%d}.", found_by.id)
            found.append(Identified(found_by.id, post, found_by, verdict))
        else:
            reason = remark or "It was not seen before."
            found.append(Identified(post_id(post.source, post.key), post, None, Verdict("new", reason)))
    return tuple(found)


def has_time(date: datetime) -> bool:
    """Whether a date states more than a day: several posts of one day have that in common."""
    return (date.hour, date.minute, date.second) != (0, 0, 0)


def same_key(post: Post, known: KnownPost) -> Identified:
    """A post whose key is known: unchanged, or edited."""
    if content_hash(post) == known.content_hash:
        return Identified(known.id, post, known, Verdict("known", "Nothing in it changed."))
    what = "title" if post.title != known.title else "link" if post.link != known.link else "content"
    return Identified(known.id, post, known, Verdict("edited", f"Its {what} changed at the source."))


def told_apart(posts: Sequence[Post], comparable: Callable[[str], str]) -> list[tuple[Post, str]]:
    """The posts, each with a key of its own, and why the key is not the source's id where it is not."""
    times = Counter(post.key for post in posts)
    repeated = sum(count for count in times.values() if count > 1)
    if not repeated:
        return [(post, "") for post in posts]
    distrusted = len(posts) > 1 and repeated > max(2, REPEATED_SHARE * len(posts))
    found: list[tuple[Post, str]] = []
    seen: set[str] = set()
    for post in posts:
        key, remark = post.key, ""
        if times[key] > 1 and (distrusted or key in seen):
            link = comparable(post.link)
            key = f"{key}|{link}" if link else f"{key}|{post.title.casefold()}"
            remark = "The source gives several posts one id, so it is told apart by its address."
        if key in seen:
            key = f"{key}|{post.title.casefold()}"
        if key in seen:
            continue
        seen.add(key)
        found.append((replace(post, key=key), remark))
    return found
