"""A hub that is told what changed, whether it lives or not; and posts withheld because somebody asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qs
from xml.etree import ElementTree

from tests.journeys.conftest import Site, site
from tests.publish.walking import ATOM, TOMBSTONE

__all__ = ["site"]

CONFIGURATION = """
publication:
  title: Proef
  url: https://example.org/blogs/
  author: {{name: Redactie}}
  feeds: {{sources: all, tags: [Klant]}}
{more}
network: {{allow_private: {private}}}
sources:
  - {{name: Een, path: "een/*.md", site: "https://een.example/", link: "{{stem}}.html"}}
  - {{name: Twee, path: "twee/*.md", site: "https://twee.example/", link: "{{stem}}.html"}}
"""
POST = "---\ntitle: {title}\ndate: 2026-10-{day:02}\nauthor: {author}\ntags: [{tag}]\n---\n\n{text}\n"
TEXT = "Wie een klant wil houden, doet er goed aan om te luisteren naar wat er niet wordt gezegd. "


class Hub(BaseHTTPRequestHandler):
    """Keeps what it is told; answers nothing while it sleeps."""

    asleep: Event
    answer = 204

    def do_POST(self) -> None:
        said = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        if self.server.asleep.is_set():  # type: ignore[attr-defined]
            self.server.woken.wait(30)  # type: ignore[attr-defined]
            return
        self.server.told.append(said)  # type: ignore[attr-defined]
        self.send_response(self.server.answer)  # type: ignore[attr-defined]
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def a_hub() -> Iterator[Any]:
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    server.asleep, server.woken, server.told, server.answer = Event(), Event(), [], 204
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.woken.set()
        server.shutdown()
        server.server_close()
        thread.join()


def blogs(made: Site) -> None:
    for source, numbers in (("een", (1, 2)), ("twee", (3, 4))):
        (made.folder / source).mkdir()
        for number in numbers:
            author, tag = ("Anna de Vries", "Klant") if number == 1 else ("Bart", "Overig")
            write(made, source, number, author=author, tag=tag)


def write(made: Site, source: str, number: int, *, author: str = "Bart", tag: str = "Overig") -> None:
    text = f"Bericht {number}. " + " ".join(f"woord{number}x{place}" for place in range(60))
    body = POST.format(title=f"Titel {number}", day=number, author=author, tag=tag, text=text)
    (made.folder / source / f"{number}.md").write_text(body, encoding="utf-8")


def topics(hub: Any) -> list[str]:
    found = [said["hub.url"][0].removeprefix("https://example.org/blogs/") for said in hub.told]
    assert all(said["hub.mode"] == ["publish"] for said in hub.told)
    hub.told.clear()
    return found


def test_a_hub_is_told_of_the_feeds_that_changed_and_of_no_other(site: Callable[..., Site]) -> None:
    with a_hub() as hub:
        address = f"http://127.0.0.1:{hub.server_address[1]}/"
        made = site(CONFIGURATION.format(more=f"  hub: {address}", private="true"))
        blogs(made)
        assert made.run("run").returncode == 0
        feeds = [
            "atom.xml",
            "feed.json",
            "feeds/sources/een.xml",
            "feeds/sources/twee.xml",
            "feeds/tags/klant.xml",
            "rss.xml",
        ]
        assert topics(hub) == feeds
        feed = ElementTree.fromstring((made.out / "atom.xml").read_bytes())
        assert [one.get("href") for one in feed.findall(f"{ATOM}link") if one.get("rel") == "hub"] == [address]
        assert json.loads((made.out / "feed.json").read_bytes())["hubs"] == [{"type": "WebSub", "url": address}]
        assert made.run("run").returncode == 0
        assert topics(hub) == []
        write(made, "twee", 5)
        assert made.run("run").returncode == 0
        assert topics(hub) == ["atom.xml", "feed.json", "feeds/sources/twee.xml", "rss.xml"]


def test_a_hub_that_is_dead_costs_nothing_and_hears_of_it_later(site: Callable[..., Site]) -> None:
    with a_hub() as hub:
        address = f"http://127.0.0.1:{hub.server_address[1]}/"
        made = site(CONFIGURATION.format(more=f"  hub: {address}", private="true"))
        blogs(made)
        hub.asleep.set()
        first = made.run("run")
        assert (first.returncode, first.stderr.count("the hub was not told of 6 changed feeds")) == (0, 1)
        assert "did not answer within" in first.stderr
        assert (made.out / "atom.xml").is_file()
        hub.asleep.clear()
        hub.answer = 503
        again = made.run("publish")
        assert (again.returncode, again.stderr) == (0, ""), "it is said once, not every hour"
        hub.told.clear()
        hub.answer = 202
        assert made.run("publish").returncode == 0
        assert len(topics(hub)) == 6
        assert made.run("publish").returncode == 0
        assert topics(hub) == []


def test_a_hub_at_a_private_address_is_not_asked(site: Callable[..., Site]) -> None:
    with a_hub() as hub:
        made = site(CONFIGURATION.format(more=f"  hub: http://127.0.0.1:{hub.server_address[1]}/", private="false"))
        blogs(made)
        result = made.run("run")
        assert result.returncode == 0
        assert "private address" in result.stderr
        assert hub.told == []


def withheld(site: Callable[..., Site], rule: str) -> tuple[Site, set[str], set[str]]:
    """Publish, withhold by `rule`, publish: what is gone, and which ids have a tombstone."""
    made = site(CONFIGURATION.format(more="", private="false"))
    blogs(made)
    assert made.run("run").returncode == 0
    before = entries(made)
    made.configure(CONFIGURATION.format(more=f"  withhold:\n    - {rule}", private="false"))
    result = made.run("run")
    assert (result.returncode, result.stderr) == (0, "")
    after = entries(made)
    feed = ElementTree.fromstring((made.out / "atom.xml").read_bytes())
    tombstones = {one.get("ref", "") for one in feed.iter(TOMBSTONE)}
    assert all(one.get("when") == "2026-11-24T10:00:00+00:00" for one in feed.iter(TOMBSTONE))
    gone = set(before) - set(after)
    assert tombstones == {before[title] for title in gone}
    for name, body in made.published().items():
        assert not any(title.encode() in body for title in gone), f"{name} still tells of it"
    return made, gone, tombstones


def entries(made: Site) -> dict[str, str]:
    feed = ElementTree.fromstring((made.out / "atom.xml").read_bytes())
    return {one.findtext(f"{ATOM}title") or "": one.findtext(f"{ATOM}id") or "" for one in feed.iter(f"{ATOM}entry")}


def test_a_post_is_withheld_by_its_address_and_comes_back_under_its_id(site: Callable[..., Site]) -> None:
    made, gone, tombstones = withheld(site, "post: https://een.example/1.html")
    assert gone == {"Titel 1"}
    told = made.run("explain", "https://een.example/1.html").stdout
    assert "`publication.withhold` in sources.yaml names its address." in told
    assert "corrections" not in told
    made.configure(CONFIGURATION.format(more="", private="false"))
    assert made.run("run").returncode == 0
    assert {entries(made)["Titel 1"]} == tombstones
    assert b"deleted-entry" not in (made.out / "atom.xml").read_bytes()


def test_what_is_withheld_and_is_nowhere_is_told_once(site: Callable[..., Site]) -> None:
    made = site(CONFIGURATION.format(more="", private="false"))
    blogs(made)
    made.run("run")
    lines = "{author: ANNA de Vries}, {author: Anna de Vreis}, {post: 'https://een.example/1.htm'}"
    made.configure(CONFIGURATION.format(more=f"  withhold: [{lines}]", private="false"))
    told = made.run("run")
    assert told.returncode == 0
    assert [line.split(": look")[0] for line in told.stderr.splitlines()] == [
        "sources.yaml: no post names 'Anna de Vreis' as its author",
        "sources.yaml: no post is stored at https://een.example/1.htm",
    ]
    write(made, "twee", 6)
    assert made.run("run").stderr == ""


def test_an_author_is_withheld_whatever_the_case(site: Callable[..., Site]) -> None:
    made, gone, _ = withheld(site, "author: ANNA de Vries")
    assert gone == {"Titel 1"}
    write(made, "twee", 6, author="Anna de Vries")
    assert made.run("run").returncode == 0
    assert set(entries(made)) == {"Titel 2", "Titel 3", "Titel 4"}


def test_a_source_is_withheld_also_when_it_is_listed_no_more(site: Callable[..., Site]) -> None:
    made, gone, _ = withheld(site, "source: Twee")
    assert gone == {"Titel 3", "Titel 4"}
    text = CONFIGURATION.format(more="", private="false")
    shorter = "\n".join(line for line in text.splitlines() if "name: Twee" not in line)
    made.configure(shorter)
    assert made.run("run").returncode == 0
    assert set(entries(made)) == {"Titel 1", "Titel 2", "Titel 3", "Titel 4"}
    more = shorter.replace("network:", "  withhold: [{source: Twee}]\nnetwork:")
    made.configure(more)
    assert made.run("publish").returncode == 0
    assert set(entries(made)) == {"Titel 1", "Titel 2"}
    before = made.published()
    made.configure(more.replace("source: Twee", "source: twee"))
    refused = made.run("run")
    assert refused.returncode == 2
    assert "sources.yaml:" in refused.stderr
    assert "withhold[0].source: no source is called 'twee'" in refused.stderr
    assert "Did you mean 'Twee'?" in refused.stderr
    assert made.published() == before
