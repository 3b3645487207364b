"""What commands import and what runs read, counted: numbers that do not wobble, where seconds would.

A new import shows here first, and a query that goes through the whole store.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from aggregator.model import RawFeed, Reading
from aggregator.store import open_store
from tests.store.build import NOW, a_post, keep

FEED = b"""<rss version="2.0"><channel><title>Een</title><link>https://een.example/</link><language>nl</language>
<item><title>Brood</title><link>https://een.example/brood</link><guid>1</guid><pubDate>Mon, 02 Nov 2026 08:00:00 +0100</pubDate>
<description>Een verhaal over brood dat lang genoeg is om een heel bericht te zijn. Een verhaal over brood dat lang genoeg is
om een heel bericht te zijn. Een verhaal over brood dat lang genoeg is om een heel bericht te zijn. Een verhaal over brood dat
lang genoeg is om een heel bericht te zijn. Een verhaal over brood dat lang genoeg is om een heel bericht te zijn. Een
verhaal over brood dat lang genoeg is om een heel bericht te zijn.</description></item></channel></rss>"""
LOADED = """
import json, sys
from aggregator.cli import main
try:
    main(sys.argv[1:])
except SystemExit as end:
    assert end.code in (0, None), end.code
print(json.dumps(sorted(set(sys.modules) - set(sys.stdlib_module_names))), file=sys.stderr)
"""


class Conditional(BaseHTTPRequestHandler):
    """Serves the feed, and 304 to whoever has it."""

    number = 1
    """Of its one post: another number, and it is a new one."""

    def do_GET(self) -> None:
        tag = f'"{self.number}"'
        has_it = self.headers.get("If-None-Match") == tag
        found = self.path == "/feed.xml"
        feed = FEED.replace(b">1<", b">%d<" % self.number).replace(b"/brood<", b"/brood/%d<" % self.number)
        self.send_response(304 if has_it else 200 if found else 404)
        self.send_header("ETag", tag)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(feed)) if found and not has_it else "0")
        self.end_headers()
        if found and not has_it:
            self.wfile.write(feed)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def configured(tmp_path: Path) -> Iterator[Path]:
    Conditional.number = 1
    server = ThreadingHTTPServer(("127.0.0.1", 0), Conditional)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    file = tmp_path / "sources.yaml"
    file.write_text(
        "publication: {title: T, url: 'https://t.example/', author: {name: R}}\nnetwork: {allow_private: true}\n"
        f"sources:\n  - {{name: Een, url: 'http://127.0.0.1:{server.server_port}/feed.xml'}}\n"
    )
    yield file
    server.shutdown()
    server.server_close()


def loaded(*arguments: str, now: str = "2026-11-03T10:00:00Z") -> set[str]:
    """The modules that a command has loaded when it ends, without those of Python itself; submodules by their package."""
    found = json.loads(last_said(LOADED, *arguments, now=now))
    return {name for name in found if name.split(".")[0] not in sys.stdlib_module_names}


def last_said(program: str, *arguments: str, now: str = "2026-11-03T10:00:00Z") -> str:
    """The last line that a Python program says at its end."""
    command = [sys.executable, "-c", program, *arguments]
    root, environment = Path(__file__).parents[2], {"AGGREGATOR_NOW": now, "PATH": ""}
    result = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, env=environment)
    assert result.returncode == 0, result.stderr
    return result.stderr.splitlines()[-1]


HEAVY = set(
    "feedparser lxml nh3 jinja2 pydantic ruamel feedgen babel trafilatura mjml PIL dateparser numpy rich".split()
)


def test_help_loads_the_commands_and_nothing_else() -> None:
    found = loaded("--help")
    assert not found & (HEAVY | {"httpx", "asyncio", "sqlite3"})
    assert len([name for name in found if name.startswith("aggregator")]) <= 8
    assert len(found) <= 24


def test_a_quiet_run_and_a_look_at_the_state_load_nothing_that_parses_cleans_or_publishes(configured: Path) -> None:
    loaded("run", "--all", "--config", str(configured))
    for _ in range(2):
        quiet = loaded("run", "--all", "--config", str(configured))
    assert quiet & HEAVY == set()
    own = {name for name in quiet if name.startswith("aggregator")}
    assert not {
        name for name in own if name.startswith(("aggregator.normalise", "aggregator.dedupe", "aggregator.digest"))
    }
    assert len(own) <= 64
    assert len(quiet) <= 114, "httpx and what it stands on are most of it"
    status = loaded("status", "--config", str(configured))
    assert not status & (HEAVY | {"httpx", "h2", "anyio"})
    assert len(status) <= 57


def test_a_run_with_news_leaves_what_parses_and_cleans_to_other_processes(configured: Path) -> None:
    loaded("fetch", "--config", str(configured))
    Conditional.number = 2
    found = loaded("fetch", "--config", str(configured))
    assert "aggregator.keep" in found
    assert found & HEAVY == set()
    cleaning = {f"aggregator.normalise.{name}" for name in ("clean", "html", "text", "people")}
    assert not found & (cleaning | {"aggregator.parse.article"})


def test_a_run_with_news_leaves_making_feeds_and_pages_to_another_process(configured: Path) -> None:
    loaded("run", "--all", "--config", str(configured))
    Conditional.number = 2
    found = loaded("run", "--all", "--config", str(configured))
    assert "brood/2" in (configured.parent / "out/index.html").read_text()
    assert found & HEAVY == set()


STEPS = """
import sqlite3, sys
from aggregator.cli import main
connect, steps = sqlite3.connect, []
def counted(*arguments, **named):
    connection = connect(*arguments, **named)
    connection.set_progress_handler(lambda: steps.append(None), 10)
    return connection
sqlite3.connect = counted
try:
    main(sys.argv[1:])
except SystemExit as end:
    assert end.code in (0, None), end.code
print(len(steps), file=sys.stderr)
"""


def steps_over(past: int, file: Path) -> tuple[int, int]:
    """What SQLite does in a run with one new post, and in one without, where `past` posts are stored; in tens of steps."""
    with open_store("sqlite:///state/aggregator.db", file.parent) as store:
        days = [NOW - timedelta(days=400 + 3_000 * number // past, hours=number % 7) for number in range(past)]
        posts = [a_post(f"p{number}", date=day) for number, day in enumerate(days)]
        keep(store, *posts, reading=Reading(feed=RawFeed()))
    run = ("run", "--all", "--config", str(file))
    for number in (1, 2, 3):  # what comes first with so long a past is published once
        Conditional.number = number
        news = int(last_said(STEPS, *run))
    return news, int(last_said(STEPS, *run))


def test_a_run_reads_as_little_of_a_large_store_as_of_a_small_one(configured: Path) -> None:
    small = steps_over(1_000, configured)
    shutil.rmtree(configured.parent / "state")
    large = steps_over(4_000, configured)
    assert large[0] <= 1.3 * small[0] and large[1] <= 1.3 * small[1], (small, large)


class Kept(Conditional):
    """The same, over connections that stay open for further requests."""

    protocol_version = "HTTP/1.1"


class Everywhere(ThreadingHTTPServer):
    """At every address of this machine, for many that come at once."""

    request_queue_size = 200


def test_many_hosts_are_read_with_few_open_files(tmp_path: Path) -> None:
    server = Everywhere(("0.0.0.0", 0), Kept)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sources = "".join(
        f"  - {{name: Bron {number}, url: 'http://127.0.2.{number}:{server.server_port}/feed.xml'}}\n"
        for number in range(1, 121)
    )
    (tmp_path / "sources.yaml").write_text(
        "publication: {title: T, url: 'https://t.example/', author: {name: R}}\n"
        f"network: {{allow_private: true, connections: 10}}\nsources:\n{sources}"
    )
    command = f"ulimit -n 60; exec {sys.executable} -m aggregator run --all --config {tmp_path / 'sources.yaml'}"
    root = Path(__file__).parents[2]
    result = subprocess.run(["sh", "-c", command], cwd=root, capture_output=True, text=True, check=False)
    server.shutdown()
    server.server_close()
    assert (result.returncode, result.stderr) == (0, "")
