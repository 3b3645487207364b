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
        way = self.way(request.url.scheme)
        try:
            return await way.handle_async_request(request)
        except (httpx.ConnectError, httpx.ProxyError) as error:
            if way is self.direct:
                raise
            raise httpx.ConnectError(f"by the proxy that {proxy_for(request.url.scheme)[0]} names: {error}") from error

    def way(self, scheme: str) -> httpx.AsyncBaseTransport:
        """How addresses of `scheme` are reached: put together when first asked for. Raises httpx.ConnectError."""
        if scheme not in self.ways:
            name, proxy = proxy_for(scheme)
            self.ways[scheme] = self.by_proxy(name, proxy) if proxy else self.direct
        return self.ways[scheme]

    def by_proxy(self, name: str, proxy: str) -> httpx.AsyncHTTPTransport:
        from aggregator.fetch.authorities import context

        most = self.network.connections
        limits = httpx.Limits(max_connections=most, max_keepalive_connections=most)
        verify = context()
        try:
            return httpx.AsyncHTTPTransport(proxy=proxy, limits=limits, verify=verify)
        except (ValueError, ImportError, httpx.InvalidURL):
            sentence = f"{name} names no proxy that can be used; one at http:// or https:// can"
            raise httpx.ConnectError(sentence) from None

    async def aclose(self) -> None:
        for way in {self.direct, *self.ways.values()}:
            await way.aclose()


def proxy_for(scheme: str) -> tuple[str, str]:
    """The variable of the environment that names a proxy for addresses of `scheme`, and what it says; '' for none."""
    names = f"{scheme}_proxy", f"{scheme.upper()}_PROXY"
    return next(((name, os.environ[name]) for name in names if os.environ.get(name)), ("", ""))
