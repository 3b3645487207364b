"""Nothing on a private address is ever connected to, however it is spelt or reached."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from aggregator.fetch.client import Fetcher
from aggregator.fetch.private import Guard, is_public
from aggregator.model import Answer, Fetched, Problem
from aggregator.settings import Network, Source
from tests.fetch.faults import answer, response, serving

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
GUARDED = Network(connect_seconds=1.0, read_seconds=1.0, total_seconds=2.0)

SPELLINGS = [
    "127.0.0.1", "127.1", "127.0.1", "127.255.255.254", "0", "0.0.0.0", "2130706433", "0x7f000001", "0x7f.0.0.1", "0x7f.1",
    "017700000001", "0177.0.0.1", "0177.1", "127.000.000.001", "localhost", "LOCALHOST", "localhost.", "127.0.0.1.",
    "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[0000:0000:0000:0000:0000:0000:0000:0001]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
    "[::ffff:0:127.0.0.1]", "[::127.0.0.1]", "[64:ff9b::127.0.0.1]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[fe80::1]",
    "[fe80::1%25lo]", "[fc00::1]", "[fd12:3456:789a::1]", "[ff02::1]", "[2001:db8::1]", "[2001:0:7f00:1::]",
    "10.0.0.1", "10.255.255.255", "0xa000001", "167772161", "012.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.0.1",
    "192.168.1.254", "3232235521", "0xc0a80001", "169.254.169.254", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376",
    "[::ffff:169.254.169.254]", "100.64.0.1", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1",
    "224.0.0.1", "240.0.0.1", "255.255.255.255", "127.0.0.1.nip.example", "ｌｏｃａｌｈｏｓｔ", "①②⑦.0.0.1", "127。0。0。1",
]  # fmt: skip


def get(url: str, network: Network = GUARDED, resolver: object = None) -> Answer:
    async def ask() -> Answer:
        extra = {} if resolver is None else {"resolver": resolver}
        async with Fetcher(network, "https://example.org/", NOW, **extra) as fetcher:  # type: ignore[arg-type]  # a resolver
            return await fetcher.getter(Source(name="A", url=url))(url, "feed")

    return asyncio.run(ask())


@pytest.mark.parametrize("host", SPELLINGS)
def test_no_spelling_of_a_private_address_is_connected_to(host: str) -> None:
    with serving(answer(body=b"secret")) as server:
        found = get(f"http://{host}:{server.port}/")
    assert isinstance(found, Problem), found
    assert server.asked == []
    assert server.open_most == 0


@pytest.mark.parametrize("host", SPELLINGS)
def test_no_redirect_leads_to_a_private_address(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first hop is allowed by name: a resolver that a test gives says that it is public, and then the truth."""
    with serving(answer(body=b"secret")) as inner:

        def onwards(_: object, connection: object) -> None:
            connection.sendall(response("302 Found", location=f"http://{host}:{inner.port}/"))  # type: ignore[attr-defined]

        with serving(onwards) as outer:

            async def ask() -> Answer:
                network = Network(connect_seconds=1.0, read_seconds=1.0, total_seconds=2.0)
                async with Fetcher(network, "https://example.org/", NOW) as fetcher:
                    guarded = fetcher.ways.direct.guard.addresses

                    async def open_door(host: str, port: int) -> list[str]:
                        return ["127.0.0.1"] if host == "door.example" else await guarded(host, port)

                    monkeypatch.setattr(Guard, "addresses", lambda _, host, port: open_door(host, port))
                    url = f"http://door.example:{outer.port}/"
                    return await fetcher.getter(Source(name="A", url=url))(url, "feed")

            found = asyncio.run(ask())
    assert isinstance(found, Problem), found
    assert len(outer.asked) == 1
    assert inner.asked == []
    assert inner.open_most == 0


def test_an_address_that_changes_after_it_was_looked_up_is_not_connected_to() -> None:
    answers = [["93.184.216.34"], ["127.0.0.1"]]

    async def rebinding(host: str, port: int) -> list[str]:
        return answers.pop() if len(answers) > 1 else answers[0]

    with serving(answer(body=b"secret")) as server:
        found = get(f"http://rebind.example:{server.port}/", resolver=rebinding)
    assert isinstance(found, Problem)
    assert found.state == "blocked"
    assert "allow_private" in found.sentence
    assert server.open_most == 0


def test_of_several_addresses_only_the_public_ones_are_tried() -> None:
    async def mixed(host: str, port: int) -> list[str]:
        return ["127.0.0.1", "10.0.0.1"]

    with serving(answer(body=b"secret")) as server:
        found = get(f"http://mixed.example:{server.port}/", resolver=mixed)
    assert isinstance(found, Problem)
    assert server.open_most == 0


def test_the_operator_may_allow_it() -> None:
    with serving(answer(body=b"ours")) as server:
        found = get(server.url, Network(allow_private=True))
    assert not isinstance(found, Problem)


def test_a_proxy_that_the_operator_set_is_used_and_is_the_only_exception(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(answer(body=b"by proxy")) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        found = get("http://blog.example/feed.xml")
    assert isinstance(found, Fetched)
    assert [asked.path for asked in proxy.asked] == ["http://blog.example/feed.xml"]


PROXIES = {
    "foo": "names no proxy that can be used",
    "socks5://127.0.0.1:9": "names no proxy that can be used",
    "ftp://127.0.0.1:9": "names no proxy that can be used",
    "http://anna:geheim@127.0.0.1:9": "by the proxy that http_proxy names",
}


@pytest.mark.parametrize("proxy", PROXIES)
def test_a_proxy_that_is_of_no_use_is_what_is_wrong(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", proxy)
    found = get("http://blog.example/feed.xml")
    assert isinstance(found, Problem)
    assert PROXIES[proxy] in found.sentence
    assert "geheim" not in found.sentence


WITHIN = [
    "fec0::1", "feff::1", "fd00::1", "fe80::1", "fe80::1%eth0", "2606:4700::1%eth0", "::1", "::", "::127.0.0.1",
    "::ffff:10.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::a00:1", "64:ff9b:1::7f00:1", "2002:7f00:1::",
    "2001:0:7f00:1::", "2001:db8::1", "ff02::1", "100.64.0.1", "0.0.0.0", "169.254.169.254", "198.18.0.1",
    "224.0.0.1", "240.0.0.1", "255.255.255.255", "no address",
]  # fmt: skip


@pytest.mark.parametrize("address", WITHIN)
def test_addresses_that_lead_within_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "8.8.8.8", "2606:2800:220:1:248:1893:25c8:1946"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)
