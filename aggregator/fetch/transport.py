"""The httpx client: which transport, which limits, which proxy. The one place that knows how httpx is put together."""

from __future__ import annotations

import os
import ssl
from functools import lru_cache

import httpx

from aggregator.fetch.connections import Connections
from aggregator.fetch.private import Guard, Resolve
from aggregator.settings import Network


def client_for(network: Network, resolver: Resolve) -> httpx.AsyncClient:
    """A client that guards every connection it opens itself; a proxy that the operator set is trusted to do so."""
    limits = httpx.Limits(max_connections=network.connections, max_keepalive_connections=network.connections)
    timeout = httpx.Timeout(
        network.read_seconds, connect=network.connect_seconds, pool=network.total_seconds, write=network.read_seconds
    )
    transport = Connections(network, Guard(network.allow_private, resolver), tls())
    mounts = {
        f"{scheme}://": httpx.AsyncHTTPTransport(proxy=proxy, limits=limits, verify=tls())
        for scheme in ("http", "https")
        if (proxy := os.environ.get(f"{scheme}_proxy") or os.environ.get(f"{scheme.upper()}_PROXY"))
    }
    return httpx.AsyncClient(
        transport=transport, mounts=mounts, timeout=timeout, follow_redirects=False, trust_env=False, cookies=None
    )


def tls() -> ssl.SSLContext:
    """Certificates are checked; SSL_CERT_FILE names other authorities than the system's."""
    return checking(os.environ.get("SSL_CERT_FILE") or None)


@lru_cache(maxsize=2)
def checking(authorities: str | None) -> ssl.SSLContext:
    """Read once: that takes longer than most answers, and a worker opens a client for every host."""
    return ssl.create_default_context(cafile=authorities)
