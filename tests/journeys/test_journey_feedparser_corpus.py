"""Every feed of feedparser's corpora, well-formed and ill-formed, through the whole program: what comes out is valid.

Every fourth of them by default; each one with AGGREGATOR_CORPUS=1.
"""

from __future__ import annotations

import gzip
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from aggregator.publish.document import Document, ready
from aggregator.publish.identifiers import with_ids
from aggregator.run import run
from aggregator.settings import Network, Settings, Source
from aggregator.store import open_store, posts
from aggregator.store.sources import states
from benchmarks.distributions import CACHE
from benchmarks.feedparser_corpus import VERSION
from tests.publish.build import a_setting, lying_in, served
from tests.publish.judging import faults_of

NOW = datetime(2026, 1, 1, tzinfo=UTC)
AT_ONCE = 50
STEP = 1 if os.environ.get("AGGREGATOR_CORPUS") == "1" else 4


def test_every_feed_of_the_corpora_leads_to_valid_feeds_and_twice_to_the_same(tmp_path: Path) -> None:
    folder = CACHE / f"feedparser-{VERSION}/tests"
    if not folder.is_dir():
        pytest.skip("needs feedparser's test files: python -m benchmarks feedparser_corpus fetches them")
    names = [
        str(path.relative_to(folder))
        for part in ("wellformed", "illformed")
        for path in sorted((folder / part).rglob("*.xml"))
    ]
    assert len(names) > 1_700
    names = names[::STEP]
    with served(folder) as url:
        settings = replace(
            a_setting(tmp_path),
            network=Network(allow_private=True, per_host=16),
            sources=tuple(Source(name=name, url=url + name, kind="feed", full_text=False) for name in names),
        )
        report = run(settings, NOW, lambda outcome: None, everything=True)
        assert not [one for one in report.outcomes if "program itself" in one.sentence]
        assert report.warnings == ()
        assert sum(one.new for one in report.outcomes) > 1_100 / STEP
        first = feeds_in(settings)
        assert sum(body.count(b"<entry") for name, body in first.items() if name.startswith("archive/")) > 1_000 / STEP
        for name, body in first.items():
            assert faults_of(name, body) == []
            assert gzip.decompress((settings.out / f"{name}.gz").read_bytes()) == body
        run(settings, NOW, lambda outcome: None, everything=True)
        assert feeds_in(settings) == first
    every_entry_in_every_format(settings)


def feeds_in(settings: Settings) -> dict[str, bytes]:
    found = lying_in(settings.out)
    return {name: body for name, body in found.items() if name.endswith(".xml") or name == "feed.json"}


def every_entry_in_every_format(settings: Settings) -> None:
    """The archive holds every entry as Atom, rss.xml and feed.json the newest only: so each takes its turn there."""
    from aggregator.publish.jsonfeed import json_feed
    from aggregator.publish.rss import rss

    publication = settings.publication
    with open_store(settings.store, settings.folder) as store:
        entries = with_ids(store, posts.newest_entries(store, 10_000, NOW))
        known = {state.name: state for state in states(store)}
    for start in range(0, len(entries), AT_ONCE):
        turn = ready(entries[start : start + AT_ONCE], publication)
        name, url = publication.title, publication.url
        body, warnings = rss(publication, Document(url, name, f"{url}rss.xml", url, turn), known)
        assert warnings == ()
        assert faults_of("rss.xml", body) == []
        assert (
            faults_of("feed.json", json_feed(publication, Document(url, name, f"{url}feed.json", url, turn), known))
            == []
        )
