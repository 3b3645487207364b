"""What commands import, counted: a number that does not wobble, where seconds would. A new import shows here first."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

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

    def do_GET(self) -> None:
        has_it = self.headers.get("If-None-Match") == '"1"'
        found = self.path == "/feed.xml"
        self.send_response(304 if has_it else 200 if found else 404)
        self.send_header("ETag", '"1"')
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(FEED)) if found and not has_it else "0")
        self.end_headers()
        if found and not has_it:
            self.wfile.write(FEED)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def configured(tmp_path: Path) -> Iterator[Path]:
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
    command = [sys.executable, "-c", LOADED, *arguments]
    root = Path(__file__).parents[2]
    result = subprocess.run(
        command, cwd=root, capture_output=True, text=True, check=True, env={"AGGREGATOR_NOW": now, "PATH": ""}
    )
    return {
        name for name in json.loads(result.stderr.splitlines()[-1]) if name.split(".")[0] not in sys.stdlib_module_names
    }


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
    assert len(own) <= 52
    assert len(quiet) <= 200, "httpx and what it stands on are most of it"
    status = loaded("status", "--config", str(configured))
    assert not status & (HEAVY | {"httpx", "h2", "anyio"})
    assert len(status) <= 52
