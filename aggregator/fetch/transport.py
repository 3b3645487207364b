"""Ways to the web: a connection of our own, or through a proxy. The one place that knows how httpx is put together."""

from __future__ import annotations

import os
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import lru_cache

import httpx

from aggregator.fetch.connections import Connections
from aggregator.fetch.private import Guard, Resolve
from aggregator.settings import Network


class Ways:
    """Requests and their answers; each stands alone: no cookie is kept, no redirect followed.

    Every connection that is opened is guarded; a proxy that the operator set is trusted to do so itself.
    """

    def __init__(self, network: Network, resolver: Resolve) -> None:
        self.direct = Connections(network, Guard(network.allow_private, resolver), tls)
        self.proxied: dict[str, httpx.AsyncHTTPTransport] = {}
        self.network = network
        self.timeouts = httpx.Timeout(
            network.read_seconds,
            connect=network.connect_seconds,
            pool=network.total_seconds,
            write=network.read_seconds,
        ).as_dict()

    @asynccontextmanager
    async def answer(
        self, method: str, url: str, headers: Mapping[str, str], data: Mapping[str, str] | None = None
    ) -> AsyncIterator[httpx.Response]:
        """The answer to one request, its body still to be read. Raises httpx.HTTPError and httpx.InvalidURL."""
        request = httpx.Request(method, url, headers=headers, data=data, extensions={"timeout": self.timeouts})
        if request.url.userinfo:
            request = next(httpx.BasicAuth(request.url.username, request.url.password).auth_flow(request))
        response = await self.way(request.url.scheme).handle_async_request(request)
        try:
            yield response
        finally:
            await response.aclose()

    def way(self, scheme: str) -> httpx.AsyncBaseTransport:
        """How addresses of `scheme` are reached: put together when first asked for. Raises httpx.ConnectError."""
        proxy = os.environ.get(f"{scheme}_proxy") or os.environ.get(f"{scheme.upper()}_PROXY")
        if not proxy:
            return self.direct
        if scheme not in self.proxied:
            most = self.network.connections
            limits = httpx.Limits(max_connections=most, max_keepalive_connections=most)
            self.proxied[scheme] = httpx.AsyncHTTPTransport(proxy=proxy, limits=limits, verify=tls())
        return self.proxied[scheme]

    async def aclose(self) -> None:
        for way in (self.direct, *self.proxied.values()):
            await way.aclose()


def tls() -> ssl.SSLContext:
    """Certificates are checked; SSL_CERT_FILE names other authorities than the system's. Raises httpx.ConnectError."""
    authorities = os.environ.get("SSL_CERT_FILE") or None
    try:
        return checking(authorities)
    except OSError as error:
        why = error.strerror or str(error)
    # Not raised from that: what went wrong with a file is no fault of the server's.
    raise httpx.ConnectError(f"{authorities}, which SSL_CERT_FILE names, holds no authorities that can be read: {why}")


@lru_cache(maxsize=2)
def checking(authorities: str | None) -> ssl.SSLContext:
    """Read once, and when it is first needed: that takes longer than most answers."""
    return ssl.create_default_context(cafile=authorities)
