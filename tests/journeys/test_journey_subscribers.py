"""What subscribers get: a feed that is valid by its own standard, and that real readers show once an entry."""

from __future__ import annotations

import functools
import sqlite3
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from lxml import etree

from tests.journeys.conftest import HERE, Site, Village
from tests.journeys.reading_out import entries_of

pytestmark = pytest.mark.xdist_group("village")

Make = Callable[..., Site]


@pytest.fixture
def published(site: Make, village: Village) -> Path:
    """out/ after one run over the village."""
    blogs = site((HERE / "village.yaml").read_text(encoding="utf-8"))
    assert blogs.run("run").returncode == 0
    return blogs.out


@pytest.fixture
def served(published: Path) -> Iterator[str]:
    """The address of a web server on loopback that serves out/."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(published)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_feed_is_valid_by_the_grammar_of_its_standard(published: Path, shared: Path) -> None:
    grammar = etree.RelaxNG(etree.parse(str(shared / "schema" / "atom.rng")))
    feed = etree.parse(str(published / "atom.xml"))
    grammar.assertValid(feed)
    entries = entries_of(published / "atom.xml")
    assert len({entry.id for entry in entries}) == len(entries) == 12


def test_newsboat_lists_every_entry_once_and_nothing_new_the_second_time(
    served: str, published: Path, tool: Callable[[str], str], tmp_path: Path
) -> None:
    newsboat = tool("newsboat")
    (tmp_path / "urls").write_text(f"{served}atom.xml\n")
    (tmp_path / "config").write_text("")
    command = [newsboat, "-q", "-u", "urls", "-c", "cache.db", "-C", "config", "-x", "reload", "print-unread"]
    for _ in range(2):
        result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60)
        assert result.stdout.startswith("12 unread articles")
    with sqlite3.connect(tmp_path / "cache.db") as cache:
        rows = cache.execute("SELECT title, url, author FROM rss_item").fetchall()
    expected = {(entry.title, entry.link) for entry in entries_of(published / "atom.xml")}
    assert {(title, url) for title, url, _ in rows} == expected
    assert all(author for _, _, author in rows)


def test_sfeed_reads_every_entry_once(published: Path, tool: Callable[[str], str]) -> None:
    with (published / "atom.xml").open("rb") as feed:
        result = subprocess.run([tool("sfeed")], stdin=feed, capture_output=True, text=True, check=True, timeout=60)
    rows = [line.split("\t") for line in result.stdout.splitlines()]
    assert sorted(row[2] for row in rows) == sorted(entry.link for entry in entries_of(published / "atom.xml"))
    assert all(row[0].isdigit() and row[6] for row in rows), "each has a time and an author"
