"""Where the group `fleet` is not installed, no command looks for Procrastinate or psycopg, but the one of the fleet."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from aggregator.cli import main

ROOT = Path(__file__).parents[2]
NOW = "2026-11-26T12:00:00Z"
WITHOUT = """
import os, sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("procrastinate", "psycopg", "psycopg_binary", "psycopg_pool"):
            print("looked for", name, "in", line, file=open("looked-for", "a"))
            raise ModuleNotFoundError(f"No module named {name!r}")

sys.meta_path.insert(0, Absent())
line = "the beginning"
from aggregator.cli import main
for line in sys.argv[1:]:
    if not (process := os.fork()):  # so that each finds nothing loaded but what every command loads
        main(line.split())
    if os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) in (1, 2):
        sys.exit(f"{line} was refused")
"""
SOURCES_YAML = """
publication: {title: Blogs, url: "https://example.org/", author: {name: Redactie}}
sources:
  - {name: Een, path: een/*.md, site: "https://een.example/", link: "{slug}.html"}
digest: {address: Postbus 1}
mail:
  from: {name: Redactie, email: redactie@example.org}
  list_id: lijst.example.org
  unsubscribe: "https://example.org/leave?t={token}"
"""
EXPORTED = (
    '<opml version="2.0"><body><outline type="rss" text="Drie" xmlUrl="https://drie.example/feed"/></body></opml>'
)
COMMANDS = (
    "run --all",
    "fetch Een",
    "publish",
    "status",
    "explain https://een.example/a.html",
    "sources list",
    "sources check Een",
    "sources export blogs.opml",
    "sources import drie.opml",
    "sources add http://127.0.0.1:1/feed",
    "digest build 2026-11",
    "digest drop 2026-11",
    "digest build 2026-11",
    "digest list",
    "digest show 2026-11",
    "digest check 2026-11",
    "digest approve 2026-11",
    "subscribers add anna@x.example",
    "subscribers invite bert@x.example",
    "subscribers list",
    "subscribers show anna@x.example",
    "subscribers export",
    "subscribers import readers.csv",
    "subscribers allow anna@x.example",
    "subscribers process Maildir",
    "send 2026-11 --dry-run",
    "send 2026-11",
    "subscribers remove anna@x.example",
    "subscribers erase anna@x.example",
    "store copy sqlite:///state/aggregator.db sqlite:///copy.db",
)
NOT_RUN = {"worker", "serve"}
"""The first needs what is absent, and says so; the second goes on until it is stopped, and has a test of its own."""


def commands(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[str]:
    """The names of all commands that do something."""
    if not isinstance(command, click.Group):
        yield " ".join(path)
        return
    for name, one in command.commands.items():
        yield from commands(one, (*path, name))


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT), "AGGREGATOR_NOW": NOW, "AGGREGATOR_SMTP": "smtp://127.0.0.1:1"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sources.yaml").write_text(SOURCES_YAML)
    (tmp_path / "een").mkdir()
    (tmp_path / "een" / "a.md").write_text("---\ntitle: Een\ndate: 2026-11-20\n---\nEen tekst van enige lengte.\n")
    (tmp_path / "drie.opml").write_text(EXPORTED)
    (tmp_path / "readers.csv").write_text("address,name\ncees@x.example,Cees\n")
    for part in ("new", "cur", "tmp"):
        (tmp_path / "Maildir" / part).mkdir(parents=True)
    return tmp_path


def test_every_command_does_without_them(folder: Path) -> None:
    tried = {name for name in commands(main) if any(f"{line} ".startswith(f"{name} ") for line in COMMANDS)}
    assert tried == set(commands(main)) - NOT_RUN, "a new command is to be tried here as well"
    ended = subprocess.run(
        [sys.executable, "-c", WITHOUT, *COMMANDS],
        cwd=folder, env=environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (ended.returncode, "Traceback" in ended.stderr) == (0, False), ended.stderr
    assert not (folder / "looked-for").exists(), (folder / "looked-for").read_text()
    assert (folder / "out" / "atom.xml").is_file()


def test_nor_does_serving_look_for_them(folder: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", WITHOUT, "serve --port 0"],
        cwd=folder, env=environment(), stdout=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        assert "Serving" in process.stdout.readline()
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # what serves is a fork of it
        process.wait()
    assert not (folder / "looked-for").exists()
