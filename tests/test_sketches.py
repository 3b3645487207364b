"""Posts that were stored by an older version are found as copies like any other."""

from __future__ import annotations

from pathlib import Path

from aggregator.dedupe.copies import ruling_out, sketch
from aggregator.sketches import renew_sketches
from aggregator.store.posts import candidates
from tests.store.build import a_post, keep, opened

TEXT = " ".join(f"woord{number}" for number in range(300))
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


def test_a_sample_rules_out_what_shares_a_paragraph_and_no_copy(tmp_path: Path) -> None:
    words = TEXT.split()
    edited = " ".join([*words[:40], "tussen", *words[45:290]])
    excerpt, longer = " ".join(words[:120]), f"{TEXT} {OTHER}"
    quoting = " ".join([*words[:60], *OTHER.split()[:240]])
    may_be_same = ruling_out(sketch(TEXT).sample)
    assert all(may_be_same(sketch(text).sample) for text in (TEXT, edited, excerpt, longer))
    assert not may_be_same(sketch(quoting).sample)
    assert not may_be_same(sketch(OTHER).sample)
