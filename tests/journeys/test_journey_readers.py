"""Real readers, subscribed for months over HTTP: each has every post once, and a quiet month costs 304s only.

newsboat, sfeed, rss2email and feedparser always, for as many posts in half the months by default and in twelve with
AGGREGATOR_MONTHS=12; Liferea, a desktop reader that takes its time, with AGGREGATOR_DESKTOP=1.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import feedparser
import httpx

from tests.fetch.faults import answer, serving
from tests.journeys.conftest import Site
from tests.journeys.test_journey_health import Stage
from tests.journeys.test_journey_histories import Item, a_feed, items
from tests.serving import Served, served_folder

START = datetime(2025, 11, 3, 9, tzinfo=UTC)
MONTHS = int(os.environ.get("AGGREGATOR_MONTHS", "4"))
DESKTOP = os.environ.get("AGGREGATOR_DESKTOP") == "1"


@dataclass
class Reader:
    """One program that is subscribed to atom.xml."""

    name: str
    agent: str | tuple[str, ...]
    """What its User-Agent begins with."""
    poll: Callable[[], Any]
    ids: Callable[[], list[str]]
    """The id of every entry it holds, as often as it holds it."""


@dataclass
class Parsing:
    """feedparser as a reader: conditional requests, and every new entry kept."""

    url: str
    etag: str | None = None
    modified: str | None = None
    held: list[str] = field(default_factory=list)

    def poll(self) -> None:
        headers = {"if-none-match": self.etag} if self.etag else {}
        got = httpx.get(self.url, headers=headers | {"user-agent": "feedparser-journey"})
        if got.status_code == 200:
            self.etag = got.headers["etag"]
            found = feedparser.parse(got.content)
            assert not found.bozo
            self.held += [entry.id for entry in found.entries if entry.id not in self.held]


def newsboat(folder: Path, url: str, program: str) -> Reader:
    folder.mkdir()
    (folder / "urls").write_text(url + "\n")
    (folder / "config").write_text("")
    cache = folder / "cache.db"
    command = [
        program,
        "-q",
        "-u",
        str(folder / "urls"),
        "-c",
        str(cache),
        "-C",
        str(folder / "config"),
        "-x",
        "reload",
    ]

    def ids() -> list[str]:
        with closing(sqlite3.connect(cache)) as connection:
            return [row[0] for row in connection.execute("SELECT guid FROM rss_item")]

    return Reader("newsboat", "newsboat/", lambda: run(command), ids)


def sfeed(folder: Path, url: str, program: str) -> Reader:
    """sfeed_update fetches with curl, by a function of its configuration that keeps the ETag as its manual proposes."""
    folder.mkdir()
    etags = folder / "etag"
    (folder / "sfeedrc").write_text(
        f"sfeedpath='{folder}/feeds'\n"
        f"feeds() {{ feed 'proef' '{url}'; }}\n"
        f"fetch() {{ curl -sfL -A sfeed-journey --etag-save '{etags}.new' --etag-compare '{etags}' \"$2\" &&"
        f" {{ [ -s '{etags}.new' ] && mv '{etags}.new' '{etags}'; true; }}; }}\n"
    )

    def ids() -> list[str]:
        lines = (folder / "feeds" / "proef").read_text().splitlines()
        return [line.split("\t")[5] for line in lines]

    return Reader("sfeed", "sfeed-journey", lambda: run([program, str(folder / "sfeedrc")]), ids)


def rss2email(folder: Path, url: str, program: str) -> Reader:
    folder.mkdir()
    data, config = folder / "seen.json", folder / "config.cfg"
    command = [program, "-c", str(config), "-d", str(data)]
    run([*command, "new", "reader@example.org"])
    run([*command, "add", "proef", url])

    def ids() -> list[str]:
        told = json.loads(data.read_text())
        return [guid for feed in told["feeds"] for guid in feed["seen"]]

    return Reader(
        "rss2email",
        ("rss2email/", "feedparser/", "UniversalFeedParser/"),
        lambda: run([*command, "run", "--no-send"]),
        ids,
    )


def liferea(folder: Path, url: str, program: str, asked: Callable[[], int]) -> Reader:
    """Looks at its feeds when it starts; ended once it has asked and its database stays as it is.

    Its list is put back each time, because it notes there when it looked last and waits for an hour.
    """
    config = folder / "config" / "liferea"
    config.mkdir(parents=True)
    listed = (
        '<?xml version="1.0"?><opml version="1.0"><head/><body><outline title="Proef" text="Proef" type="atom"'
        f' xmlUrl="{url}" htmlUrl="" id="proef" updateInterval="60"/></body></opml>'
    )
    names = {"XDG_CONFIG_HOME": "config", "XDG_DATA_HOME": "data", "XDG_CACHE_HOME": "cache", "HOME": "."}
    environment = os.environ | {name: str(folder / place) for name, place in names.items()}
    database = folder / "data" / "liferea" / "liferea.db"

    def held() -> list[str]:
        with closing(sqlite3.connect(database)) as connection:
            return [row[0] for row in connection.execute("SELECT source_id FROM items WHERE comment = 0")]

    def poll() -> None:
        (config / "feedlist.opml").write_text(listed)
        before, until = asked(), time.monotonic() + 100
        command = ["dbus-run-session", "--", "xvfb-run", "-a", program, "--mainwindow-state=hidden"]
        with subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        ) as process:
            try:
                wait(lambda: asked() > before, until)
                seen: list[list[str]] = []
                wait(lambda: settled(seen, held()), until)
            finally:
                os.killpg(process.pid, signal.SIGTERM)

    return Reader("liferea", "Liferea/", poll, held)


def settled(seen: list[list[str]], held: list[str]) -> bool:
    """Whether a reader has held the same for two seconds, and holds anything; `seen` is what it held before."""
    seen.append(held)
    return bool(held) and seen[-20:] == [held] * 20


def wait(done: Callable[[], bool], until: float) -> None:
    """Look ten times a second until it is done."""
    while not done():
        assert time.monotonic() < until, "the reader did not come to it"
        time.sleep(0.1)


def run(command: list[str]) -> None:
    subprocess.run(command, capture_output=True, timeout=120, check=True)


def past(host: str, every: timedelta, first: int) -> list[Item]:
    """A blog's posts of all the months, the newest first; `every` so long when they are twelve."""
    every = every * MONTHS / 12
    count = int(timedelta(days=30 * MONTHS + 25) / every)
    return [
        Item(one.number, START + place * every + timedelta(minutes=one.number), one.id, one.link, one.text)
        for place, one in enumerate(items(first + count, host=host)[first:])
    ][::-1]


CONFIGURATION = """
publication: {{title: Proef, url: '{url}', language: nl, author: {{name: Redactie}}}}
network: {{allow_private: true}}
sources:
  - {{name: Een, url: '{one}feed.xml', kind: feed, max_new: 50}}
  - {{name: Twee, url: '{two}feed.xml', kind: feed, max_new: 50}}
"""


def subscribed(folder: Path, front: Served, tool: Callable[[str], str]) -> list[Reader]:
    url = f"{front.url}atom.xml"
    parsing = Parsing(url)
    readers = [
        newsboat(folder / "newsboat", url, tool("newsboat")),
        sfeed(folder / "sfeed", url, tool("sfeed_update")),
        rss2email(folder / "rss2email", url, tool("r2e")),
        Reader("feedparser", "feedparser-journey", parsing.poll, lambda: parsing.held),
    ]
    if not DESKTOP:
        return readers
    asked = lambda: sum(1 for line in front.log if "/atom.xml" in line and "Liferea/" in line)  # noqa: E731  (one use)
    return [*readers, liferea(folder / "liferea", url, tool("liferea"), asked)]


def asked_by(front: Served, reader: Reader, since: int) -> list[str]:
    """The statuses of what a reader asked of the feed."""
    lines = [line.split(" ", 3) for line in front.log[since:]]
    return [status for _, path, status, agent in lines if path == "/atom.xml" and agent.startswith(reader.agent)]


def test_every_reader_has_every_post_once_and_a_quiet_month_costs_nothing(
    site: Callable[..., Site], tmp_path: Path, tool: Callable[[str], str]
) -> None:
    one, two = past("een.example", timedelta(days=9), 0), past("twee.example", timedelta(days=14), 100)
    stages = Stage(answer(body=b"")), Stage(answer(body=b""))
    out = tmp_path / "site" / "out"
    published: Counter[str] = Counter()
    with serving(stages[0]) as first, serving(stages[1]) as second, served_folder(out) as front:
        made = site(CONFIGURATION.format(url=front.url, one=first.url, two=second.url))
        readers: list[Reader] = []
        now = START + timedelta(days=25)
        for month in range(MONTHS + 1):
            # the source keeps its last ten, edits one, and halfway moves all its ids
            for stage, blog in zip(stages, (one, two), strict=True):
                shown = [post for post in blog if post.date <= min(now, START + timedelta(days=30 * MONTHS - 5))][:10]
                stage.behaviour = answer(body=a_feed(changed(shown, month)))
            ended = made.run("run", "--all", now=now.isoformat())
            assert ended.returncode == 0, ended.stderr
            published.update(entry.id for entry in feedparser.parse((out / "atom.xml").read_bytes()).entries)
            since = len(front.log)
            readers = readers or subscribed(tmp_path, front, tool)
            for reader in readers:
                reader.poll()
            now += timedelta(days=30)
        for reader in readers:
            reader.poll()  # newsboat keeps validators from its second sight of a file on
        since = len(front.log)
        ended = made.run("run", "--all", now=now.isoformat())
        assert ended.returncode == 0, ended.stderr
        for reader in readers:
            reader.poll()
            answers = {"304"} if reader.name != "liferea" else {"200"}  # it forgets validators when it ends
            assert (reader.name, set(asked_by(front, reader, since))) == (reader.name, answers), front.log[since:]
        for reader in readers:
            held = Counter(reader.ids())
            assert (reader.name, max(held.values())) == (reader.name, 1)
            assert (reader.name, len(held)) == (reader.name, len(published))
    assert len(published) == len(
        [post for post in (*one, *two) if post.date <= START + timedelta(days=30 * MONTHS - 5)]
    )


def changed(posts: list[Item], month: int) -> list[Item]:
    """The posts as their source shows them in a month: the second is edited, and in the later half all have new ids."""
    found = []
    for place, post in enumerate(posts):
        text = post.text + (f" (verbeterd in maand {month})" if place == 1 else "")
        identifier = f"nieuw-{post.number}" if month >= MONTHS // 2 else post.id
        found.append(Item(post.number, post.date, identifier, post.link, text))
    return found
