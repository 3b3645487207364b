"""Posts that were stored by an older version are found as copies like any other."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from aggregator import sketches
from aggregator.dedupe.sketch import ruling_out, sketch, sketch_of
from aggregator.model import Post, Sketch
from aggregator.sketches import renew_sketches
from aggregator.store.candidates import candidates
from aggregator.store.twin_index import number_of
from tests.samples import examples
from tests.store.build import a_post, keep, opened

TEXT = " ".join(f"woord{number}" for number in range(300))
PARTS = st.lists(st.integers(0, 30), max_size=25)
"""Of which made-up texts are made: from none to 875 words, of which any share may be in common."""
OTHER = " ".join(f"anders{number}" for number in range(300))


def test_sketches_of_an_older_version_are_made_anew_once(tmp_path: Path) -> None:
    one, other = a_post("a", text=TEXT), a_post("b", text=OTHER)
    with opened(tmp_path) as store:
        keep(store, one, other, fingerprints={one.id: [1, 2, 3]})
        assert candidates(store, sketch(TEXT).fingerprint, (), "Twee") == {}
        renew_sketches(store)
        assert [post.key for post in candidates(store, sketch(TEXT).fingerprint, (), "Twee").values()] == ["a"]
    with opened(tmp_path) as store:
        assert candidates(store, [1, 2, 3], (), "Twee") == {}
        keep(store, one, fingerprints={one.id: [1, 2, 3]})
        renew_sketches(store)
        assert [post.key for post in candidates(store, [1, 2, 3], (), "Twee").values()] == ["a"]


def test_making_them_anew_goes_on_where_it_was_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def interrupted(post: Post) -> Sketch:
        if len(made) == 2:
            raise KeyboardInterrupt
        made.append(post.key)
        return sketch_of(post)

    monkeypatch.setattr(sketches, "AT_ONCE", 1)
    with opened(tmp_path) as store:
        keep(store, *(a_post(key, text=f"{key} {TEXT}") for key in "abcd"))
        monkeypatch.setattr(sketches, "sketch_of", interrupted)
        with pytest.raises(KeyboardInterrupt):
            renew_sketches(store)
        made.append("stopped")
        renew_sketches(store)
        renew_sketches(store)
    assert sorted(made) == ["a", "b", "c", "d", "stopped"]


def test_a_sample_rules_out_what_shares_a_paragraph_and_no_copy(tmp_path: Path) -> None:
    words = TEXT.split()
    edited = " ".join([*words[:40], "tussen", *words[45:290]])
    excerpt, longer = " ".join(words[:120]), f"{TEXT} {OTHER}"
    quoting = " ".join([*words[:60], *OTHER.split()[:240]])
    by_outline, by_sample = ruling_out(sketch(TEXT))
    assert all(by_sample(sketch(text).sample) for text in (TEXT, edited, excerpt, longer))
    assert all(by_outline(number_of(sketch(text).outline)) for text in (TEXT, edited, excerpt, longer))
    assert not by_sample(sketch(quoting).sample)
    assert not by_sample(sketch(OTHER).sample)
    assert not by_outline(number_of(sketch(OTHER).outline))


@effort(max_examples=examples(300), deadline=None)
@given(one=PARTS, other=PARTS, credited=st.booleans())
def test_an_outline_rules_out_nothing_that_the_sample_lets_through(
    one: list[int], other: list[int], credited: bool
) -> None:
    own, others = sketch(text_of(one), credited=credited), sketch(text_of(other))
    by_outline, by_sample = ruling_out(own)
    assert by_outline(number_of(others.outline)) or not by_sample(others.sample)
    assert by_sample(own.sample)


def text_of(parts: list[int]) -> str:
    return " ".join(f"deel{part}woord{number % 97}" for part in parts for number in range(35))
