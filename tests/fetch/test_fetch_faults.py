"""What servers do, what becomes of it, and what the operator is told: one row a case."""

from __future__ import annotations

import asyncio
import gzip
import random
import socket
import threading
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import brotli
import pytest
import zstandard

from aggregator.fetch.addresses import may_have
from aggregator.fetch.asking import headers_for
from aggregator.fetch.client import Fetcher
from aggregator.model import Answer, Fetched, Problem, Resource, Unchanged, Validators
from aggregator.settings import Network, Source
from tests.fetch.bombs import bomb
from tests.fetch.faults import Asked, Behaviour, Server, answer, dripping, raw, reset, response, serving

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
BODY = b"<rss><channel><title>x</title></channel></rss>"
NOISE = random.Random(1).randbytes(200_000)
WINDOW = zstandard.ZstdCompressionParameters(window_log=27)
PACKING = zstandard.ZstdCompressor(compression_params=WINDOW).compressobj()  # which does not know how much will come
WIDE = PACKING.compress(NOISE) + PACKING.flush()
QUICK = Network(allow_private=True, connect_seconds=1.0, read_seconds=0.3, total_seconds=0.6, megabytes=1.0)
NEVER = threading.Event()


def get(url: str, known: Resource | None = None, network: Network = QUICK, source: Source | None = None) -> Answer:
    """One answer of a fetcher of its own."""

    async def ask() -> Answer:
        async with Fetcher(network, "https://example.org/", NOW) as fetcher:
            return await fetcher.getter(source or Source(name="A", url=url))(url, "feed", known)

    return asyncio.run(ask())


PROBLEMS: dict[str, tuple[Behaviour, str, list[str]]] = {
    "404": (answer("404 Not Found"), "unreachable", ["does not exist (404)"]),
    "410": (answer("410 Gone"), "gone", ["gone for good (410)", "take the source out"]),
    "401": (answer("401 Unauthorized"), "blocked", ["refuses us (401)"]),
    "403": (answer("403 Forbidden"), "blocked", ["refuses us (403)", "headers"]),
    "451": (answer("451 Unavailable"), "blocked", ["refuses us (451)"]),
    "500": (answer("500 Oops"), "unreachable", ["error of its server (500)"]),
    "502": (answer("502 Bad Gateway"), "unreachable", ["error of its server (502)"]),
    "204": (answer("204 No Content"), "unreachable", ["status 204"]),
    "418": (answer("418 Teapot"), "unreachable", ["status 418"]),
    "429": (answer("429 Too Many"), "throttled", ["fewer requests (429)"]),
    "429 in seconds": (answer("429 Too Many", retry_after="3600"), "throttled", ["after 2026-11-24 11:00 UTC"]),
    "503 as a date": (
        answer("503 Busy", retry_after="Wed, 25 Nov 2026 10:00:00 GMT"), "throttled", ["after 2026-11-25 10:00 UTC"],
    ),
    "503 for a century": (answer("503 Busy", retry_after="3153600000"), "throttled", ["after 2026-11-26 10:00 UTC"]),
    "503 with nonsense": (answer("503 Busy", retry_after="later"), "throttled", ["under repair (503)"]),
    "304 unasked": (answer("304 Not Modified"), "unreachable", ["304 to an unconditional request"]),
    "a circle": (answer("302 Found", location="/"), "unreachable", ["redirects in a circle"]),
    "redirect without a place": (answer("302 Found"), "unreachable", ["status 302"]),
    "redirect to a file": (answer("301 Moved", location="file:///etc/passwd"), "blocked", ["only http and https"]),
    "redirect to ftp": (answer("301 Moved", location="ftp://x.example/"), "blocked", ["only http and https"]),
    "redirect to nowhere": (answer("301 Moved", location="http://"), "unreachable", ["redirects in a circle"]),
    "redirect to what is no address": (answer("301 Moved", location="http://[foo]/"), "blocked", ["http://[foo]/, which"]),
    "redirect to no address at all": (answer("301 Moved", location="http://[::1/"), "blocked", ["http://[::1/, which"]),
    "redirect to a letter that is none": (
        raw("HTTP/1.1 301 Moved\r\nlocation: http://a\u2100b/\r\ncontent-length: 0\r\n\r\n".encode()), "blocked", ["no address"],
    ),
    "redirect that rings the bell": (answer("301 Moved", location="ftp://x/\x1b[31m\x07"), "blocked", ["ftp://x/%1B[31m%07"]),
    "no answer at all": (raw(b""), "unreachable", ["broke off"]),
    "silence": (raw(b"", close=False), "unreachable", ["stopped answering"]),
    "no HTTP": (raw(b"hello there\r\n\r\n"), "unreachable", ["broke off or was no HTTP"]),
    "reset at once": (reset(), "unreachable", ["broke off"]),
    "reset in the head": (reset(b"HTTP/1.1 200 OK\r\nConte"), "unreachable", ["broke off"]),
    "reset in the body": (reset(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc"), "unreachable", ["broke off"]),
    "body too short": (raw(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc"), "unreachable", ["broke off"]),
    "length that is none": (raw(b"HTTP/1.1 200 OK\r\ncontent-length: ten\r\n\r\nabc"), "unreachable", ["no HTTP"]),
    "two lengths": (
        raw(b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab"), "unreachable", ["no HTTP"],
    ),
    "chunks of nonsense": (
        raw(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nabc"), "unreachable", ["no HTTP"],
    ),
    "chunks that stop": (
        raw(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nabc"), "unreachable", ["broke off"],
    ),
    "slow head": (dripping(b"HTTP/1.1 200 OK\r\n", b"x-a: b\r\n", NEVER), "unreachable", ["within 0.6 seconds"]),
    "slow body": (
        dripping(b"HTTP/1.1 200 OK\r\ncontent-length: 99999\r\n\r\n", b"a", NEVER), "unreachable", ["within 0.6 seconds"],
    ),
    "endless head": (raw(b"HTTP/1.1 200 OK\r\n" + b"x-a: b\r\n" * 200_000), "unreachable", ["no HTTP"]),
    "endless body": (
        dripping(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", b"10000\r\n" + b"a" * 65536 + b"\r\n", NEVER),
        "blocked", ["larger than 1 MB"],
    ),
    "20 MB": (answer(body=b"a" * 20_000_000), "blocked", ["larger than 1 MB"]),
    "gzip that is none": (answer(body=BODY, content_encoding="gzip"), "unreachable", ["gzip is damaged"]),
    "gzip cut short": (answer(body=gzip.compress(BODY * 50)[:-20], content_encoding="gzip"), "unreachable", ["cut short"]),
    "br that is none": (answer(body=BODY, content_encoding="br"), "unreachable", ["br is damaged"]),
    "zstd that is none": (answer(body=BODY, content_encoding="zstd"), "unreachable", ["zstd is damaged"]),
    "deflate that is none": (answer(body=b"\xff" + BODY, content_encoding="deflate"), "unreachable", ["deflate is damaged"]),
    "br cut short": (answer(body=brotli.compress(NOISE)[:-20], content_encoding="br"), "unreachable", ["cut short"]),
    "zstd cut short": (answer(body=zstandard.compress(NOISE)[:-20], content_encoding="zstd"), "unreachable", ["cut short"]),
    "zstd that wants 128 MB": (answer(body=WIDE, content_encoding="zstd"), "unreachable", ["zstd is damaged"]),
    "a coding that we did not ask for": (answer(body=BODY, content_encoding="compress"), "unreachable", ["'compress'"]),
    "20 MB that unpack to nothing": (
        answer(body=zlib.compress(b"")[:2] + b"\x00\x00\x00\xff\xff" * 4_000_000, content_encoding="deflate"),
        "blocked", ["larger than 1 MB"],
    ),
    "gzip of too many members": (answer(body=gzip.compress(b"") * 20_000, content_encoding="gzip"), "unreachable", ["10000"]),
    "coded four times": (answer(body=BODY, content_encoding="gzip, gzip, gzip, gzip"), "unreachable", ["more than three"]),
}  # fmt: skip


@pytest.mark.parametrize("case", PROBLEMS)
def test_what_goes_wrong_is_a_state_and_a_sentence(case: str) -> None:
    behaviour, state, words = PROBLEMS[case]
    with serving(behaviour) as server:
        found = get(server.url)
    assert isinstance(found, Problem), found
    assert found.state == state
    assert server.url in found.sentence
    assert found.sentence.endswith(".")
    for word in words:
        assert word in found.sentence


READ: dict[str, Behaviour] = {
    "plain": answer(body=BODY),
    "gzip": answer(body=gzip.compress(BODY), content_encoding="gzip"),
    "x-gzip": answer(body=gzip.compress(BODY), content_encoding="x-gzip"),
    "deflate": answer(body=zlib.compress(BODY), content_encoding="deflate"),
    "deflate without its head": answer(body=zlib.compress(BODY)[2:-4], content_encoding="deflate"),
    "br": answer(body=brotli.compress(BODY), content_encoding="br"),
    "zstd": answer(body=zstandard.compress(BODY), content_encoding="zstd"),
    "gzip of two members": answer(body=gzip.compress(BODY[:9]) + gzip.compress(BODY[9:]), content_encoding="gzip"),
    "gzip and what follows it": answer(body=gzip.compress(BODY) + bytes(500), content_encoding="gzip"),
    "zstd of two frames, and one to skip": answer(
        body=zstandard.compress(BODY[:9]) + b"\x5f\x2a\x4d\x18\x03\x00\x00\x00abc" + zstandard.compress(BODY[9:]),
        content_encoding="zstd",
    ),
    "zstd and what follows it": answer(body=zstandard.compress(BODY) + bytes(500), content_encoding="zstd"),
    "a coding that is none": answer(body=BODY, content_encoding="aws-chunked"),
    "a charset for a coding": answer(body=BODY, content_encoding="UTF-8"),
    "nothing at all in gzip": answer(body=gzip.compress(b"") + gzip.compress(BODY), content_encoding="gzip"),
    "gzip in br": answer(body=brotli.compress(gzip.compress(BODY)), content_encoding="gzip, br"),
    "identity": answer(body=BODY, content_encoding="identity"),
    "chunked": raw(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)),
    "until the end": raw(b"HTTP/1.0 200 OK\r\n\r\n" + BODY),
    "changed by somebody on the way": answer("203 Non-Authoritative Information", BODY),
    "more than it said": raw(response(body=BODY) + b"trailing"),
    "a bare status": raw(b"HTTP/1.1 200\r\ncontent-length: %d\r\n\r\n%s" % (len(BODY), BODY)),
}


@pytest.mark.parametrize("case", READ)
def test_a_body_is_read_whole_however_it_comes(case: str) -> None:
    with serving(READ[case]) as server:
        found = get(server.url)
    assert isinstance(found, Fetched), found
    assert found.body == BODY


BOMBS: dict[str, Callable[[], bytes]] = {
    "gzip": lambda: bomb("gzip", 300),
    "br": lambda: brotli.compress(bytes(100_000_000), quality=1),
    "zstd": lambda: zstandard.compress(bytes(300_000_000)),  # which says at its beginning how much it is
}


@pytest.mark.parametrize("coding", BOMBS)
def test_a_body_that_unpacks_beyond_measure_costs_nothing(coding: str) -> None:
    with serving(answer(body=BOMBS[coding](), content_encoding=coding)) as server:
        found = get(server.url, network=Network(allow_private=True, megabytes=15.0))
    assert isinstance(found, Problem)
    assert found.state == "blocked"
    assert "was not read" in found.sentence


def test_a_small_body_may_be_packed_as_tight_as_it_likes() -> None:
    with serving(answer(body=gzip.compress(b" " * 900_000), content_encoding="gzip")) as server:
        found = get(server.url)
    assert isinstance(found, Fetched)
    assert len(found.body) == 900_000


def conditional(etag: str, modified: str) -> Behaviour:
    """Answers 304 to the validators it gave, and the body to anything else."""

    def behave(asked: object, connection: object) -> None:
        headers = asked.headers  # type: ignore[attr-defined]  # an Asked
        same = headers.get("if-none-match") == etag or headers.get("if-modified-since") == modified
        data = (
            response("304 Not Modified", etag=etag) if same else response(body=BODY, etag=etag, last_modified=modified)
        )
        connection.sendall(data)  # type: ignore[attr-defined]  # a socket

    return behave


def test_what_no_header_may_hold_is_not_given_back() -> None:
    for etag in ('"é"', '"\x01"', "\t"):
        with serving(answer(body=BODY)) as server:
            found = get(server.url, known(Validators(etag, "Fri, 03 Jul 2015 16:09:00 GMT")))
        assert isinstance(found, Fetched), found
        assert "if-none-match" not in server.asked[0].headers
        assert "if-modified-since" in server.asked[0].headers


def known(validators: Validators, age: timedelta = timedelta(hours=1), body_hash: str = "other") -> Resource:
    return Resource("x", validators, body_hash, NOW - age)


def test_validators_are_given_back_byte_for_byte_and_together() -> None:
    with serving(conditional('W/"a b"', "Fri, 03 Jul 2015 16:09:00 GMT")) as server:
        first = get(server.url)
        assert isinstance(first, Fetched)
        second = get(server.url, known(first.validators, body_hash=first.body_hash))
    assert isinstance(second, Unchanged)
    asked = server.asked[-1].headers
    assert (asked["if-none-match"], asked["if-modified-since"]) == ('W/"a b"', "Fri, 03 Jul 2015 16:09:00 GMT")


def test_a_304_with_new_validators_replaces_the_old_ones_whole() -> None:
    with serving(answer("304 Not Modified", etag='"new"')) as server:
        found = get(server.url, known(Validators('"old"', "Fri, 03 Jul 2015 16:09:00 GMT")))
    assert isinstance(found, Unchanged)
    assert found.validators == Validators('"new"', None)


def test_a_304_without_validators_keeps_those_that_were() -> None:
    old = Validators('"old"', "Fri, 03 Jul 2015 16:09:00 GMT")
    with serving(answer("304 Not Modified")) as server:
        found = get(server.url, known(old))
    assert isinstance(found, Unchanged)
    assert found.validators == old


def test_a_server_that_always_says_304_is_asked_for_everything_once_in_eight_days() -> None:
    with serving(answer(body=BODY, etag='"x"')) as server:
        get(server.url, known(Validators('"x"'), timedelta(days=9)))
    assert "if-none-match" not in server.asked[-1].headers


def test_the_same_bytes_under_a_new_etag_are_unchanged_and_the_etag_is_kept() -> None:
    with serving(answer(body=BODY, etag='"one"')) as server:
        first = get(server.url)
    assert isinstance(first, Fetched)
    with serving(answer(body=BODY, etag='"two"', last_modified="Fri, 03 Jul 2015 16:09:00 GMT")) as server:
        second = get(server.url, known(first.validators, body_hash=first.body_hash))
    assert isinstance(second, Unchanged)
    assert second.validators == Validators('"two"', "Fri, 03 Jul 2015 16:09:00 GMT")


def test_a_changed_etag_with_an_equal_last_modified_is_a_change() -> None:
    modified = "Fri, 03 Jul 2015 16:09:00 GMT"
    with serving(answer(body=BODY, etag='"two"', last_modified=modified)) as server:
        found = get(server.url, known(Validators('"one"', modified)))
    assert isinstance(found, Fetched)
    assert found.validators == Validators('"two"', modified)


def test_a_last_modified_in_the_future_is_not_believed() -> None:
    with serving(answer(body=BODY, last_modified="Fri, 03 Jul 2041 16:09:00 GMT")) as server:
        found = get(server.url)
    assert isinstance(found, Fetched)
    assert found.validators == Validators()


def test_a_moment_that_no_calendar_has_is_none() -> None:
    with serving(answer(body=BODY, expires="Fri, 31 Dec 9999 23:59:59 -0100")) as server:
        found = get(server.url)
    assert isinstance(found, Fetched)
    assert found.fresh_for is None


def test_how_long_is_told_by_the_clock_of_the_server() -> None:
    date, expires = "Tue, 24 Nov 2026 08:00:00 GMT", "Tue, 24 Nov 2026 08:30:00 GMT"
    with serving(answer(body=BODY, date=date, expires=expires)) as server:
        found = get(server.url)
    assert isinstance(found, Fetched)
    assert found.fresh_for == 1_800


FRESH = {
    "max-age=600": 600,
    "public, max-age=99999999999": 86_400,
    "no-cache, max-age=600": 0,
    "no-store": 0,
    "private": None,
}


@pytest.mark.parametrize("control", FRESH)
def test_how_long_a_server_calls_its_answer_fresh_is_kept_within_a_day(control: str) -> None:
    with serving(answer(body=BODY, cache_control=control)) as server:
        found = get(server.url)
    assert isinstance(found, Fetched)
    assert found.fresh_for == FRESH[control]


def moved(status: str) -> Behaviour:
    def behave(asked: object, connection: object) -> None:
        path = asked.path  # type: ignore[attr-defined]  # an Asked
        data = response(status, location="/new") if path == "/" else response(body=BODY)
        connection.sendall(data)  # type: ignore[attr-defined]  # a socket

    return behave


@pytest.mark.parametrize(("status", "lasting"), [("301 M", True), ("308 M", True), ("302 F", False), ("307 T", False)])
def test_only_a_permanent_move_is_remembered(status: str, lasting: bool) -> None:
    with serving(moved(status)) as server:
        found = get(server.url)
    assert isinstance(found, Fetched)
    assert found.final_url == f"{server.url}new"
    assert found.permanent_url == (f"{server.url}new" if lasting else None)


def test_ten_thousand_redirects_end_after_five() -> None:
    def onwards(asked: object, connection: object) -> None:
        number = int(asked.path.strip("/") or 0)  # type: ignore[attr-defined]  # an Asked
        connection.sendall(response("302 Found", location=f"/{number + 1}"))  # type: ignore[attr-defined]  # a socket

    with serving(onwards) as server:
        found = get(server.url)
    assert isinstance(found, Problem)
    assert "more than 5 times" in found.sentence
    assert len(server.asked) == 6


ENTRANCES = {
    "/login?next=/": True,
    "/wp-login.php": True,
    "/account/sign-in": True,
    "/captive-portal/": True,
    "/self-service-portal-voor-klanten/": False,
    "/2026/gratis-wifi-op-kantoor": False,
    "/authors/": False,
}


@pytest.mark.parametrize("place", ENTRANCES)
def test_a_redirect_to_a_page_to_log_in_at_is_said_to_be_one(place: str) -> None:
    def portal(asked: object, connection: object) -> None:
        at_login = asked.path == place  # type: ignore[attr-defined]  # an Asked
        data = response(body=b"<html>", content_type="text/html") if at_login else response("302 F", location=place)
        connection.sendall(data)  # type: ignore[attr-defined]  # a socket

    with serving(portal) as server:
        found = get(server.url)
    if not ENTRANCES[place]:
        assert isinstance(found, Fetched), found
        return
    assert isinstance(found, Problem)
    assert found.state == "blocked"
    assert "page to log in at" in found.sentence


def test_headers_of_a_source_go_to_its_own_host_only() -> None:
    with serving(answer(body=BODY)) as elsewhere:

        def away(_: object, connection: object) -> None:
            connection.sendall(response("302 Found", location=elsewhere.url))  # type: ignore[attr-defined]  # a socket

        with serving(away) as server:
            source = Source(name="A", url=server.url, headers={"Authorization": "Bearer secret"})
            found = get(server.url, source=source)
    assert isinstance(found, Fetched)
    assert server.asked[0].headers["authorization"] == "Bearer secret"
    assert "authorization" not in elsewhere.asked[0].headers
    assert "cookie" not in elsewhere.asked[0].headers
    assert "referer" not in elsewhere.asked[0].headers


@pytest.mark.parametrize(
    ("own", "url", "told"),
    [
        ("http://a.example/feed", "http://a.example/post", True),
        ("http://a.example/feed", "https://A.example/feed", True),
        ("https://a.example/feed", "http://a.example/feed", False),
        ("http://a.example/feed", "http://a.example:8080/feed", False),
        ("http://a.example/feed", "http://b.example/feed", False),
        ("https://u:p@a.example/feed", "https://a.example/post", True),
        ("https://a.example/feed", "https://a.example@b.example/", False),
        ("https://strasse.example/feed", "https://straße.example/", False),
        ("https://a.example/feed", "https://[a.example/", False),
    ],
)
def test_what_is_for_the_own_host_is_told_nowhere_else_and_never_in_the_clear(own: str, url: str, told: bool) -> None:
    assert may_have(url, own) is told


def test_a_header_of_a_source_takes_the_place_of_ours_however_it_is_written() -> None:
    sent = headers_for("feed", None, {"user-agent": "Mozilla", "ACCEPT": "*/*"}, "aggregator", NOW)
    assert sent == {"Accept-Encoding": sent["Accept-Encoding"], "user-agent": "Mozilla", "ACCEPT": "*/*"}


def test_the_program_names_itself_and_whom_to_write_to() -> None:
    with serving(answer(body=BODY)) as server:
        get(server.url)
    assert server.asked[0].headers["user-agent"].startswith("aggregator/")
    assert "(+https://example.org/)" in server.asked[0].headers["user-agent"]


def ask_often(server: Server, count: int, network: Network) -> list[Answer]:
    async def ask() -> list[Answer]:
        async with Fetcher(network, "https://example.org/", NOW) as fetcher:
            fetch = fetcher.getter(Source(name="A", url=server.url))
            return list(await asyncio.gather(*(fetch(f"{server.url}{number}", "feed") for number in range(count))))

    return asyncio.run(ask())


def test_a_host_is_never_asked_twice_at_once() -> None:
    with serving(answer(body=BODY)) as server:
        answers = ask_often(server, 20, QUICK)
    assert all(isinstance(found, Fetched) for found in answers)
    assert server.open_most == 1


def test_a_host_that_asks_for_rest_is_left_alone_for_the_rest_of_the_run() -> None:
    with serving(answer("429 Too Many", retry_after="60")) as server:
        answers = ask_often(server, 20, QUICK)
    assert {found.state for found in answers if isinstance(found, Problem)} == {"throttled"}
    assert len(server.asked) == 1


def robots(rules: bytes) -> Behaviour:
    def behave(asked: object, connection: object) -> None:
        path = asked.path  # type: ignore[attr-defined]  # an Asked
        connection.sendall(response(body=rules if path == "/robots.txt" else BODY))  # type: ignore[attr-defined]  # a socket

    return behave


RULES = {
    "for all": (b"User-agent: *\nDisallow: /\n", False),
    "for us": (b"User-agent: AGGREGATOR\nDisallow: /\n", False),
    "for us rather than for all": (b"User-agent: *\nDisallow: /\n\nUser-agent: aggregator\nDisallow: /x\n", True),
    "for whose name is in the address that we name": (b"User-agent: example.org\nDisallow: /\n", True),
    "beyond what has to be read": (b"User-agent: *\n" + b"# x\n" * 150_000 + b"Disallow: /\n", True),
    "for another aggregator": (b"User-agent: news-aggregator\nDisallow: /\n", True),
}


@pytest.mark.parametrize("case", RULES)
@pytest.mark.parametrize("moved", [False, True], ids=["there", "elsewhere"])
def test_whom_the_rules_of_a_host_are_for(case: str, moved: bool) -> None:
    rules, allowed = RULES[case]

    def behave(asked: Asked, connection: socket.socket) -> None:
        if asked.path == "/robots.txt" and moved:
            connection.sendall(response("301 Moved", location="/regels.txt"))
        else:
            connection.sendall(response(body=BODY if asked.path == "/open" else rules))

    with serving(behave) as server:
        found = page(server, "open", "article")
    assert isinstance(found, Fetched if allowed else Problem), found


@pytest.mark.parametrize("place", ["/robots.txt", "ftp://x/", "http://[foo]/"])
def test_rules_that_lead_nowhere_forbid_nothing(place: str) -> None:
    def behave(asked: Asked, connection: socket.socket) -> None:
        moved = response("302 Found", location=place)
        connection.sendall(moved if asked.path == "/robots.txt" else response(body=BODY))

    with serving(behave) as server:
        assert isinstance(page(server, "open", "article"), Fetched)
    assert len(server.asked) <= 7


def page(server: Server, path: str, purpose: str) -> Answer:
    async def ask() -> Answer:
        async with Fetcher(QUICK, "https://example.org/", NOW) as fetcher:
            fetch = fetcher.getter(Source(name="A", url=server.url))
            return await fetch(f"{server.url}{path}", purpose)  # type: ignore[arg-type]  # one of the purposes

    return asyncio.run(ask())


def test_robots_are_obeyed_for_pages_and_feeds_are_there_to_be_polled() -> None:
    with serving(robots(b"User-agent: *\nDisallow: /geheim\n")) as server:
        refused = page(server, "geheim/1", "article")
        allowed = page(server, "open/1", "article")
        feed = page(server, "geheim/feed", "feed")
    assert isinstance(refused, Problem)
    assert refused.state == "blocked"
    assert "robots.txt" in refused.sentence
    assert isinstance(allowed, Fetched)
    assert isinstance(feed, Fetched)
