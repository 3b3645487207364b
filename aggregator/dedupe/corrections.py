"""What the operator decided otherwise: `corrections` and `publication.withhold` of sources.yaml."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from aggregator.model import Post
from aggregator.settings import Correction, Withheld

Comparable = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Corrected:
    """The corrections, their addresses in the form in which addresses are compared."""

    apart: frozenset[frozenset[str]] = frozenset()
    together: frozenset[tuple[str, str]] = frozenset()
    """Originals, each with its copy."""
    published: frozenset[str] = frozenset()
    held: frozenset[str] = frozenset()
    withheld: frozenset[str] = frozenset()
    withheld_authors: frozenset[str] = frozenset()
    """Without case."""
    withheld_sources: frozenset[str] = frozenset()

    def withholds(self, post: Post, addresses: Iterable[str]) -> str | None:
        """Why the post is published nowhere, because somebody asked; None when nobody did."""
        if not self.withheld.isdisjoint(addresses):
            return f"{WITHHELD} its address."
        if not self.withheld_authors.isdisjoint(author.casefold() for author in post.authors):
            return f"{WITHHELD} its author."
        return f"{WITHHELD} its source." if post.source in self.withheld_sources else None

    def parts(self, one: Sequence[str], other: Sequence[str]) -> bool:
        """Whether two posts at these addresses are not one post, whatever they say."""
        return bool(self.apart) and any(frozenset((a, b)) in self.apart for a in one for b in other)

    def joins(self, original: Sequence[str], copy: Sequence[str]) -> bool:
        """Whether the post at the one addresses is the original of that at the others, whatever they say."""
        return bool(self.together) and any((a, b) in self.together for a in original for b in copy)


NOTHING = Correction()
HELD = "A line of `corrections` in sources.yaml holds it back."
WITHHELD = "`publication.withhold` in sources.yaml names"
"""How the reason of a post begins that is withheld."""
APART = "A line of `corrections` in sources.yaml sets them apart."
TOGETHER = "A line of `corrections` in sources.yaml says that it is a copy."


def standing(corrections: Sequence[Correction], comparable: Comparable) -> tuple[Correction, ...]:
    """What `corrections` come to, whatever was shown before: of two that contradict each other the later one, and of
    posts that hang together by several each as a copy of the same original."""
    last: dict[frozenset[str], Correction] = {}
    for one in corrections:
        about = frozenset(map(comparable, one.apart or one.together or (one.publish or one.hold or "",)))
        if len(about) == 1 and (one.apart or one.together):
            continue  # a post and itself
        last.pop(about, None)
        last[about] = one
    joined = originals([one.together for one in last.values() if one.together], comparable)
    return (
        *(one for one in last.values() if not one.together),
        *(
            Correction(together=(original, copy))
            for copy, original in joined.items()
            if not last.get(frozenset(map(comparable, (original, copy))), NOTHING).apart
        ),
    )


def originals(pairs: Sequence[tuple[str, str]], comparable: Comparable) -> dict[str, str]:
    """For the addresses of copies that of their original, which is a copy of none. In `pairs` it comes first."""
    above: dict[str, str] = {}
    written: dict[str, str] = {}

    def end_of(address: str) -> str:
        while address in above:
            address = above[address]
        return address

    for original, copy in ([comparable(one) for one in pair] for pair in pairs):
        end, other_end = end_of(original), end_of(copy)
        if end != other_end:
            above[other_end] = end
        elif copy == end != original:  # what was the copy until now is said to be the original
            del above[original]
            above[copy] = original
    for pair in pairs:
        written |= {comparable(one): one for one in pair}
    return {written[copy]: written[end_of(copy)] for copy in above}


def corrected(
    corrections: Sequence[Correction], comparable: Comparable, withhold: Sequence[Withheld] = ()
) -> Corrected:
    """`corrections`, and what is to be withheld, ready to be asked."""
    corrections = standing(corrections, comparable)
    together = [one.together for one in corrections if one.together]
    return Corrected(
        apart=frozenset(frozenset(map(comparable, one.apart)) for one in corrections if one.apart),
        together=frozenset((comparable(one), comparable(other)) for one, other in together),
        published=frozenset(comparable(one.publish) for one in corrections if one.publish),
        held=frozenset(comparable(one.hold) for one in corrections if one.hold),
        withheld=frozenset(comparable(one.post) for one in withhold if one.post),
        withheld_authors=frozenset(one.author.casefold() for one in withhold if one.author),
        withheld_sources=frozenset(one.source for one in withhold if one.source),
    )
