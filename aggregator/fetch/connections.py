"""HTTP/1.1 (RFC 9112) over connections that are kept: httpx's transport for what this program asks of the web.

h11 reads and writes the protocol; this opens connections to addresses that were checked, bounds every wait, and uses a
connection again for the next page of a host. httpx's own transport costs four times as much for an answer of 304, in
layers that nothing here needs.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import h11
import httpx

from aggregator.fetch.private import Guard
from aggregator.settings import Network

KEPT_SECONDS = 5.0
"""For which a connection is kept for the next request to its host."""
PIECE = 65_536
"""Bytes read at once."""
LONGEST_HEAD = 100_000
"""Bytes of a status line with its headers."""
Origin = tuple[str, str, int]
"""Scheme, host and port."""


@dataclass(eq=False, slots=True)
class Connection:
    """One connection and where its talk stands."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    seconds: float
    """A single wait for the other side may take so long."""
    talk: h11.Connection = field(default_factory=lambda: h11.Connection(h11.CLIENT, LONGEST_HEAD))
    idle_since: float = 0.0
    heard: bool = False
    """Whether anything of the answer came."""

    def send(self, request: httpx.Request, body: bytes) -> None:
        """Write the whole of a request; what we send is small."""
        asked = h11.Request(method=request.method, target=request.url.raw_path, headers=request.headers.raw)
        told = self.talk.send(asked) or b""
        if body:
            told += self.talk.send(h11.Data(data=body)) or b""
        self.heard = False
        self.writer.write(told + (self.talk.send(h11.EndOfMessage()) or b""))

    async def event(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        """The next part of the answer. Raises httpx.ReadTimeout, ReadError and RemoteProtocolError."""
        while True:
            try:
                event = self.talk.next_event()
            except h11.RemoteProtocolError as error:
                raise httpx.RemoteProtocolError(str(error)) from error
            if event is not h11.NEED_DATA:
                return event
            piece = await self.receive()
            if not piece and not self.heard:
                raise httpx.RemoteProtocolError("the server closed the connection without an answer")
            self.heard = True
            self.talk.receive_data(piece)

    async def receive(self) -> bytes:
        try:
            async with asyncio.timeout(self.seconds):
                return await self.reader.read(PIECE)
        except TimeoutError as error:
            raise httpx.ReadTimeout("no answer in time") from error
        except (OSError, ssl.SSLError) as error:
            raise httpx.ReadError(str(error)) from error

    async def is_quiet(self) -> bool:
        """Whether it is open, and nothing came that nobody asked for: that would pass for the next answer."""
        try:
            async with asyncio.timeout(0):
                await self.reader.read(1)
        except TimeoutError:
            return True
        except (OSError, ssl.SSLError):
            pass
        return False

    def close(self) -> None:
        # what is still under way is of no use to anyone: a connection to a host that went silent closes at once, too
        self.writer.transport.abort()


class Connections(httpx.AsyncBaseTransport):
    """Connections to public addresses, or to any where the guard lets them."""

    def __init__(self, network: Network, guard: Guard, tls: Callable[[], ssl.SSLContext]) -> None:
        self.network = network
        self.guard = guard
        self.tls = tls
        self.idle: dict[Origin, list[Connection]] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, its body still to be read. A kept connection that turns out to be closed is replaced once."""
        url = request.url
        scheme, host = url.scheme, url.raw_host.decode("ascii")
        origin = (scheme, host, url.port or (443 if scheme == "https" else 80))
        body = await request.aread()
        if (kept := await self.kept(origin)) is not None:
            try:
                return await self.answer(kept, origin, request, body)
            except (httpx.ReadError, httpx.RemoteProtocolError):
                if kept.heard:
                    raise
        return await self.answer(await self.open(origin), origin, request, body)

    async def answer(
        self, connection: Connection, origin: Origin, request: httpx.Request, body: bytes
    ) -> httpx.Response:
        try:
            connection.send(request, body)
            event = await connection.event()
            while isinstance(event, h11.InformationalResponse):
                event = await connection.event()
            if not isinstance(event, h11.Response):
                raise httpx.RemoteProtocolError("the answer is no HTTP")
        except h11.LocalProtocolError as error:
            connection.close()
            raise httpx.LocalProtocolError(str(error)) from error
        except BaseException:
            connection.close()
            raise
        return httpx.Response(
            event.status_code, headers=event.headers.raw_items(), stream=Body(connection, origin, self), request=request
        )

    async def kept(self, origin: Origin) -> Connection | None:
        """A connection to `origin` that is still open, as far as is known."""
        waiting = self.idle.get(origin, [])
        now = asyncio.get_running_loop().time()
        while waiting:
            connection = waiting.pop()
            if now - connection.idle_since < KEPT_SECONDS and await connection.is_quiet():
                return connection
            connection.close()
        return None

    async def open(self, origin: Origin) -> Connection:
        """A new connection. Raises httpx.ConnectError and ConnectTimeout."""
        scheme, host, port = origin
        tls, name = (self.tls(), host) if scheme == "https" else (None, None)
        try:
            async with asyncio.timeout(self.network.connect_seconds):
                addresses = await self.guard.addresses(host, port)
        except TimeoutError:
            raise httpx.ConnectTimeout(f"the name server did not answer for {host}") from None
        failed: httpx.TransportError = httpx.ConnectError(f"{host} could not be reached")
        for address in addresses:
            try:
                async with asyncio.timeout(self.network.connect_seconds):
                    reader, writer = await asyncio.open_connection(
                        address, port, limit=PIECE, ssl=tls, server_hostname=name
                    )
            except TimeoutError as error:
                failed = httpx.ConnectTimeout(f"{host} did not answer")
                failed.__cause__ = error
            except (OSError, ssl.SSLError) as error:
                failed = httpx.ConnectError(str(error))
                failed.__cause__ = error
            else:
                return Connection(reader, writer, self.network.read_seconds)
        raise failed

    def release(self, connection: Connection, origin: Origin) -> None:
        """Keep the connection where its answer was read whole and nothing speaks against it; else close it."""
        states = {connection.talk.our_state, connection.talk.their_state}
        if states == {h11.DONE} and not connection.talk.trailing_data[0]:
            connection.talk.start_next_cycle()
            connection.idle_since = asyncio.get_running_loop().time()
            self.idle[origin] = [*self.idle.pop(origin, ()), connection]  # last, as the one used last
            self.make_room()
        else:
            connection.close()

    def make_room(self) -> None:
        """Keep no more connections idle than may be at work: of thousands of hosts each is asked once, as a rule."""
        if len(self.idle) > self.network.connections:
            for connection in self.idle.pop(next(iter(self.idle))):
                connection.close()

    async def aclose(self) -> None:
        for connection in [one for waiting in self.idle.values() for one in waiting]:
            connection.close()
        self.idle.clear()


class Body(httpx.AsyncByteStream):
    """The body of an answer as it comes; the connection is free again when it is closed."""

    def __init__(self, connection: Connection, origin: Origin, connections: Connections) -> None:
        self.connection: Connection | None = connection
        self.origin = origin
        self.connections = connections

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while self.connection is not None:
            event = await self.connection.event()
            if not isinstance(event, h11.Data):
                return
            yield bytes(event.data)

    async def aclose(self) -> None:
        if self.connection is None:
            return
        connection, self.connection = self.connection, None
        if connection.talk.their_state is h11.SEND_BODY:
            with contextlib.suppress(h11.RemoteProtocolError):
                connection.talk.next_event()  # an answer without a body, as to most of what we ask, ends here
        self.connections.release(connection, self.origin)
