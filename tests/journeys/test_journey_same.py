"""What is published does not depend on the ways in which it is made quick."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from aggregator import following, workers
from aggregator.config import load
from aggregator.model import Outcome, Work
from aggregator.parse import any_feed
from aggregator.prepare import Context
from aggregator.publish.plan import here
from aggregator.run import run

PROJECT = Path(__file__).parents[2]
SHARED = PROJECT.parent / "shared"
FEEDS = 12
NOW = datetime(2026, 11, 3, 10, tzinfo=UTC)


class Plainly:
    """Does the work where it is asked for."""

    def __enter__(self) -> Plainly:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def begin(self) -> None:
        pass

    def keep_one(self) -> None:
        pass

    def make(self, function: Callable[..., Any], *arguments: Any) -> Callable[[], Any]:
        return here(function, *arguments)

    def when_idle(self, *_: object) -> None:
        pass

    async def work(self, function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        return function(*arguments, **named)


class Silent(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def not_early(work: Work, context: Context) -> Work:
    return work


def published(folder: Path, sources: str, corpus: Callable[..., None]) -> dict[str, bytes]:
    """Everything under out/ after a run, one over feeds of which a third changed, and another, by path."""
    folder.mkdir()
    corpus("make", "--feeds", str(FEEDS), "--seed", "5")
    file = folder / "sources.yaml"
    file.write_text(
        "publication: {title: T, url: 'https://t.example/', author: {name: R}}\nnetwork: {allow_private: true}\n"
        f"sources:\n{sources}"
    )
    for hours in range(3):
        outcomes: list[Outcome] = []
        run(load(file), NOW + timedelta(hours=hours), outcomes.append, everything=True)
        assert any(one.new for one in outcomes) == (hours < 2)
        if not hours:
            corpus("mutate", "--share", "0.3", "--version", "1")
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted((folder / "out").rglob("*.*"))}


def test_the_same_bytes_are_published_by_the_quick_and_the_plain_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    maker = SHARED / "bench" / "corpus.py"
    if not maker.is_file():
        pytest.skip("needs the maker of feeds in ../shared, which is not here")

    def corpus(what: str, *more: str) -> None:
        if what == "make":
            shutil.rmtree(tmp_path / "corpus", ignore_errors=True)
        subprocess.run([sys.executable, str(maker), what, str(tmp_path / "corpus"), *more], check=True)

    corpus("make", "--feeds", str(FEEDS), "--seed", "5")
    folder = tmp_path / "corpus" / "www" / "f"
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    names = sorted(path.name for path in folder.iterdir() if path.suffix != ".gz")
    sources = "".join(f"  - {{name: {name}, url: 'http://127.0.0.1:{server.server_port}/{name}'}}\n" for name in names)
    try:
        quick = published(tmp_path / "quick", sources, corpus)
        monkeypatch.setattr(workers, "Workers", Plainly)
        monkeypatch.setattr(following, "early", not_early)
        monkeypatch.setattr(any_feed, "read_fast", lambda body, content_type, known: None)
        plain = published(tmp_path / "plain", sources, corpus)
    finally:
        server.shutdown()
        server.server_close()
    assert quick.keys() == plain.keys()
    assert [path for path in quick if quick[path] != plain[path]] == []
    assert quick["out/atom.xml"].count(b"<entry") == 50
