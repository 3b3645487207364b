"""What sources.yaml says otherwise than before holds for all that is stored, as if it had always said so."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import assume, example, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from aggregator.reconsider import reconsider
from aggregator.settings import Correction, Rule, Settings, Withheld
from aggregator.store import open_store
from tests.samples import examples
from tests.test_matching_order import NAMES, NOW, PARAGRAPHS, a_publication, clusters_in, is_same, link_of, read

SHORT = st.lists(st.integers(0, len(PARAGRAPHS) - 1), min_size=1, max_size=2, unique=True)
"""The paragraphs of a post so short that the index finds whatever is the same."""
NUMBERS = st.integers(0, len(NAMES) - 1)
PAIRS = st.tuples(NUMBERS, NUMBERS).filter(lambda pair: pair[0] != pair[1])


@dataclass(frozen=True)
class Said:
    """What sources.yaml says of posts, by their numbers, and of sources."""

    held: frozenset[int] = frozenset()
    withheld: frozenset[int] = frozenset()
    excluded: frozenset[int] = frozenset()
    preferred: frozenset[int] = frozenset()

    def within(self, settings: Settings) -> Settings:
        publication = replace(
            settings.publication, withhold=tuple(Withheld(post=link_of(one)) for one in sorted(self.withheld))
        )
        sources = tuple(
            replace(
                source,
                priority=int(number in self.preferred),
                exclude=(Rule(title="Bericht"),) if number in self.excluded else (),
            )
            for number, source in enumerate(settings.sources)
        )
        corrections = tuple(Correction(hold=link_of(one)) for one in sorted(self.held))
        return replace(settings, publication=publication, sources=sources, corrections=corrections)


FEW = st.frozensets(NUMBERS, max_size=3)
SAID = st.builds(Said, FEW, FEW, FEW, FEW)


@effort(max_examples=examples(30), deadline=None)
@given(posts=st.lists(SHORT, min_size=2, max_size=9), said=st.lists(SAID, min_size=1, max_size=4))
@example([[0, 1], [1], [1, 2]], [Said(held=frozenset({0}))])
@example([[0, 1], [1], [1, 2]], [Said(preferred=frozenset({1}))])
def test_the_same_is_shown_as_if_it_had_been_said_from_the_first(posts: list[list[int]], said: list[Said]) -> None:
    later, at_first = clusters_after(posts, [Said(), *said]), clusters_after(posts, said[-1:])
    assert later.keys() == at_first.keys()  # which of two a copy of both is named under, nobody asks anew
    for original, copies in later.items():
        for copy in copies:
            assert is_same(original, copy, posts)


def clusters_after(posts: list[list[int]], said: Iterable[Said]) -> dict[int, tuple[int, ...]]:
    """What is shown of posts that came when sources.yaml said the first of this, once it has said all."""
    with tempfile.TemporaryDirectory() as folder:
        settings = a_publication(Path(folder))
        with open_store(settings.store, Path(folder)) as store:
            for place, one in enumerate(said):
                for number, paragraphs in enumerate(posts if place == 0 else ()):
                    read(store, one.within(settings), number, paragraphs)
                reconsider(one.within(settings), store, NOW)
            return clusters_in(store)


@effort(max_examples=examples(20), deadline=None)
@given(posts=st.lists(SHORT, min_size=9, max_size=9), pair=PAIRS, apart=st.booleans())
def test_a_pair_that_is_corrected_no_more_is_what_its_words_say(
    posts: list[list[int]], pair: tuple[int, int], apart: bool
) -> None:
    links = link_of(pair[0]), link_of(pair[1])
    correction = Correction(apart=links) if apart else Correction(together=links)
    with tempfile.TemporaryDirectory() as folder:
        settings = a_publication(Path(folder))
        with open_store(settings.store, Path(folder)) as store:
            for number, paragraphs in enumerate(posts):
                read(store, settings, number, paragraphs)
            reconsider(settings, store, NOW)
            before = clusters_in(store)
            assume(are_together(pair, before) or not is_same(*pair, posts))  # not every such pair is found
            reconsider(replace(settings, corrections=(correction,)), store, NOW)
            corrected = clusters_in(store)
            assert are_together(pair, corrected) is not apart
            reconsider(settings, store, NOW)
            assert clusters_in(store) == before


def are_together(pair: tuple[int, int], clusters: dict[int, tuple[int, ...]]) -> bool:
    return any(set(pair) <= {one, *copies} for one, copies in clusters.items())


def test_a_copy_that_comes_after_a_pair_was_joined_is_named_under_the_original_that_was_given(tmp_path: Path) -> None:
    settings = a_publication(tmp_path)
    settings = replace(settings, corrections=(Correction(together=(link_of(1), link_of(0))),))
    with open_store(settings.store, tmp_path) as store:
        for number, paragraphs in enumerate(([1], [3])):
            read(store, settings, number, paragraphs)
        reconsider(settings, store, NOW)
        read(store, settings, 2, [3])
        reconsider(settings, store, NOW)
        assert clusters_in(store) == {1: (0, 2)}


def test_an_original_that_was_given_and_is_held_back_hides_nothing(tmp_path: Path) -> None:
    settings = replace(a_publication(tmp_path), corrections=(Correction(together=(link_of(1), link_of(0))),))
    with open_store(settings.store, tmp_path) as store:
        for number, paragraphs in enumerate(([1], [3])):
            read(store, settings, number, paragraphs)
        reconsider(settings, store, NOW)
        held = replace(settings, corrections=(*settings.corrections, Correction(hold=link_of(1))))
        reconsider(held, store, NOW)
        assert list(clusters_in(store)) == [0]
        reconsider(settings, store, NOW)
        assert clusters_in(store) == {1: (0,)}


def together(original: int, copy: int) -> Correction:
    return Correction(together=(link_of(original), link_of(copy)))


def apart(one: int, other: int) -> Correction:
    return Correction(apart=(link_of(one), link_of(other)))


HELD = Correction(hold=link_of(0))


@pytest.mark.parametrize(
    ("lines", "clusters"),
    [
        ((together(0, 1), together(1, 2)), {0: (1, 2)}),
        ((together(0, 2), together(1, 2)), {1: (0, 2)}),
        ((together(0, 1), together(0, 2), HELD), {1: (2,)}),
        ((together(0, 1), together(1, 0)), {1: (0,), 2: ()}),
        ((together(0, 1), together(1, 2), together(2, 0)), {2: (0, 1)}),
        ((together(0, 1), apart(0, 1)), {0: (), 1: (), 2: ()}),
        ((apart(0, 1), together(0, 1)), {0: (1,), 2: ()}),
        ((together(0, 1), together(1, 2), apart(0, 2)), {0: (1,), 2: ()}),
        ((together(0, 0), HELD, Correction(publish=link_of(0))), {0: (), 1: (), 2: ()}),
    ],
)
def test_lines_that_hang_together_or_contradict_each_other_come_to_the_same_whatever_was_before(
    lines: tuple[Correction, ...], clusters: dict[int, tuple[int, ...]], tmp_path: Path
) -> None:
    settings = a_publication(tmp_path)
    with open_store(settings.store, tmp_path) as store:
        for number, paragraphs in enumerate(([1], [3], [5])):
            read(store, settings, number, paragraphs)
        reconsider(settings, store, NOW)
        for before in ((), (together(2, 1), together(1, 0)), (apart(0, 1),), lines[:1]):
            reconsider(replace(settings, corrections=before), store, NOW)
            said = replace(settings, corrections=lines)
            reconsider(said, store, NOW)
            assert clusters_in(store) == clusters
            assert reconsider(said, store, NOW) == 0
