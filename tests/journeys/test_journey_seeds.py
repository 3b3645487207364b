"""Five documents as crawled go in; twelve posts come out, exactly as a reader wants them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from tests.journeys.conftest import NOW, Site
from tests.journeys.expectation import differences, expectations
from tests.journeys.reading_out import entries_of


def test_all_twelve_posts_come_out_as_expected(seeds: Path, shared: Path) -> None:
    result = Site(seeds).run("run")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    entries = {entry.title: entry for entry in entries_of(seeds / "out" / "atom.xml")}
    expected = expectations(shared, "document")
    assert sorted(entries) == sorted(post.title for post in expected)
    wrong = {post.title: differences(post, entries[post.title], datetime.fromisoformat(NOW)) for post in expected}
    assert not {title: lines for title, lines in wrong.items() if lines}


def test_a_document_keeps_the_address_its_template_gives(seeds: Path) -> None:
    Site(seeds).run("run")
    links = {entry.source: entry.link for entry in entries_of(seeds / "out" / "atom.xml")}
    assert links["Defacto"] == "https://www.defacto.nl/blog/2015/07/03/de-r-van-relatie.html"
