"""Keeps requests away from private addresses: after DNS, before connect, on every hop.

What is checked is the very address that is connected to, so no spelling of it (decimal, octal, mapped, with a zone)
and no DNS answer that changes in between gets past (https://owasp.org/www-community/attacks/Server_Side_Request_Forgery).
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from threading import Thread
from typing import TypeVar

import httpx

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Awaitable[list[str]]]
Result = TypeVar("Result")
TRANSLATED = ipaddress.ip_network("64:ff9b::/96")
TRANSLATED_LOCALLY = ipaddress.ip_network("64:ff9b:1::/48")


class PrivateAddressError(httpx.ConnectError):
    """The host leads to an address that is not on the public internet."""


async def resolve(host: str, port: int) -> list[str]:
    """The addresses of `host`, as numbers. Raises OSError when it has none."""
    try:
        return [str(ipaddress.ip_address(host))]
    except ValueError:
        pass
    look_up = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    found = await beside(look_up)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def beside(look_up: Callable[[], Result]) -> Awaitable[Result]:
    """What `look_up` gives, in a thread of its own that the end of the program does not wait for.

    A name whose server is silent takes half a minute, also when nobody waits for it any more.

    asyncio's own threads are four more than there are processors, so that a few such names make every other look-up
    wait (https://github.com/python/cpython/issues/112169).
    """
    future: Future[Result] = Future()
    future.set_running_or_notify_cancel()

    def run() -> None:
        try:
            future.set_result(look_up())
        except Exception as error:
            future.set_exception(error)

    Thread(target=run, name="look-up", daemon=True).start()
    return asyncio.wrap_future(future)


def is_public(text: str) -> bool:
    """Whether the address is one of the public internet, itself and whatever address is embedded in it."""
    try:
        address = ipaddress.ip_address(text.split("%", maxsplit=1)[0])
    except ValueError:
        return False
    return "%" not in text and all(is_global(embedded) for embedded in (address, *embedded_in(address)))


def is_global(address: Address) -> bool:
    special = address.is_multicast or address.is_reserved or address.is_unspecified
    # Site-local addresses are no more (RFC 3879), but routers may still know them.
    within = isinstance(address, ipaddress.IPv6Address) and address.is_site_local
    return address.is_global and not special and not within


def embedded_in(address: Address) -> Iterable[Address]:
    """IPv4 addresses that an IPv6 address carries: mapped, 6to4, Teredo, NAT64 (RFC 6052)."""
    if isinstance(address, ipaddress.IPv4Address):
        return
    for found in (address.ipv4_mapped, address.sixtofour, *(address.teredo or ())):
        if found is not None:
            yield found
    if address in TRANSLATED or address in TRANSLATED_LOCALLY:
        yield ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)


@dataclass(frozen=True, slots=True)
class Guard:
    """Says which addresses of a host may be connected to."""

    allow_private: bool
    resolver: Resolve = resolve

    async def addresses(self, host: str, port: int) -> list[str]:
        """Those that may be. Raises httpx.ConnectError when `host` has none, PrivateAddressError when none may."""
        try:
            addresses = await self.resolver(host, port)
        except (OSError, UnicodeError) as error:
            raise httpx.ConnectError(f"the name {host} is not known ({error})") from None
        allowed = [address for address in addresses if self.allow_private or is_public(address)]
        if not allowed:
            raise PrivateAddressError(f"{host} leads to {', '.join(addresses) or 'no address'}")
        return allowed
