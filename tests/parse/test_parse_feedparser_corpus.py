"""Every feed of feedparser's own tests goes through our reader; where we differ on purpose, the reason is written down."""

from __future__ import annotations

import pytest

from benchmarks.feedparser_corpus import CACHE, VERSION, run, unexplained


def test_no_feed_of_the_corpus_is_misread() -> None:
    folder = CACHE / f"feedparser-{VERSION}/tests"
    if not folder.is_dir():
        pytest.skip("needs feedparser's test files: python -m benchmarks feedparser_corpus fetches them")
    outcome = run(folder)
    assert outcome.files > 2_000
    assert outcome.crashes == ()
    assert unexplained(outcome.differences) == []
