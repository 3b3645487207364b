"""Keeps requests away from private addresses: after DNS, before connect, on every hop.

What is checked is the very address that is connected to, so no spelling of it (decimal, octal, mapped, with a zone)
and no DNS answer that changes in between gets past (https://owasp.org/www-community/attacks/Server_Side_Request_Forgery).
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import anyio
import httpcore

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Awaitable[list[str]]]
TRANSLATED = ipaddress.ip_network("64:ff9b::/96")
TRANSLATED_LOCALLY = ipaddress.ip_network("64:ff9b:1::/48")


class PrivateAddressError(httpcore.ConnectError):
    """The host leads to an address that is not on the public internet."""


async def resolve(host: str, port: int) -> list[str]:
    """The addresses of `host`, as numbers. Raises OSError when it has none."""
    found = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_public(text: str) -> bool:
    """Whether the address is one of the public internet, itself and whatever address is embedded in it."""
    try:
        address = ipaddress.ip_address(text.split("%", maxsplit=1)[0])
    except ValueError:
        return False
    return "%" not in text and all(is_global(embedded) for embedded in (address, *embedded_in(address)))


def is_global(address: Address) -> bool:
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def embedded_in(address: Address) -> Iterable[Address]:
    """IPv4 addresses that an IPv6 address carries: mapped, 6to4, Teredo, NAT64 (RFC 6052)."""
    if isinstance(address, ipaddress.IPv4Address):
        return
    for found in (address.ipv4_mapped, address.sixtofour, *(address.teredo or ())):
        if found is not None:
            yield found
    if address in TRANSLATED or address in TRANSLATED_LOCALLY:
        yield ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Connects to public addresses only, to the one that was checked."""

    def __init__(self, *, allow_private: bool, resolver: Resolve = resolve) -> None:
        self.allow_private = allow_private
        self.resolver = resolver
        self.backend: Any = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            with anyio.fail_after(timeout):
                addresses = await self.resolver(host, port)
        except TimeoutError:
            raise httpcore.ConnectTimeout(f"the name server did not answer for {host}") from None
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"the name {host} is not known ({error})") from None
        allowed = [address for address in addresses if self.allow_private or is_public(address)]
        if not allowed:
            raise PrivateAddressError(f"{host} leads to {', '.join(addresses) or 'no address'}")
        for place, address in enumerate(allowed):
            try:
                stream: httpcore.AsyncNetworkStream = await self.backend.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if place == len(allowed) - 1:
                    raise
            else:
                return stream
        raise httpcore.ConnectError(f"{host} could not be reached")

    async def connect_unix_socket(self, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
        raise httpcore.ConnectError("sockets on disk are not read")

    async def sleep(self, seconds: float) -> None:
        await self.backend.sleep(seconds)
