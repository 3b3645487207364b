"""What libcurl would do by itself and must not: what is sent, who is asked, and what waits in memory is ours to say."""

from __future__ import annotations

import asyncio
import socket
import threading
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from aggregator.fetch.client import Fetcher
from aggregator.fetch.private import Guard
from aggregator.fetch.transfers import AHEAD, allows
from aggregator.fetch.transport import Ways
from aggregator.model import Answer, Fetched, Problem
from aggregator.settings import Network, Source
from tests.fetch.faults import Asked, answer, response, serving

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
OPEN = Network(allow_private=True, connect_seconds=5.0, read_seconds=5.0, total_seconds=5.0)
BODY = b"<rss><channel><title>x</title></channel></rss>"


@asynccontextmanager
async def ways(*addresses: str) -> AsyncIterator[Ways]:
    """Ways to the web, where every name leads to `addresses`."""

    async def resolver(host: str, port: int) -> list[str]:
        return list(addresses)

    opened = Ways(OPEN, resolver)
    try:
        yield opened
    finally:
        await opened.aclose()


def asked_for(url: str, *addresses: str, network: Network = OPEN, headers: dict[str, str] | None = None) -> Answer:
    async def resolver(host: str, port: int) -> list[str]:
        return list(addresses or ("127.0.0.1",))

    async def ask() -> Answer:
        async with Fetcher(network, "https://example.org/", NOW, resolver) as fetcher:
            return await fetcher.getter(Source(name="A", url=url, headers=headers or {}))(url, "feed")

    return asyncio.run(ask())


def test_nothing_is_taken_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ALL_PROXY", "all_proxy", "FTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in (".netrc", ".curlrc"):
        (tmp_path / name).write_text("machine 127.0.0.1 login anna password geheim\nuser-agent = other\n")
    with serving(answer(body=BODY)) as server:
        assert isinstance(asked_for(server.url), Fetched)
    assert "authorization" not in server.asked[0].headers
    assert server.asked[0].headers["user-agent"].startswith("aggregator/")


@pytest.mark.parametrize(
    "path", ["/a/%2e%2e/b", "/a//b", "//a", "/;p?x=[1]&y=%20+%C3%A9", "/?", "/a?b?c=/../d", "/%zz", "/%E2%82%AC"]
)
def test_a_path_is_sent_as_it_is_written(path: str) -> None:
    with serving(answer(body=BODY)) as server:
        asked_for(server.url.rstrip("/") + path)
    assert server.asked[0].path == str(httpx.URL(f"http://x{path}").raw_path, "ascii")


def test_no_header_is_added_and_one_without_a_value_is_sent() -> None:
    with serving(answer(body=BODY)) as server:
        asked_for(server.url, headers={"X-Empty": "", "X-Key": "a: b"})
    told = server.asked[0].headers
    assert set(told) == {"host", "user-agent", "accept", "accept-encoding", "x-empty", "x-key"}
    assert (told["x-empty"], told["x-key"]) == ("", "a: b")


def test_a_form_is_posted_whole_and_nothing_else_is_said() -> None:
    async def post(url: str) -> list[int]:
        async with ways("127.0.0.1") as to:
            statuses = []
            for method, data in (("POST", {"a": "b c" * 500_000}), ("GET", None), ("POST", {"d": "é"})):
                async with aclosing(await to.answer(method, url, {"User-Agent": "x"}, data)) as told:
                    statuses.append(told.status_code)
            return statuses

    with serving(answer("204 No Content")) as server:
        assert asyncio.run(post(server.url)) == [204] * 3
    assert [asked.body for asked in server.asked] == [b"a=" + b"b+c" * 500_000, b"", b"d=%C3%A9"]
    assert [asked.method for asked in server.asked] == ["POST", "GET", "POST"]
    assert set(server.asked[0].headers) == {"host", "user-agent", "content-length", "content-type"}
    assert set(server.asked[1].headers) == {"host", "user-agent"}


@pytest.mark.parametrize(
    "headers",
    [
        {"X-A": "secret\r\nX-C: d"},
        {"X-A": "secret\nX-C: d"},
        {"X-A\r\nX-C": "secret"},
        {"X A": "secret"},
        {"X-A": " secret"},
        {"X-A": "secret\x00"},
    ],
)
def test_a_header_that_would_be_two_is_not_sent(headers: dict[str, str]) -> None:
    with serving(answer(body=BODY)) as server:
        found = asked_for(server.url, headers=headers)
    assert isinstance(found, Problem)
    assert "no header that may be sent" in found.sentence
    assert "secret" not in found.sentence
    assert server.asked == []


NAMES = ["blog.example", "BLOG.example", "blog.example.", "-blog.example", "a_b.example", "1.2.3.4.5", "blüg.example"]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_looked_up_by_nobody_else(name: str) -> None:
    with serving(answer(body=BODY)) as server:
        found = asked_for(f"http://{name}:{server.port}/", "127.0.0.1")
    assert isinstance(found, Fetched), found
    assert server.asked[0].headers["host"] == httpx.URL(f"http://{name}:{server.port}/").netloc.decode()


def test_a_name_is_looked_up_once_a_run_and_waited_for_as_for_connecting() -> None:
    looked_up: list[str] = []

    async def resolver(host: str, port: int) -> list[str]:
        looked_up.append(host)
        if host.startswith("silent"):
            await asyncio.Event().wait()
        return ["127.0.0.1"]

    async def ask(port: int) -> list[Answer]:
        network = Network(allow_private=True, connect_seconds=0.2, read_seconds=20.0, total_seconds=20.0)
        async with Fetcher(network, "https://example.org/", NOW, resolver) as fetcher:
            urls = [f"http://{name}.example:{port}/" for name in ("blog", "blog", "silent")]
            return [await fetcher.getter(Source(name="A", url=url))(url, "feed") for url in urls]

    with serving(answer(body=BODY)) as server:
        *found, silent = asyncio.run(ask(server.port))
    assert [type(one) for one in found] == [Fetched] * 2
    assert isinstance(silent, Problem)
    assert "could not be connected to in time" in silent.sentence
    assert looked_up == ["blog.example", "silent.example"]


def test_no_more_hosts_are_asked_at_once_than_connections_says() -> None:
    now = most = 0

    async def ask(port: int) -> list[Answer]:
        three = asyncio.Event()

        async def resolver(host: str, port: int) -> list[str]:
            nonlocal now, most
            now += 1
            most = max(most, now)
            if now == 3:
                three.set()
            await three.wait()
            await asyncio.sleep(0)  # all others have their turn
            now -= 1
            return ["127.0.0.1"]

        async with Fetcher(
            Network(allow_private=True, connections=3), "https://example.org/", NOW, resolver
        ) as fetcher:
            urls = [f"http://{number}.example:{port}/" for number in range(12)]
            return list(await asyncio.gather(*(fetcher.getter(Source(name="A", url=url))(url, "feed") for url in urls)))

    with serving(answer(body=BODY)) as server:
        answers = asyncio.run(ask(server.port))
    assert [type(found) for found in answers] == [Fetched] * 12
    assert most == 3


def test_each_address_of_a_host_is_tried() -> None:
    with serving(answer(body=BODY)) as server:
        found = asked_for(f"http://blog.example:{server.port}/", "::1", "127.0.0.99", "fe80::1%lo", "127.0.0.1")
    assert isinstance(found, Fetched), found


def test_an_address_that_is_refused_does_not_spoil_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []

    def but_the_first(_: object, __: int, address: str) -> bool:
        tried.append(address)
        return len(tried) > 1

    monkeypatch.setattr("aggregator.fetch.transfers.allows", but_the_first)
    with serving(answer(body=BODY)) as server:
        found = asked_for(f"http://blog.example:{server.port}/", "127.0.0.99", "127.0.0.1")
    assert isinstance(found, Fetched), found
    assert tried == ["127.0.0.99", "127.0.0.1"]


def test_a_host_without_an_address_that_curl_can_be_told_is_not_looked_up_once_more() -> None:
    found = asked_for("http://localhost:9/", "fe80::1%lo")
    assert isinstance(found, Problem)
    assert "addresses of its own link only (fe80::1%lo)" in found.sentence


def test_an_address_of_ipv6_is_connected_to_and_named() -> None:
    with serving(answer(body=BODY), "::1") as server:
        found = asked_for(f"http://[::1]:{server.port}/", "::1")
    assert isinstance(found, Fetched), found
    assert server.asked[0].headers["host"] == f"[::1]:{server.port}"


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "127.1"])
def test_what_was_not_checked_is_not_connected_to_whatever_curl_makes_of_the_name(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """curl reads a number as an address by itself; here the guard is made to say that it checked another."""

    async def lying(_: Guard, host: str, port: int) -> list[str]:
        return ["93.184.216.34"]

    monkeypatch.setattr(Guard, "addresses", lying)
    with serving(answer(body=b"secret")) as server:
        found = asked_for(f"http://{host}:{server.port}/")
    assert isinstance(found, Problem)
    assert found.state == "blocked"
    assert "127.0.0.1" in found.sentence
    assert server.open_most == 0


def test_an_address_is_the_same_however_it_is_written() -> None:
    assert allows(["::ffff:7f00:1"], socket.AF_INET6, "::ffff:127.0.0.1")
    assert allows(["2001:DB8:0::1"], socket.AF_INET6, "2001:db8::1")
    assert not allows(["::1", "10.0.0.1"], socket.AF_INET, "127.0.0.1")


def test_a_body_whose_reader_is_slow_waits_with_its_sender() -> None:
    full, size, sent = threading.Event(), 64_000_000, 0

    def behave(_: Asked, connection: socket.socket) -> None:
        nonlocal sent
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % size)
        connection.setblocking(False)
        while sent < size:
            try:
                sent += connection.send(bytes(min(1_000_000, size - sent)))
            except BlockingIOError:
                connection.settimeout(0.3 if not full.is_set() else 10)
                try:
                    sent += connection.send(bytes(1))
                except TimeoutError:
                    full.set()
                connection.setblocking(False)

    async def read(url: str) -> tuple[int, int, int]:
        async with ways("127.0.0.1") as to, aclosing(await to.answer("GET", url, {})) as told:
            pieces = told.aiter_raw()
            whole = len(await anext(pieces))
            await asyncio.to_thread(full.wait, 10)
            then, waiting = sent, told.stream.transfer.waiting  # type: ignore[union-attr]  # a Body
            async for piece in pieces:
                whole += len(piece)
        return then, waiting, whole

    with serving(behave) as server:
        then, waiting, whole = asyncio.run(read(server.url))
    assert whole == size
    assert waiting <= 2 * AHEAD
    assert then < size / 2, "no more than what the system keeps for a connection"


def stopping(url: str, stop: Callable[[httpx.Response], Awaitable[None]]) -> tuple[int, int, Answer]:
    """What of a request is left to curl and to the loop when its reader stopped, and the next answer of the host."""

    async def ask() -> tuple[int, int, Answer]:
        async with Fetcher(OPEN, "https://example.org/", NOW) as fetcher:
            response = await fetcher.ways.answer("GET", f"{url}endless", {})
            await stop(response)
            multi = fetcher.ways.direct.multi
            assert multi is not None
            left = len(multi.ended), len(multi.watched)
            return *left, await fetcher.getter(Source(name="A", url=url))(url, "feed")

    return asyncio.run(ask())


async def by_cancelling(response: httpx.Response) -> None:
    with pytest.raises(TimeoutError):
        async with aclosing(response), asyncio.timeout(0):
            async for _ in response.aiter_raw():
                pass


async def by_closing(response: httpx.Response) -> None:
    async for _ in response.aiter_raw():
        break
    await response.aclose()


@pytest.mark.parametrize("stop", [by_cancelling, by_closing])
def test_who_stops_reading_leaves_nothing_behind(stop: Callable[[httpx.Response], Awaitable[None]]) -> None:
    gone = threading.Event()

    def behave(asked: Asked, connection: socket.socket) -> None:
        if asked.path == "/":
            connection.sendall(response(body=BODY))
            return
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n" + bytes(10))
        assert connection.recv(1) == b""
        gone.set()

    with serving(behave) as server:
        handles, sockets, after = stopping(server.url, stop)
        assert gone.wait(10)
    assert (handles, sockets) == (0, 0)
    assert isinstance(after, Fetched)


def test_cancelling_before_the_answer_leaves_nothing_behind() -> None:
    gone = threading.Event()

    def behave(_: Asked, connection: socket.socket) -> None:
        assert connection.recv(1) == b""
        gone.set()

    async def ask(url: str) -> tuple[int, int]:
        async with ways("127.0.0.1") as to:
            task = asyncio.create_task(to.answer("GET", url, {}))
            while not server.asked:
                await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert to.direct.multi is not None
            return len(to.direct.multi.ended), len(to.direct.multi.watched)

    with serving(behave) as server:
        assert asyncio.run(ask(server.url)) == (0, 0)
        assert gone.wait(10)


def test_an_answer_that_nobody_asked_for_is_not_taken_for_the_next() -> None:
    first, surplus = threading.Event(), threading.Event()
    peers: list[object] = []

    def behave(asked: Asked, connection: socket.socket) -> None:
        peers.append(connection.getpeername())
        connection.sendall(response(body=asked.path.encode()))
        if asked.path == "/0":
            first.wait(10)
            connection.sendall(response(body=b"smuggled"))
            surplus.set()

    async def ask(url: str) -> list[Answer]:
        async with Fetcher(OPEN, "https://example.org/", NOW) as fetcher:
            get = fetcher.getter(Source(name="A", url=url))
            answers = [await get(f"{url}0", "feed")]
            first.set()
            await asyncio.to_thread(surplus.wait, 10)
            return answers + [await get(f"{url}{page}", "feed") for page in range(1, 5)]

    with serving(behave) as server:
        answers = asyncio.run(ask(server.url))
    assert [found.body for found in answers if isinstance(found, Fetched)] == [b"/0", b"/1", b"/2", b"/3", b"/4"]
    assert peers == [peers[0]] + [peers[1]] * 4
    assert peers[0] != peers[1]


def test_a_redirect_is_followed_before_its_own_body_came() -> None:
    def behave(asked: Asked, connection: socket.socket) -> None:
        if asked.path == "/":
            connection.sendall(b"HTTP/1.1 302 Found\r\nlocation: /new\r\ncontent-length: 100\r\n\r\n")
        else:
            connection.sendall(response(body=BODY))

    with serving(behave) as server:
        assert isinstance(asked_for(server.url), Fetched)


def test_a_password_goes_to_the_host_it_was_written_for_only() -> None:
    with serving(answer(body=BODY)) as server:
        asked_for(f"http://anna:geheim@blog.example:{server.port}/")
    assert server.asked[0].headers["authorization"] == "Basic " + b64encode(b"anna:geheim").decode()
    assert server.asked[0].headers["host"] == f"blog.example:{server.port}"


@pytest.mark.parametrize(
    "head", ["HTTP/1.1 2000 OK", "HTTP/1.1 20x OK", "HTTP/3 200 OK", "ICY 200 OK", "HTTP/1.1  200", "http/1.1 200 OK"]
)
def test_a_status_that_is_none_is_a_sentence(head: str) -> None:
    def behave(_: Asked, connection: socket.socket) -> None:
        connection.sendall(head.encode() + b"\r\ncontent-length: 2\r\n\r\nab")

    with serving(behave) as server:
        found = asked_for(server.url)
    assert isinstance(found, Problem), found
    assert "no HTTP" in found.sentence
