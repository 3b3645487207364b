"""A publication in a folder, its store filled by hand, and reading back what was published."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from aggregator.publish import Published, publish
from aggregator.settings import Person, Publication, Settings, Source
from aggregator.store import Store

URL = "https://example.org/blogs/"


def a_setting(folder: Path, *names: str, url: str = URL, **more: Any) -> Settings:
    """Settings with sources called `names`; `more` are fields of Publication."""
    publication = Publication(title="Proef", url=url, author=Person(name="Redactie"), **more)
    sources = tuple(Source(name=name, url=f"https://{name.lower()}.example/") for name in names or ("Een",))
    return Settings(publication=publication, sources=sources, file=folder / "sources.yaml")


def published(settings: Settings, store: Store, now: datetime) -> Published:
    """Publish, and find nothing to complain about."""
    result = publish(settings, store, now)
    assert result.warnings == ()
    return result


def lying_in(out: Path) -> dict[str, bytes]:
    """Every file under out/ with its bytes."""
    return {str(path.relative_to(out)): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The folder over HTTP on loopback, at the URL given."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/"
        finally:
            server.shutdown()
            thread.join()
