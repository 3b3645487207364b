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


HELD = "A line of `corrections` in sources.yaml holds it back."
WITHHELD = "`publication.withhold` in sources.yaml names"
"""How the reason of a post begins that is withheld."""
APART = "A line of `corrections` in sources.yaml sets them apart."
TOGETHER = "A line of `corrections` in sources.yaml says that it is a copy."


def corrected(
    corrections: Sequence[Correction], comparable: Comparable, withhold: Sequence[Withheld] = ()
) -> Corrected:
    """`corrections`, and what is to be withheld, ready to be asked."""
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
