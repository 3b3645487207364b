"""What is published does not depend on the ways in which it is made quick."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from aggregator import following, workers
from aggregator.config import load
from aggregator.model import Work
from aggregator.parse import feed
from aggregator.prepare import Context
from aggregator.run import run

PROJECT = Path(__file__).parents[2]
SHARED = PROJECT.parent / "shared"
FEEDS = 24
NOW = datetime(2026, 11, 3, 10, tzinfo=UTC)


class Plainly:
    """Does the work where it is asked for."""

    async def __aenter__(self) -> Plainly:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    def begin(self) -> None:
        pass

    async def work(self, function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        return function(*arguments, **named)


class Silent(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def not_early(work: Work, context: Context) -> Work:
    return work


def published(folder: Path, sources: str) -> dict[str, bytes]:
    """Everything under out/ after a run and a second one, by path."""
    folder.mkdir()
    file = folder / "sources.yaml"
    file.write_text(
        "publication: {title: T, url: 'https://t.example/', author: {name: R}}\nnetwork: {allow_private: true}\n"
        f"sources:\n{sources}"
    )
    for _ in range(2):
        run(load(file), NOW, lambda outcome: None, everything=True)
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted((folder / "out").rglob("*.*"))}


def test_the_same_bytes_are_published_by_the_quick_and_the_plain_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    maker = SHARED / "bench" / "corpus.py"
    if not maker.is_file():
        pytest.skip("needs the maker of feeds in ../shared, which is not here")
    made = [sys.executable, str(maker), "make", str(tmp_path / "corpus"), "--feeds", str(FEEDS), "--seed", "5"]
    subprocess.run(made, check=True)
    folder = tmp_path / "corpus" / "www" / "f"
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    names = sorted(path.name for path in folder.iterdir() if path.suffix != ".gz")
    sources = "".join(f"  - {{name: {name}, url: 'http://127.0.0.1:{server.server_port}/{name}'}}\n" for name in names)
    try:
        quick = published(tmp_path / "quick", sources)
        monkeypatch.setattr(workers, "Workers", Plainly)
        monkeypatch.setattr(following, "early", not_early)
        monkeypatch.setattr(feed, "read_fast", lambda body, content_type: None)
        plain = published(tmp_path / "plain", sources)
    finally:
        server.shutdown()
        server.server_close()
    assert quick.keys() == plain.keys()
    assert [path for path in quick if quick[path] != plain[path]] == []
    assert quick["out/atom.xml"].count(b"<entry") == 50
