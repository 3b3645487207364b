"""Which posts are one post: the original, and the copies named under it.

Every copy is the same post as its original itself. What only hangs together by way of a third post is not one: of a
chain of posts that each share most of their words with the next, the last may have nothing of the first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aggregator.dedupe.copies import preference
from aggregator.model import Post

Pairs = Mapping[tuple[str, str], str]
"""Posts (by id) that are the same, and why; each pair in one order only."""


@dataclass(frozen=True, slots=True)
class Member:
    """A post as choosing the original needs it."""

    post: Post
    priority: int = 0
    """Of its source."""
    held: bool = False
    below: frozenset[str] = frozenset()
    """The ids of posts of which it is a copy, as the operator says, or has shown by following their source instead."""


def relations(members: Mapping[str, Member], pairs: Pairs) -> dict[str, tuple[str | None, str]]:
    """For the id of each member: the original it is a copy of, or None for an original; and why.

    The best post is an original and takes those that it is the same as; then the best of the rest. The outcome depends
    on no order.
    """
    beside: dict[str, dict[str, str]] = {one: {} for one in members}
    for (one, other), why in pairs.items():
        beside[one][other] = beside[other][one] = why
    ranks = {
        one: rank(member, {other: members[other].post for other in beside[one]}) for one, member in members.items()
    }
    found: dict[str, tuple[str | None, str]] = {}
    for one in sorted(members, key=lambda member: (ranks[member], member)):
        originals = [other for other in beside[one] if other in found and found[other][0] is None]
        if not originals:
            found[one] = (None, "")
            continue
        original = min(originals, key=lambda other: (ranks[other], other))
        found[one] = (original, reason(members[one].post, members[original].post, beside[one][original]))
    return found


def rank(member: Member, others: Mapping[str, Post]) -> tuple[object, ...]:
    stated = member.post.published is not None
    preferred = preference(member.post, stated, member.priority, list(others.values()))
    return member.held, not member.below.isdisjoint(others), *preferred


def reason(copy: Post, original: Post, why: str) -> str:
    """What an operator is told of a copy."""
    credited = f"It credits {', '.join(copy.credits)}." if copy.credits else ""
    return " ".join(part for part in (f"It is a copy of {original.link} ({original.source}).", why, credited) if part)
