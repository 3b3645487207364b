"""How sources fare over weeks, and what the operator hears of it: all of it by whole runs against a real server."""

from __future__ import annotations

import json
import socket
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.health import FAILED, health_of
from aggregator.model import Memory, Problem, Reading, SourceState
from aggregator.schedule import is_due, next_check, rhythm_of
from aggregator.settings import Source
from tests.fetch.faults import Asked, Behaviour, answer, raw, reset, response, serving
from tests.journeys.conftest import Site
from tests.journeys.reading_out import entries_of

Make = Callable[..., Site]
HEAD = (
    "publication:\n  title: Proef\n  url: https://example.org/\n  author: {name: Redactie}\n"
    "network: {allow_private: true, connect_seconds: 5, read_seconds: 3, total_seconds: 10, megabytes: 1}\nsources:\n"
)
START = datetime(2026, 9, 1, 8, tzinfo=UTC)


def a_feed(*days: datetime, name: str = "Blog") -> bytes:
    """An RSS feed with one post for each of `days`."""
    items = "".join(
        f"<item><title>Bericht van {day:%d-%m-%Y}</title><link>https://{name.lower()}.example/{day:%Y%m%d}</link>"
        f"<pubDate>{day:%a, %d %b %Y %H:%M:%S} +0000</pubDate><description>{'woord ' * 120}{day:%d%m%Y} {name}</description></item>"
        for day in days
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>{name}</title>{items}</channel></rss>'.encode()


@dataclass
class Stage:
    """A server whose behaviour a test changes between runs."""

    behaviour: Behaviour = field(default_factory=answer)

    def __call__(self, asked: Asked, connection: socket.socket) -> None:
        self.behaviour(asked, connection)


def state_of(blogs: Site) -> dict[str, str]:
    rows = json.loads(blogs.run("status", "--json").stdout)
    return {row["name"]: row["state"] for row in rows}


def run_at(blogs: Site, moment: datetime) -> tuple[int, str]:
    result = blogs.run("run", "--all", now=moment.isoformat())
    assert "Traceback" not in result.stderr
    return result.returncode, result.stderr


WEEKLY = [START - timedelta(days=7 * number) for number in range(8)]
STATES: dict[str, tuple[Behaviour, int, str]] = {
    "throttled": (answer("429 Slow down", retry_after="7200"), 4, "asks for fewer requests (429)"),
    "blocked": (answer("403 Forbidden"), 4, "refuses us (403)"),
    "gone": (answer("410 Gone"), 4, "gone for good (410)"),
    "unreachable": (reset(), 4, "broke off"),
    "html-instead-of-feed": (answer(body=b"<html><p>Onderhoud</p>"), 4, "answers with a web page"),
    "empty": (answer(body=a_feed()), 4, "holds no posts now, where it gave 8"),
    "malformed-but-read": (
        answer(body=a_feed(*WEEKLY).replace(b"<title>Blog", b"<title>R&D Blog")),
        0,
        "not well-formed",
    ),
    "ok": (answer(body=a_feed(START + timedelta(days=1), *WEEKLY)), 0, ""),
}


@pytest.mark.parametrize("state", STATES)
def test_every_state_comes_from_what_a_server_does_and_is_said_once(site: Make, state: str) -> None:
    behaviour, status, words = STATES[state]
    stage = Stage(answer(body=a_feed(*WEEKLY)))
    with serving(stage) as server:
        blogs = site(HEAD + f"  - {{name: Blog, url: '{server.url}feed.xml', kind: feed}}\n")
        assert run_at(blogs, START) == (0, "")
        before = blogs.published()["atom.xml"]
        stage.behaviour = behaviour
        code, told = run_at(blogs, START + timedelta(days=2))
        assert (code, state_of(blogs)["Blog"]) == (status, state)
        assert (words in told) if status else told == ""
        assert told.count("\n") == (1 if status else 0)
        explained = blogs.run("explain", "Blog").stdout
        assert f"Blog: {state} since" in explained
        assert words in explained
        shown = json.loads(blogs.published()["status.json"])["sources"][0]
        assert (shown["state"], words in shown["why"]) == (state, True)
        again = run_at(blogs, START + timedelta(days=3))
        assert again == (status, ""), "a thing is said once"
        if state != "ok":
            assert blogs.published()["atom.xml"] == before, "what was published stays"


def test_what_a_source_gave_is_told_where_nothing_can_be_published(site: Make) -> None:
    with serving(answer("410 Gone")) as server:
        blogs = site(HEAD + f"  - {{name: Blog, url: '{server.url}feed.xml', kind: feed}}\n")
        blogs.out.write_text("no folder")
        code, told = run_at(blogs, START)
        assert code == 4
        assert [line.partition(":")[0] for line in told.splitlines()] == ["Blog", "aggregator"]
        assert run_at(blogs, START + timedelta(days=1))[1].startswith("aggregator: "), "the one is said once"


def test_no_more_new_posts_than_allowed_come_at_once_and_the_others_say_why(site: Make) -> None:
    with serving(answer(body=a_feed(*WEEKLY))) as server:
        blogs = site(HEAD + f"  - {{name: Blog, url: '{server.url}feed.xml', kind: feed, max_new: 3}}\n")
        code, told = run_at(blogs, START)
        assert (code, told.count("\n")) == (0, 1)
        assert "Blog: 5 new posts are held back" in told
        assert "`max_new: 8`" in told
    assert [entry.published for entry in entries_of(blogs.out / "atom.xml")] == WEEKLY[:3]
    assert "may bring 3 (max_new)" in blogs.run("explain", f"https://blog.example/{WEEKLY[5]:%Y%m%d}").stdout


def test_a_blog_that_falls_silent_is_named_once(site: Make) -> None:
    with serving(answer(body=a_feed(*WEEKLY))) as server:
        blogs = site(HEAD + f"  - {{name: Blog, url: '{server.url}feed.xml'}}\n")
        assert run_at(blogs, START) == (0, "")
        assert run_at(blogs, START + timedelta(days=50)) == (0, "")
        code, told = run_at(blogs, START + timedelta(days=70))
        assert (code, state_of(blogs)["Blog"]) == (0, "silent-too-long")
        assert "used to post every 7 days" in told
        assert run_at(blogs, START + timedelta(days=71)) == (0, "")


def test_a_silent_blog_stays_so_until_it_posts_however_often_its_feed_is_made_anew(site: Make) -> None:
    stage = Stage(answer(body=a_feed(*WEEKLY)))
    with serving(stage) as server:
        blogs = site(HEAD + f"  - {{name: Blog, url: '{server.url}feed.xml'}}\n")
        code, told = run_at(blogs, START + timedelta(days=70))
        assert (code, state_of(blogs)["Blog"]) == (0, "silent-too-long"), "it is seen at the first reading"
        assert "its newest post is of 2026-09-01" in told
        stage.behaviour = answer(body=a_feed(*WEEKLY).replace(b"<title>Blog<", b"<title>Nieuwe naam<"))
        assert run_at(blogs, START + timedelta(days=71)) == (0, "")
        stage.behaviour = answer(body=a_feed(START + timedelta(days=72), *WEEKLY))
        assert run_at(blogs, START + timedelta(days=73)) == (0, "")
        assert state_of(blogs)["Blog"] == "ok"


def test_a_bad_body_and_then_a_good_one_under_the_same_etag_loses_nothing(site: Make) -> None:
    whole = a_feed(*WEEKLY)
    bodies = [b"<html>Onderhoud</html>", whole[: len(whole) // 2], whole[: len(whole) // 2], whole]

    def behave(asked: Asked, connection: socket.socket) -> None:
        same = asked.headers.get("if-none-match") == '"x"'
        body = bodies.pop(0) if bodies else whole
        connection.sendall(response("304 Not Modified", etag='"x"') if same else response(body=body, etag='"x"'))

    with serving(behave) as server:
        blogs = site(HEAD + f"  - {{name: Blog, url: '{server.url}feed.xml', kind: feed}}\n")
        for days in range(4):
            run_at(blogs, START + timedelta(days=days))
        assert len(entries_of(blogs.out / "atom.xml")) == 8
        assert state_of(blogs)["Blog"] == "ok"


def test_a_server_that_says_304_to_anything_is_seen_through_within_nine_days(site: Make) -> None:
    bodies = [a_feed(*WEEKLY), a_feed(START + timedelta(days=1), *WEEKLY)]

    def behave(asked: Asked, connection: socket.socket) -> None:
        stuck = "if-none-match" in asked.headers
        connection.sendall(response("304 Not Modified", etag='"x"') if stuck else response(body=bodies[0], etag='"x"'))

    with serving(behave) as server:
        blogs = site(HEAD + f"  - {{name: Blog, url: '{server.url}feed.xml', kind: feed}}\n")
        run_at(blogs, START)
        run_at(blogs, START + timedelta(days=9))
        assert "if-none-match" not in server.asked[-1].headers
        run_at(blogs, START + timedelta(days=10))
        assert "if-none-match" in server.asked[-1].headers, "the body was read anew, so its validators count again"
        bodies.pop(0)
        run_at(blogs, START + timedelta(days=12))
        assert len(entries_of(blogs.out / "atom.xml")) == 8, "the server hides its news"
        run_at(blogs, START + timedelta(days=18))
        assert len(entries_of(blogs.out / "atom.xml")) == 9


def moving(asked: Asked, connection: socket.socket) -> None:
    body = response(body=a_feed(*WEEKLY), etag='"x"')
    if asked.headers.get("if-none-match") == '"x"':
        body = response("304 Not Modified", etag='"x"')
    connection.sendall(response("301 Moved", location="/nieuw.xml") if asked.path == "/feed.xml" else body)


def test_a_move_is_followed_at_once_and_proposed_after_it_held_for_a_week(site: Make) -> None:
    with serving(moving) as server:
        blogs = site(HEAD + f"  - name: Blog   # ours\n    url: {server.url}feed.xml\n")
        configuration = (blogs.folder / "sources.yaml").read_text()
        assert run_at(blogs, START) == (0, "")
        assert len(entries_of(blogs.out / "atom.xml")) == 8
        assert run_at(blogs, START + timedelta(days=3)) == (0, "")
        assert "No source has moved" in blogs.run("sources", "check", "--accept-moves").stdout
        code, told = run_at(blogs, START + timedelta(days=8))
        assert (code, state_of(blogs)["Blog"]) == (0, "moved")
        assert "--accept-moves" in told
        assert (blogs.folder / "sources.yaml").read_text() == configuration, "never rewritten unasked"
        twice = configuration + f"  - {{name: Nieuw, url: '{server.url}nieuw.xml'}}\n"
        blogs.configure(twice)
        assert "nieuw.xml, which Nieuw reads" in blogs.run("sources", "check", "--accept-moves").stdout
        assert (blogs.folder / "sources.yaml").read_text() == twice
        blogs.configure(configuration)
        assert "is now" in blogs.run("sources", "check", "--accept-moves").stdout
        assert (blogs.folder / "sources.yaml").read_text() == configuration.replace("feed.xml", "nieuw.xml")
        assert "No source has moved" in blogs.run("sources", "check", "--accept-moves").stdout
        server.asked.clear()
        run_at(blogs, START + timedelta(days=9))
        assert [asked.path for asked in server.asked] == ["/robots.txt", "/nieuw.xml"]
        assert state_of(blogs)["Blog"] in ("ok", "unchanged")
        assert len(entries_of(blogs.out / "atom.xml")) == 8


def test_when_only_the_one_in_trouble_is_due_the_others_did_not_fail(site: Make) -> None:
    stage = Stage(answer(body=a_feed(*WEEKLY)))
    with serving(answer(body=a_feed(*WEEKLY, name="Goed"))) as well, serving(stage) as ill:
        stage.behaviour = answer("500 Oops")
        lines = f"  - {{name: Goed, url: '{well.url}feed.xml', kind: feed}}\n  - {{name: Slecht, url: '{ill.url}', kind: feed}}\n"
        blogs = site(HEAD + lines)
        assert blogs.run("run", now=START.isoformat()).returncode == 3
        well.asked.clear()
        assert blogs.run("run", now=(START + timedelta(hours=2)).isoformat()).returncode == 3
        assert well.asked == []
        assert blogs.run("fetch", "Slecht", now=(START + timedelta(hours=5)).isoformat()).returncode == 4


@pytest.mark.parametrize("rest", [{}, {"retry_after": "1800"}], ids=["says not how long", "for half an hour"])
@pytest.mark.parametrize("status", ["503 Busy", "429 Slow down"])
def test_one_that_asks_for_rest_each_time_does_not_keep_others_of_its_host_from_being_read(
    site: Make, status: str, rest: dict[str, str]
) -> None:
    def behave(asked: Asked, connection: socket.socket) -> None:
        name = asked.path.strip("/")
        connection.sendall(
            response(status, b"", **rest) if name == "ziek" else response(body=a_feed(*WEEKLY, name=name or "x"))
        )

    with serving(behave) as server:
        names = ("ziek", "goed", "beter")
        blogs = site(HEAD + "".join(f"  - {{name: {n}, url: '{server.url}{n}', kind: feed}}\n" for n in names))
        assert run_at(blogs, START)[0] == 4
        assert state_of(blogs) == dict.fromkeys(names, "throttled")
        for hours in (1, 24, 48):
            blogs.run("run", now=(START + timedelta(hours=hours)).isoformat())
            well = {name: state in ("ok", "unchanged") for name, state in state_of(blogs).items()}
            assert well == {"ziek": False, "goed": True, "beter": True}, hours
        rows = {row["name"]: row["failures"] for row in json.loads(blogs.run("status", "--json").stdout)}
        assert rows == {"ziek": 4, "goed": 0, "beter": 0}


def test_a_feed_that_is_gone_is_asked_no_more(site: Make) -> None:
    with serving(answer("410 Gone")) as server:
        blogs = site(HEAD + f"  - {{name: Blog, url: '{server.url}feed.xml', kind: feed}}\n")
        blogs.run("run", now=START.isoformat())
        server.asked.clear()
        for days in (1, 30, 300):
            assert blogs.run("run", now=(START + timedelta(days=days)).isoformat()).returncode == 0
        assert server.asked == []


TITLED = {
    "/dicht": "403 Forbidden",
    "/verboden": "403 Forbidden",
    "/leeg": "200 OK",
    "/weg": "404 Not Found",
    "/stuk": "500 Oops",
}


def test_a_title_in_a_feed_is_a_post_where_its_page_may_not_be_read_or_holds_no_article(site: Make) -> None:
    """No post is lost, and one that is no longer there, or may be read tomorrow, is none yet."""

    def behave(asked: Asked, connection: socket.socket) -> None:
        if asked.path == "/feed.xml":
            entries = "".join(
                f"<item><title>Over {path}</title><link>{server.url[:-1]}{path}</link></item>" for path in TITLED
            )
            body = f'<rss version="2.0"><channel><title>Een</title>{entries}</channel></rss>'.encode()
            connection.sendall(response(body=body, content_type="application/rss+xml"))
        elif asked.path == "/robots.txt":
            connection.sendall(response(body=b"User-agent: *\nDisallow: /verboden\n", content_type="text/plain"))
        else:
            script = b"<html><body><div id=app></div><script>start()</script></body></html>"
            connection.sendall(response(TITLED[asked.path], script, content_type="text/html"))

    with serving(behave) as server:
        blogs = site(HEAD + f"  - {{name: Blog, url: '{server.url}feed.xml', kind: feed}}\n")
        for days in (0, 2):
            run_at(blogs, START + timedelta(days=days))
            shown = blogs.published()["atom.xml"].decode()
            assert {path for path in TITLED if f"Over {path}<" in shown} == {"/dicht", "/verboden", "/leeg"}
        paths = [asked.path for asked in server.asked]
        assert paths.count("/dicht") == paths.count("/leeg") == 1
        assert "404" in blogs.run("explain", f"{server.url}weg").stdout


def test_a_source_of_which_sources_yaml_says_something_else_is_read_in_the_next_run(site: Make) -> None:
    """Whoever mends an address, or says what a source is, does not wait for the day on which it was due."""

    def behave(asked: Asked, connection: socket.socket) -> None:
        connection.sendall(response(body=a_feed(*WEEKLY)) if asked.path == "/nieuw.xml" else response("410 Gone"))

    def read(later: int, path: str, more: str = "") -> int:
        entry = f"  - {{name: Blog, url: '{server.url}{path}', kind: feed{more}}}\n"
        (blogs.folder / "sources.yaml").write_text(HEAD + entry)
        server.asked.clear()
        blogs.run("run", now=(START + timedelta(minutes=later)).isoformat())
        return len(server.asked)

    with serving(behave) as server:
        blogs = site(HEAD + f"  - {{name: Blog, url: '{server.url}oud.xml', kind: feed}}\n")
        blogs.run("run", now=START.isoformat())
        assert state_of(blogs) == {"Blog": "gone"}
        assert read(10, "oud.xml") == 0
        assert read(20, "nieuw.xml") == 1
        assert state_of(blogs) == {"Blog": "ok"}
        assert read(30, "nieuw.xml") == 0
        assert read(40, "nieuw.xml", ", tags: [brood]") == 1
        assert read(50, "nieuw.xml", ", tags: [brood]") == 0


def test_a_feed_that_is_gone_is_looked_for_at_its_blog_and_only_a_blog_that_is_gone_is_left(site: Make) -> None:
    place = ["feed"]

    def behave(asked: Asked, connection: socket.socket) -> None:
        link = f"<html><link rel=alternate type=application/rss+xml href=/{place[0]}><p>x".encode()
        if not place[0]:
            data = response("410 Gone")
        elif asked.path == "/":
            data = response(body=link, content_type="text/html")
        else:
            data = response(body=a_feed(*WEEKLY)) if asked.path == f"/{place[0]}" else response("410 Gone")
        connection.sendall(data)

    with serving(behave) as server:
        blogs = site(HEAD + f"  - {{name: Blog, url: '{server.url}'}}\n")
        for days, there, state in ((0, "feed", "ok"), (1, "nieuw", "ok"), (2, "", "gone")):
            place[0] = there
            run_at(blogs, START + timedelta(days=days))
            assert state_of(blogs) == {"Blog": state}, there


def test_secrets_of_an_address_are_shown_nowhere(site: Make) -> None:
    stage = Stage(answer(body=a_feed(*WEEKLY)))
    with serving(stage) as server:
        address = server.url.replace("http://", "http://anna:geheim@")
        blogs = site(HEAD + f"  - {{name: Blog, url: '{address}feed.xml', headers: {{X-Key: verborgen}}}}\n")
        told = run_at(blogs, START)[1]
        stage.behaviour = answer("500 Oops")
        told += run_at(blogs, START + timedelta(days=1))[1] + blogs.run("explain", "Blog").stdout
        everything = told.encode() + b"".join(blogs.published().values())
    asked = next(asked for asked in server.asked if asked.path == "/feed.xml")
    assert asked.headers["x-key"] == "verborgen"
    assert "authorization" in asked.headers
    assert b"geheim" not in everything
    assert b"verborgen" not in everything


@pytest.mark.parametrize("first", [answer("404 Not Found"), moving], ids=["never read", "moved"])
def test_secrets_of_an_address_are_in_nothing_that_is_printed(site: Make, first: Behaviour) -> None:
    stage = Stage(first)
    with serving(stage) as server:
        address = server.url.replace("http://", "http://anna:ge@heim@")
        blogs = site(HEAD + f"  - {{name: Blog, url: '{address}feed.xml', headers: {{X-Key: verborgen}}}}\n")
        told = [run_at(blogs, START)[1], run_at(blogs, START + timedelta(days=8))[1]]
        for command in ("status", "status --json", "explain Blog", "sources list", "sources list --json", "sources check",
                        "sources check --json"):  # fmt: skip
            told.append(blogs.run(*command.split()).stdout)
        published = blogs.published().values()
        if first is moving:
            assert "--accept-moves" in told[1]
            told.append(blogs.run("sources", "check", "--accept-moves").stdout)
            assert f"{address}nieuw.xml" in (blogs.folder / "sources.yaml").read_text()
    for text in (*told, *(str(file) for file in published)):
        assert "heim" not in text
        assert "verborgen" not in text


def test_a_sentence_is_no_longer_than_a_page_can_show(site: Make) -> None:
    with serving(answer("302 Found", location=f"ftp://x/{'a' * 90_000}")) as server:
        blogs = site(HEAD + f"  - {{name: Blog, url: '{server.url}', kind: feed}}\n")
        told = run_at(blogs, START)[1]
    assert "leads to ftp://x/aaa" in told
    assert len(told) < 1_100
    assert len(blogs.published()["status.html"]) < 20_000


def test_a_page_that_is_as_it_was_before_it_held_nothing_is_well() -> None:
    empty = SourceState("A", state="empty", sentence="It holds no posts any more.")
    same = Reading(unchanged=True)
    assert health_of(same, Memory(), empty, START) == (empty.state, empty.sentence)  # the same body has none again
    assert health_of(same, Memory(), replace(empty, failures=1), START) == ("unchanged", "")


def test_a_sentence_does_not_move_the_cursor() -> None:
    said = Reading(problem=Problem("blocked", "It leads to \x1b]0;x\x07\u202egro.elpmaxe, not to http://u:p@x/."))
    assert health_of(said, Memory(), SourceState("A"), START) == (
        "blocked",
        "It leads to  ]0;x gro.elpmaxe, not to http://x/.",
    )


REFUSALS: tuple[int, ...] = (
    400,
    401,
    402,
    403,
    404,
    405,
    406,
    407,
    408,
    409,
    410,
    411,
    412,
    413,
    414,
    415,
    416,
    417,
    418,
    421,
    422,
    423,
)
REFUSALS += (424, 425, 426, 428, 429, 431, 451, 500, 501, 502, 503, 504, 505, 506, 507, 508, 510, 511, 999)
NOTHING = (201, 202, 204, 205, 206, 207, 304)
AWAY = (
    "/rond",
    "file:///etc/passwd",
    "ftp://x.example/",
    "javascript:alert(1)",
    "mailto:a@x.example",
    "gopher://x/",
    "",
)
BODIES = [
    b"", b" ", b"a", b"<html><p>Weg</p>", b"<!doctype html><title>Onderhoud</title>", b"\x89PNG\r\n", b"\x00" * 5000, b"\xff\xfe",
    b'{"version": "https://jsonfeed.org/version/1", "items": 3}', b"{}", b"[]", b"null", b'{"items": [', b"%PDF-1.4",
    b"<?xml version='1.0'?>", b"<rss version='2.0'/>", b"<rss version='2.0'><channel/></rss>", b"a" * 2_000_000,
    b"<feed xmlns='http://www.w3.org/2005/Atom'/>", b"<rss version='2.0'><channel " + b"a='1' " * 30_000 + b"/></rss>",
]  # fmt: skip
CODED = [
    ("gzip", b"x"),
    ("br", b"x"),
    ("zstd", b"x"),
    ("deflate", b"\xffx"),
    ("rot13", b"x"),
    ("gzip, gzip, gzip, gzip", b"x"),
]
WIRE = [
    b"", b"hallo\r\n\r\n", b"HTTP/1.1\r\n\r\n", b"HTTP/1.1 abc OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nzonder\x00: x\r\n\r\n",
    b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\nabc", b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
    b"HTTP/1.1 200 OK\r\ncontent-length: tien\r\n\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
    b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab",
    b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 100_000, b"\x15\x03\x01\x00\x02\x02", b"SSH-2.0-OpenSSH\r\n", b"220 smtp ready\r\n",
]  # fmt: skip
BAD: list[Behaviour] = [
    *(answer(f"{status} Nee") for status in REFUSALS),
    *(answer(f"{status} Niets") for status in NOTHING),
    *(answer("302 Elders", location=place) for place in AWAY),
    *(answer(body=body) for body in BODIES),
    *(answer(body=body, content_encoding=coding) for coding, body in CODED),
    *(raw(data) for data in WIRE),
    raw(b"", close=False), reset(), reset(b"HTTP/1.1 200 OK\r\nConte"), reset(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\na"),
]  # fmt: skip


def test_a_hundred_bad_sources_cost_four_hundred_good_ones_nothing(site: Make) -> None:
    """Each source is a host of its own; every fifth misbehaves, each in a way of its own."""

    def behave(asked: Asked, connection: socket.socket) -> None:
        number = host_number(asked)
        if number % 5 == 0:
            BAD[number // 5](asked, connection)
        else:
            days = [START - timedelta(days=1 + number % 40)]
            connection.sendall(response(body=a_feed(*days, name=f"Blog{number}")))

    with serving(behave, host="0.0.0.0") as server:
        lines = [
            f"  - {{name: Blog{number}, url: 'http://127.0.{1 + number // 250}.{number % 250 + 1}:{server.port}/', kind: feed}}\n"
            for number in range(500)
        ]
        blogs = site(HEAD + "".join(lines))
        result = blogs.run("run", "--json", now=START.isoformat())
        assert result.returncode == 3
        report = json.loads(result.stdout)
        failed = {outcome["source"] for outcome in report["outcomes"] if outcome["failed"]}
        assert failed == {f"Blog{number}" for number in range(0, 500, 5)}
        assert sum(outcome["new"] for outcome in report["outcomes"]) == 400
        assert result.stderr.count("\n") == 100
        assert "Traceback" not in result.stderr
        assert "the program itself failed" not in result.stderr.casefold()
        assert {outcome["state"] for outcome in report["outcomes"]} <= FAILED | {"ok"}
        again = blogs.run("run", "--all", now=(START + timedelta(days=1)).isoformat())
        assert (again.returncode, again.stderr) == (3, ""), "no repeated noise"


def host_number(asked: Asked) -> int:
    parts = asked.headers["host"].split(":")[0].split(".")
    return (int(parts[2]) - 1) * 250 + int(parts[3]) - 1


RHYTHMS = {"daily": (1, 6.0), "weekly": (7, 24.0), "never": (0, 6.0)}


@pytest.mark.parametrize("kind", RHYTHMS)
def test_a_month_of_hourly_cron_costs_a_host_few_requests_all_conditional(kind: str) -> None:
    """The schedule alone, at every hour of thirty days: how often it would ask, and never twice within an hour."""
    days, hours = RHYTHMS[kind]
    dates = [START - timedelta(days=days * number) for number in range(12)] if days else []
    due_at: datetime | None = None
    source, asked = Source(name="Blog", url="https://blog.example/"), []
    for hour in range(30 * 24):
        now = START + timedelta(hours=hour)
        if is_due(source, SourceState("Blog", next_check=due_at), now):
            asked.append(now)
            due_at = next_check("Blog", "ok", now, rhythm=rhythm_of(dates))
    assert len(asked) <= 30 * 24 / hours * 1.2
    assert len(asked) >= 30
    gaps = [later - earlier for earlier, later in pairwise(asked)]
    assert min(gaps) >= timedelta(hours=1)
    assert max(gaps) <= timedelta(hours=25)


@given(gaps=st.lists(st.integers(min_value=1, max_value=10_000_000), min_size=2, max_size=12))
def test_the_rhythm_is_the_median_of_the_gaps(gaps: list[int]) -> None:
    dates = [START - timedelta(seconds=sum(gaps[:number])) for number in range(len(gaps) + 1)]
    assert rhythm_of(dates) == median(gaps)


def test_over_days_of_runs_a_real_server_is_asked_rarely_conditionally_and_one_at_a_time(site: Make) -> None:
    def behave(asked: Asked, connection: socket.socket) -> None:
        same = asked.headers.get("if-none-match") == '"x"'
        body = response("304 Not Modified", etag='"x"') if same else response(body=a_feed(*WEEKLY), etag='"x"')
        connection.sendall(body)

    with serving(behave) as server:
        blogs = site(
            HEAD + "".join(f"  - {{name: Blog{n}, url: '{server.url}{n}.xml', kind: feed}}\n" for n in range(3))
        )
        for hours in range(0, 72, 6):
            assert blogs.run("run", now=(START + timedelta(hours=hours)).isoformat()).returncode == 0
    times = Counter(asked.path for asked in server.asked)
    assert max(times.values()) <= 4
    first = dict.fromkeys(times, False)
    for asked in server.asked:
        assert ("if-none-match" in asked.headers) is first[asked.path]
        first[asked.path] = True
    assert server.open_most == 1


FAILURES = [1, 2, 4, 8, 16, 24, 24]


def test_a_source_that_fails_is_left_alone_longer_each_time() -> None:
    waits = [next_check("Blog", "unreachable", START, failures=number + 1) for number in range(len(FAILURES))]
    assert [(wait - START).total_seconds() / 3600 for wait in waits if wait] == FAILURES


def test_what_a_server_asks_is_obeyed_within_a_day() -> None:
    rhythm = 86_400.0
    assert next_check("Blog", "ok", START, rhythm=rhythm, fresh_for=999_999_999) == pytest.approx(
        START + timedelta(hours=24), abs=timedelta(hours=2.5)
    )
    skipping = next_check("Blog", "ok", START, rhythm=rhythm, skip_hours=tuple(range(10, 20)), skip_days=("Wednesday",))
    assert skipping is not None
    assert skipping.hour in (20, 21)
    assert next_check("Blog", "ok", START, skip_hours=tuple(range(24))) is not None
    later = next_check("Blog", "ok", START, rhythm=rhythm, minutes_to_live=600)
    assert later is not None
    assert later - START > timedelta(hours=8.9)
    assert next_check("Blog", "throttled", START, retry_at=START + timedelta(hours=30)) == START + timedelta(hours=30)
    assert next_check("Blog", "throttled", START, retry_at=START + timedelta(seconds=30)) == START + timedelta(hours=1)
