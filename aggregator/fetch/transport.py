"""Ways to the web: a connection of our own, or through a proxy. The one place that knows how httpx is put together."""

from __future__ import annotations

import os
from collections.abc import Mapping

import httpx

from aggregator.fetch.connections import Connections
from aggregator.fetch.private import Guard, Resolve
from aggregator.settings import Network

NOTHING = httpx.ByteStream(b"")


class Ways:
    """Requests and their answers; each stands alone: no cookie is kept, no redirect followed.

    Every connection that is opened is guarded; a proxy that the operator set is trusted to do so itself.
    """

    def __init__(self, network: Network, resolver: Resolve) -> None:
        self.direct = Connections(network, Guard(network.allow_private, resolver))
        self.ways: dict[str, httpx.AsyncBaseTransport] = {}
        """By scheme, as far as it was asked for."""
        self.network = network
        self.timeouts = httpx.Timeout(
            network.read_seconds,
            connect=network.connect_seconds,
            pool=network.total_seconds,
            write=network.read_seconds,
        ).as_dict()

    async def answer(
        self, method: str, url: str, headers: Mapping[str, str], data: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """The answer to one request, its body still to be read; to be closed. Raises httpx.HTTPError, InvalidURL."""
        address, extensions = httpx.URL(url), {"timeout": self.timeouts}
        if data is None and "host" not in {name.lower() for name in headers}:
            # Nearly all are such, and what httpx does for the others takes it as long again.
            told = {"Host": address.netloc.decode("ascii"), **headers}
            request = httpx.Request(method, address, headers=told, stream=NOTHING, extensions=extensions)
        else:
            request = httpx.Request(method, address, headers=headers, data=data, extensions=extensions)
        if request.url.userinfo:
            request = next(httpx.BasicAuth(request.url.username, request.url.password).auth_flow(request))
        return await self.way(request.url.scheme).handle_async_request(request)

    def way(self, scheme: str) -> httpx.AsyncBaseTransport:
        """How addresses of `scheme` are reached: put together when first asked for. Raises httpx.ConnectError."""
        if scheme not in self.ways:
            proxy = os.environ.get(f"{scheme}_proxy") or os.environ.get(f"{scheme.upper()}_PROXY")
            self.ways[scheme] = self.by_proxy(proxy) if proxy else self.direct
        return self.ways[scheme]

    def by_proxy(self, proxy: str) -> httpx.AsyncHTTPTransport:
        from aggregator.fetch.authorities import context

        most = self.network.connections
        limits = httpx.Limits(max_connections=most, max_keepalive_connections=most)
        return httpx.AsyncHTTPTransport(proxy=proxy, limits=limits, verify=context())

    async def aclose(self) -> None:
        for way in {self.direct, *self.ways.values()}:
            await way.aclose()
