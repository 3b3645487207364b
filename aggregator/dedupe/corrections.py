"""What the operator decided otherwise: the `corrections` of sources.yaml, by the addresses of posts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aggregator.settings import Correction

Comparable = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Corrected:
    """The corrections, their addresses in the form in which addresses are compared."""

    apart: frozenset[frozenset[str]] = frozenset()
    published: frozenset[str] = frozenset()
    held: frozenset[str] = frozenset()

    def parts(self, one: Sequence[str], other: Sequence[str]) -> bool:
        """Whether two posts at these addresses are not one post, whatever they say."""
        return bool(self.apart) and any(frozenset((a, b)) in self.apart for a in one for b in other)


HELD = "A line of `corrections` in sources.yaml holds it back."
APART = "A line of `corrections` in sources.yaml sets them apart."
TOGETHER = "A line of `corrections` in sources.yaml says that it is a copy."


def corrected(corrections: Sequence[Correction], comparable: Comparable) -> Corrected:
    """`corrections` ready to be asked."""
    return Corrected(
        apart=frozenset(frozenset(map(comparable, one.apart)) for one in corrections if one.apart),
        published=frozenset(comparable(one.publish) for one in corrections if one.publish),
        held=frozenset(comparable(one.hold) for one in corrections if one.hold),
    )
