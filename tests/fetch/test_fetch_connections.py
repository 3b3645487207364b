"""A host is asked over one connection as long as it keeps it, and no request is lost when it does not."""

from __future__ import annotations

import asyncio
import socket
import threading
from base64 import b64encode
from datetime import UTC, datetime

import pytest

from aggregator.__main__ import alone
from aggregator.fetch.client import Fetcher
from aggregator.fetch.private import resolve
from aggregator.model import Answer, Fetched, Problem
from aggregator.settings import Network, Source
from tests.fetch.faults import Asked, Behaviour, answer, response, serving

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
NETWORK = Network(allow_private=True, connect_seconds=5.0, read_seconds=5.0, total_seconds=5.0)
BODY = b"<rss><channel><title>x</title></channel></rss>"

ANSWERS = {
    "kept": (response(body=BODY), False, 1),
    "closed as announced": (response(body=BODY, connection="close"), True, 5),
    "closed without a word": (response(body=BODY), True, 5),
    "of HTTP/1.0, until it is closed": (b"HTTP/1.0 200 OK\r\n\r\n" + BODY, True, 5),
    "in chunks": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        + b"%x\r\n%b\r\n0\r\nX-Trailer: 1\r\n\r\n" % (len(BODY), BODY),
        False,
        1,
    ),
    "after early hints": (b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + response(body=BODY), False, 1),
    "longer than announced": (response(body=BODY) + b"HTTP/1.1 200 OK\r\n\r\nsmuggled", False, 5),
}


@pytest.mark.parametrize("kind", ANSWERS)
def test_five_pages_of_a_host_come_whole_over_as_few_connections_as_it_allows(kind: str) -> None:
    data, closes, count = ANSWERS[kind]
    peers: set[object] = set()
    with serving(remembering(peers, data, closes=closes)) as server:
        answers = asked_in_turn(server.url, 5)
    assert [found.body for found in answers if isinstance(found, Fetched)] == [BODY] * 5
    assert len(peers) == count
    assert len(server.asked) == 5 or kind == "closed without a word"  # then one is sent into nothing, and once more


def test_a_page_that_was_refused_unread_does_not_spoil_the_next() -> None:
    def behave(asked: Asked, connection: socket.socket) -> None:
        status = "404 Not Found" if asked.path == "/0" else "200 OK"
        connection.sendall(response(status, BODY))

    with serving(behave) as server:
        first, second = asked_in_turn(server.url, 2)
    assert isinstance(first, Problem)
    assert isinstance(second, Fetched)


def remembering(peers: set[object], data: bytes, *, closes: bool) -> Behaviour:
    """Answers with `data`, and keeps in `peers` who asked."""

    def behave(_: Asked, connection: socket.socket) -> None:
        peers.add(connection.getpeername())
        connection.sendall(data)
        if closes:
            connection.shutdown(socket.SHUT_RDWR)

    return behave


def asked_in_turn(url: str, count: int) -> list[Answer]:
    async def ask() -> list[Answer]:
        async with Fetcher(NETWORK, "https://example.org/", NOW) as fetcher:
            fetch = fetcher.getter(Source(name="A", url=url))
            return [await fetch(f"{url}{number}", "feed") for number in range(count)]

    return asyncio.run(ask())


def test_a_cookie_is_never_given_back() -> None:
    with serving(answer(body=BODY, set_cookie="who=you; Path=/")) as server:
        asked_in_turn(server.url, 2)
    assert len(server.asked) == 2
    assert "cookie" not in server.asked[1].headers


def test_a_name_and_password_in_an_address_are_sent_as_such() -> None:
    with serving(answer(body=BODY)) as server:
        asked_in_turn(server.url.replace("http://", "http://anna:geheim%21@"), 1)
    assert server.asked[0].headers["authorization"] == "Basic " + b64encode(b"anna:geheim!").decode()
    assert server.asked[0].headers["host"] == f"127.0.0.1:{server.port}"


@pytest.mark.parametrize("url", ["http://anna:geheim%21@{host}/", "http://{host}/"])
def test_a_name_and_password_in_an_address_are_for_the_whole_of_its_host(url: str) -> None:
    """A redirect, and a page that is linked to, spell the address without them."""
    given = b64encode(b"anna:geheim!").decode() if "@" in url else None

    def behave(asked: Asked, connection: socket.socket) -> None:
        new = f"http://{asked.headers['host']}/nieuw"
        connection.sendall(response("301 Moved", location=new) if asked.path == "/" else response(body=BODY))

    async def ask(host: str) -> list[Answer]:
        async with Fetcher(NETWORK, "https://example.org/", NOW) as fetcher:
            fetch = fetcher.getter(Source(name="A", url=url.format(host=host)))
            return [await fetch(url.format(host=host), "feed"), await fetch(f"http://{host}/post", "article")]

    with serving(behave) as server:
        answers = asyncio.run(ask(f"127.0.0.1:{server.port}"))
    assert [type(found) for found in answers] == [Fetched] * 2
    pages = {asked.path: asked.headers.get("authorization") for asked in server.asked}
    wanted = given and f"Basic {given}"
    assert pages == {"/": wanted, "/nieuw": wanted, "/robots.txt": None, "/post": wanted}


def test_names_whose_servers_are_silent_do_not_keep_others_from_being_looked_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The system's own look-up is replaced, as no test can have a name server that is silent."""
    enough, look_up = threading.Event(), socket.getaddrinfo

    def half_dead(host: str, port: int, *how: int, **named: int) -> list[object]:
        if host.startswith("dead"):
            enough.wait(30)
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return list(look_up("127.0.0.1", port, *how, **named))

    async def ask(port: int) -> tuple[list[Answer], list[Answer]]:
        async with Fetcher(NETWORK, "https://example.org/", NOW) as fetcher:

            async def fetch(name: str) -> Answer:
                url = f"http://{name}.example:{port}/"
                return await fetcher.getter(Source(name=name, url=url))(url, "feed")

            dead = [asyncio.create_task(fetch(f"dead{number}")) for number in range(45)]
            alive = await asyncio.gather(*(fetch(f"alive{number}") for number in range(5)))
            enough.set()
            return list(alive), list(await asyncio.gather(*dead))

    monkeypatch.setattr(socket, "getaddrinfo", half_dead)
    with serving(answer(body=BODY)) as server:
        alive, dead = asyncio.run(ask(server.port))
    assert [type(found) for found in alive] == [Fetched] * 5
    assert [type(found) for found in dead] == [Problem] * 45


def test_nobody_waits_for_a_name_that_is_still_looked_up_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, enough = threading.Event(), threading.Event()

    def silent(*_: object, **named: int) -> list[object]:
        begun.set()
        enough.wait(30)
        return []

    async def ask() -> None:
        asking = asyncio.create_task(resolve("dead.example", 80))
        await asyncio.to_thread(begun.wait, 30)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)

    monkeypatch.setattr(socket, "getaddrinfo", silent)
    asyncio.run(ask())
    left = [thread for thread in threading.enumerate() if thread.name == "look-up"]
    assert left
    assert alone()
    enough.set()
    for thread in left:
        thread.join(30)
