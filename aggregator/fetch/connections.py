"""HTTP/1.1 through libcurl: httpx's transport for what this program asks of the web.

libcurl speaks the protocol, keeps connections for the next page of a host and checks certificates, all in C. This tells
it what to send, and lets it connect to addresses that were checked and to no others. It takes nothing from its
environment, adds no header, and is not shown the path as a part of a URL, so that it cannot change it.
"""

from __future__ import annotations

import asyncio
import select
from collections.abc import AsyncIterator

import httpx
import pycurl

from aggregator.fetch.header_lines import lines_of
from aggregator.fetch.multi import Multi
from aggregator.fetch.private import Guard
from aggregator.fetch.transfers import Transfer
from aggregator.settings import Network

KEPT_SECONDS = 5
"""For which a connection is kept for the next request to its host."""
PIECE = 65_536
"""Bytes read at once."""
Origin = tuple[str, str, int]
"""Scheme, host and port."""


class Connections(httpx.AsyncBaseTransport):
    """Connections to public addresses, or to any where the guard lets them."""

    def __init__(self, network: Network, guard: Guard) -> None:
        self.network = network
        self.guard = guard
        self.multi: Multi | None = None
        self.idle: list[Transfer] = []
        self.found: dict[tuple[str, int], list[str]] = {}
        """By host and port, the addresses that were looked up and checked in this run."""
        self.kept: dict[Origin, set[int]] = {}
        """The sockets over which an origin answered, those that curl closed since among them."""
        self.noisy: set[Origin] = set()
        """Who sent what nobody asked for, unseen: they are connected to anew each time."""
        self.authorities: tuple[str | None, str | None] | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, its body still to be read. curl replaces a kept connection that turns out to be closed."""
        url, body = request.url, await request.aread()
        if url.scheme not in ("http", "https"):
            raise httpx.UnsupportedProtocol(f"{url.scheme} is neither http nor https")
        host, port = url.raw_host.decode("ascii"), url.port or (443 if url.scheme == "https" else 80)
        origin = (url.scheme, host, port)
        addresses = self.found.get((host, port)) or await self.look_up(host, port)
        fresh = origin in self.noisy or not self.is_quiet(origin)
        again = not fresh and request.method == "GET" and bool(self.kept.get(origin))
        try:
            return await self.answer(request, body, origin, addresses, fresh=fresh)
        except httpx.RemoteProtocolError:
            if not again:
                raise
        self.noisy.add(origin)
        return await self.answer(request, body, origin, addresses, fresh=True)

    async def answer(
        self, request: httpx.Request, body: bytes, origin: Origin, addresses: list[str], *, fresh: bool
    ) -> httpx.Response:
        """The answer over one connection, a `fresh` one or one that was kept."""
        if self.multi is None:
            self.multi = Multi(self.network.connections, self.network.per_host)
        transfer = self.idle.pop() if self.idle else self.another()
        transfer.begin(addresses)
        try:
            self.prepare(transfer.curl, request, body, *origin[1:], addresses)
            transfer.curl.setopt(pycurl.FRESH_CONNECT, int(fresh))
            self.multi.add(transfer.curl, transfer.on_end)
            status, headers = await transfer.head()
        except BaseException:
            self.end(transfer, origin)
            raise
        return httpx.Response(status, headers=headers, stream=Body(transfer, origin, self), request=request)

    def is_quiet(self, origin: Origin) -> bool:
        """Whether nothing came from there that nobody asked for: it would pass for the next answer.

        libcurl looks for that itself at connections that were idle for a second. A fresh one takes the place of such a
        one, as no more are kept to a host than requests are made of it at once. What came over TLS may wait where it is
        not seen: then the next answer is no HTTP, and is asked for once more.
        """
        if not (sockets := self.kept.get(origin)):
            return True
        waiting = select.poll()
        for descriptor in sockets:
            waiting.register(descriptor, select.POLLIN)
        found = waiting.poll(0)
        sockets.difference_update(descriptor for descriptor, what in found if what & select.POLLNVAL)
        return all(what & select.POLLNVAL for _, what in found)

    async def look_up(self, host: str, port: int) -> list[str]:
        """Addresses of the host that may be connected to. Raises httpx.ConnectError and ConnectTimeout."""
        try:
            async with asyncio.timeout(self.network.connect_seconds):
                addresses = await self.guard.addresses(host, port)
        except TimeoutError:
            raise httpx.ConnectTimeout(f"the name server did not answer for {host}") from None
        found = [address for address in addresses if "%" not in address]
        if not found:
            raise httpx.ConnectError(f"{host} has addresses of its own link only ({', '.join(addresses)})")
        self.found[host, port] = found
        return found

    def prepare(
        self, curl: pycurl.Curl, request: httpx.Request, body: bytes, host: str, port: int, addresses: list[str]
    ) -> None:
        """Tell curl what to send, and where to. Raises httpx.LocalProtocolError and ConnectError."""
        url, name = request.url, bracketed(host)
        curl.setopt(pycurl.URL, f"{url.scheme}://{name}:{port}/")
        curl.setopt(pycurl.REQUEST_TARGET, url.raw_path)
        curl.setopt(pycurl.HTTPHEADER, lines_of(request.headers.raw))
        # With + an entry is forgotten after a while; without, one for a name that begins with - would remove it.
        curl.setopt(pycurl.RESOLVE, [f"+{name}:{port}:{','.join(map(bracketed, addresses))}"])
        if url.scheme == "https":
            self.trust(curl)
        if request.method == "GET":
            curl.setopt(pycurl.HTTPGET, 1)
            curl.unsetopt(pycurl.CUSTOMREQUEST)
        else:
            curl.setopt(pycurl.COPYPOSTFIELDS, body)
            curl.setopt(pycurl.CUSTOMREQUEST, request.method)

    def trust(self, curl: pycurl.Curl) -> None:
        """Tell curl whose certificates count. Raises httpx.ConnectError."""
        if self.authorities is None:
            from aggregator.fetch.authorities import places

            self.authorities = places()
        for option, place in zip((pycurl.CAINFO, pycurl.CAPATH), self.authorities, strict=True):
            if place:
                curl.setopt(option, place)
            else:
                curl.unsetopt(option)

    def another(self) -> Transfer:
        """One more handle of curl: as many are made as are at work at once."""
        curl = pycurl.Curl()
        curl.setopt(pycurl.NOSIGNAL, 1)
        curl.setopt(pycurl.PROXY, "")  # else it takes one from the environment
        curl.setopt(pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS)
        curl.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1)
        curl.setopt(pycurl.HTTP_CONTENT_DECODING, 0)
        curl.setopt(pycurl.CONNECTTIMEOUT_MS, max(1, int(self.network.connect_seconds * 1000)))
        curl.setopt(pycurl.MAXAGE_CONN, KEPT_SECONDS)
        curl.setopt(pycurl.BUFFERSIZE, PIECE)
        return Transfer(curl, self.network.read_seconds)

    def end(self, transfer: Transfer, origin: Origin) -> None:
        """Be done with an answer. If it was not read whole, its connection is closed."""
        if transfer.kept >= 0:
            self.kept.setdefault(origin, set()).add(transfer.kept)
        if self.multi is not None:
            self.multi.remove(transfer.curl)
            self.idle.append(transfer)

    async def aclose(self) -> None:
        if self.multi is not None:
            self.multi.close()
            self.multi = None
        for transfer in self.idle:
            transfer.curl.close()
        self.idle.clear()


class Body(httpx.AsyncByteStream):
    """The body of an answer as it comes; the connection is free again when it is closed."""

    def __init__(self, transfer: Transfer, origin: Origin, connections: Connections) -> None:
        self.transfer: Transfer | None = transfer
        self.origin = origin
        self.connections = connections

    def __aiter__(self) -> AsyncIterator[bytes]:
        if self.transfer is None:
            raise httpx.StreamClosed
        return self.transfer.body()

    async def aclose(self) -> None:
        transfer, self.transfer = self.transfer, None
        if transfer is not None:
            self.connections.end(transfer, self.origin)


def bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address
