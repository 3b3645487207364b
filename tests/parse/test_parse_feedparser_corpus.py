"""Every feed of feedparser's own tests goes through our reader; where we differ on purpose, the reason is written down."""

from __future__ import annotations

import pytest

from benchmarks.distributions import OfflineError
from benchmarks.feedparser_corpus import FIELDS, corpus, run, unexplained


def test_no_feed_of_the_corpus_is_misread() -> None:
    try:
        folder = corpus()
    except OfflineError as error:
        pytest.skip(str(error))
    outcome = run(folder)
    assert outcome.files > 2_000
    assert outcome.crashes == ()
    assert set(FIELDS.values()) <= outcome.compared.keys()
    assert unexplained(outcome.differences) == []
