"""Which posts are one post: the members of a cluster, its original, and the copies named under it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from aggregator.dedupe.copies import preference
from aggregator.model import Post


@dataclass(frozen=True, slots=True)
class Member:
    """A post as choosing the original needs it."""

    id: str
    post: Post
    priority: int
    """Of its source."""
    reason: str = ""
    """Why it belongs to the cluster."""
    held: bool = False


def relations(members: Sequence[Member]) -> Mapping[str, tuple[str | None, str]]:
    """For each member's id: the original it is a copy of, or None for the original itself; and why.

    The outcome does not depend on the order of `members`.
    """
    ranked = sorted(
        members,
        key=lambda member: preference(
            member.post,
            member.post.published is not None,
            member.priority,
            [other.post for other in members if other.id != member.id],
            held=member.held,
        ),
    )
    original = ranked[0]
    found: dict[str, tuple[str | None, str]] = {original.id: (None, "")}
    for member in ranked[1:]:
        why = f"It is a copy of {original.post.link} ({original.post.source}). {member.reason}".strip()
        if member.post.credits:
            why += f" It credits {', '.join(member.post.credits)}."
        found[member.id] = (original.id, why)
    return found


def components(posts: Iterable[str], pairs: Iterable[tuple[str, str]]) -> list[tuple[str, ...]]:
    """The ids in groups of what hangs together by `pairs`: sorted, whatever the order in which they are given."""
    group = {post: {post} for post in posts}
    for one, other in pairs:
        if group[one] is not group[other]:
            group[one] |= group[other]
            for member in group[other]:
                group[member] = group[one]
    return sorted({tuple(sorted(members)) for members in group.values()})
