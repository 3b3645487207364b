"""One request at work in libcurl: what curl calls while it is, and the reader of the answer, who waits for that."""

from __future__ import annotations

import asyncio
import re
import socket
from collections import deque
from collections.abc import AsyncIterator, Collection
from typing import Any

import httpx
import pycurl

from aggregator.fetch.private import PrivateAddressError

AHEAD = 65_536
"""Bytes of a body that wait for their reader; with more, the other side has to wait."""
STATUS = re.compile(rb"HTTP/1\.[01] ([1-9]\d\d)(?!\d)")
Address = Any
"""What pycurl tells of an address: `family`, `socktype`, `protocol` and `addr`, as the socket module has them."""


class Transfer:
    """A request and its answer as it comes: of one request after the other, as a handle of curl is used again."""

    def __init__(self, curl: pycurl.Curl, read_seconds: float) -> None:
        self.curl = curl
        self.read_seconds = read_seconds
        """A single wait for the other side may take so long, once it is connected to."""
        self.doors: list[socket.socket] = []
        self.loop = asyncio.get_running_loop()
        curl.setopt(pycurl.OPENSOCKETFUNCTION, self.on_opening)
        curl.setopt(pycurl.PREREQFUNCTION, self.on_connected)
        curl.setopt(pycurl.HEADERFUNCTION, self.on_line)
        curl.setopt(pycurl.WRITEFUNCTION, self.on_piece)

    def begin(self, allowed: Collection[str]) -> None:
        """Forget the request before; connect to `allowed` addresses only."""
        self.close_doors()
        self.allowed = allowed
        self.connected = False
        self.heard_at = 0.0
        self.lines: list[bytes] = []
        self.status = 0
        self.pieces: deque[bytes] = deque()
        self.waiting = 0
        self.paused = False
        self.ended = False
        self.kept = -1
        """The socket that is kept after it, if one is."""
        self.failed: httpx.TransportError | None = None
        self.reader: asyncio.Future[None] | None = None

    # What curl calls, in the order of a request. Nothing is raised here: nobody would catch it.

    def on_opening(self, _: int, address: Address) -> socket.socket | int:
        """The last door: only addresses that were checked are connected to, whatever curl made of the name."""
        if not allows(self.allowed, address.family, address.addr[0]):
            self.failed = PrivateAddressError(f"its host leads to {address.addr[0]} as well")
            return int(pycurl.SOCKET_BAD)
        try:
            door = socket.socket(address.family, address.socktype, address.protocol)
        except OSError as error:
            self.failed = httpx.ConnectError(error.strerror or str(error))
            return int(pycurl.SOCKET_BAD)
        self.doors.append(door)  # curl makes a copy of its own
        return door

    def on_connected(self, *_: object) -> int:
        self.close_doors()
        self.connected, self.failed = True, None  # whatever another address came to
        self.heard_at = self.loop.time()
        return int(pycurl.PREREQFUNC_OK)

    def on_line(self, line: bytes) -> None:
        """A line of a head; or of what may follow a body in chunks, which is of no use."""
        self.heard_at = self.loop.time()
        if self.status:
            return
        if line not in (b"\r\n", b"\n"):
            self.lines.append(line)
            return
        status = STATUS.match(self.lines[0]) if self.lines else None
        if status is None:
            self.failed = httpx.RemoteProtocolError("the answer is no HTTP")
        elif status[1] < b"200":
            self.lines.clear()  # of an interim answer
            return
        else:
            self.status = int(status[1])
        self.wake()

    def on_piece(self, piece: bytes) -> int | None:
        self.heard_at = self.loop.time()
        if self.waiting >= AHEAD:
            self.paused = True
            return int(pycurl.WRITEFUNC_PAUSE)  # curl keeps the piece, and reads no further
        self.pieces.append(piece)
        self.waiting += len(piece)
        self.wake()
        return None

    def on_end(self, code: int, told: str) -> None:
        self.close_doors()
        self.ended = True
        if not code:
            self.kept = self.curl.getinfo(pycurl.ACTIVESOCKET)
        elif self.failed is None:
            from aggregator.fetch.failures import failure

            self.failed = failure(self.curl, code, told, connected=self.connected)
        self.wake()

    def close_doors(self) -> None:
        while self.doors:
            self.doors.pop().close()

    def wake(self) -> None:
        if self.reader is not None and not self.reader.done():
            self.reader.set_result(None)

    # What the reader calls.

    async def head(self) -> tuple[int, list[tuple[bytes, bytes]]]:
        """Status and headers of the answer. Raises httpx.TransportError."""
        while not self.status:
            if self.failed is not None:
                raise self.failed
            if self.ended:
                raise httpx.RemoteProtocolError("the answer is no HTTP")
            await self.news()
        parts = [line.partition(b":") for line in self.lines[1:]]
        return self.status, [(name, value.strip()) for name, _, value in parts]

    async def body(self) -> AsyncIterator[bytes]:
        """The body, as it comes. Raises httpx.TransportError."""
        while True:
            while self.pieces:
                piece = self.pieces.popleft()
                self.waiting -= len(piece)
                yield piece
            if self.failed is not None:
                raise self.failed
            if self.ended:
                return
            if self.paused:
                self.paused = False
                self.curl.pause(pycurl.PAUSE_CONT)  # which may bring pieces at once
            else:
                await self.news()

    async def news(self) -> None:
        """Wait until there is more. Raises httpx.ReadTimeout; how long connecting may take, curl knows."""
        self.reader = self.loop.create_future()
        self.heard_at = self.loop.time()
        self.timer = self.loop.call_later(self.read_seconds, self.look)
        try:
            await self.reader
        finally:
            self.timer.cancel()

    def look(self) -> None:
        """Whether the other side went silent, or when to look again."""
        left = self.read_seconds
        if self.connected:
            left += self.heard_at - self.loop.time()
        if left > 0:
            self.timer = self.loop.call_later(left, self.look)
        elif self.reader is not None and not self.reader.done():
            self.reader.set_exception(httpx.ReadTimeout("no answer in time"))


def allows(allowed: Collection[str], family: int, address: str) -> bool:
    """Whether the address is one of those allowed, however they are written."""
    if address in allowed:
        return True
    try:
        packed = [socket.inet_pton(family, one) for one in allowed if (":" in one) == (":" in address)]
        return socket.inet_pton(family, address) in packed
    except OSError:
        return False
