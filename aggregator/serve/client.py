"""One connection, in HTTP/1.1: h11 keeps to the protocol, this keeps to what a client may cost."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from email.utils import format_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, BinaryIO

import h11

from aggregator.serve.messages import Request, Response

if TYPE_CHECKING:
    from aggregator.serve.front import Front

HEAD_BYTES = 16_384
"""Of an unfinished head; one that comes whole in a single piece may have twice that."""
BODY_BYTES = 65_536
HEAD_SECONDS = 20.0
"""For the wait between two requests and the head of the next, together: whoever dribbles bytes gains nothing."""
BODY_SECONDS = 20.0
ANSWER_SECONDS = 60.0
SEND_SECONDS = 60.0
"""For a client to take a piece of the answer."""
PART_SECONDS = 2.0
PIECE = 65_536
WHOLE_URL = re.compile(r"\Ahttps?://[^/?]*/?", re.IGNORECASE)
"""As far as its path: what is asked for may be a whole URL (RFC 9112, 3.2.2)."""


class TooLargeError(Exception):
    """A body is larger than any handler needs."""


class Client:
    """One connection, and the requests that come over it one after the other."""

    def __init__(
        self,
        front: Front,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        threads: ThreadPoolExecutor,
        log: Callable[[str], None] | None,
        stop: asyncio.Event,
    ) -> None:
        self.front, self.reader, self.writer = front, reader, writer
        self.threads, self.log, self.stop = threads, log, stop
        self.protocol = h11.Connection(h11.SERVER, max_incomplete_event_size=HEAD_BYTES)
        self.idle = True

    async def talk(self, *, crowded: bool) -> None:
        """Answer until the client goes, errs or dawdles, or the server stops."""
        try:
            if crowded:
                await self.send(self.front.failure(503), "GET", "/")
            while not crowded and not self.stop.is_set() and await self.one_request():
                self.protocol.start_next_cycle()
        except (ConnectionError, TimeoutError, h11.LocalProtocolError):
            pass

    async def part(self) -> None:
        """Let what was answered arrive: closing while the client still sends would take it away (RFC 9112, 9.6)."""
        try:
            self.writer.write_eof()
            async with asyncio.timeout(PART_SECONDS):
                while await self.reader.read(PIECE):
                    pass
        except (OSError, TimeoutError):
            pass

    async def one_request(self) -> bool:
        """Read one request and answer it; whether another may follow."""
        method, path, agent = "GET", "/", ""
        try:
            async with asyncio.timeout(HEAD_SECONDS):
                head = await self.event()
            if not isinstance(head, h11.Request):
                return False
            self.idle = False
            method, target = head.method.decode(), head.target.decode("ascii", "replace")
            path, _, query = WHOLE_URL.sub("/", target).partition("?")
            headers = headers_of(head)
            agent = headers.get("user-agent", "")
            async with asyncio.timeout(BODY_SECONDS):
                body = await self.body(headers)
            if method not in ("GET", "HEAD", "POST"):
                response = self.front.failure(501, path)
            elif not path.startswith("/"):
                path, response = "/", self.front.failure(400)
            else:
                asked = Request("GET" if method == "HEAD" else method, path, query, headers, body)
                response = await self.answer(asked)
        except h11.RemoteProtocolError as error:
            response = self.front.failure(error.error_status_hint)
        except TooLargeError:
            response = self.front.failure(413, path)
        except TimeoutError:
            if self.idle and not self.protocol.trailing_data[0]:
                return False
            response = self.front.failure(408, path)
        await self.send(response, method, path, agent)
        self.idle = True
        return self.protocol.our_state is h11.DONE and self.protocol.their_state is h11.DONE

    async def event(self) -> h11.Event | type[h11.PAUSED]:
        """The next thing the client says."""
        while (event := self.protocol.next_event()) is h11.NEED_DATA:
            if self.protocol.they_are_waiting_for_100_continue:
                self.writer.write(self.protocol.send(h11.InformationalResponse(status_code=100, headers=[])) or b"")
            self.protocol.receive_data(await self.reader.read(HEAD_BYTES))
        return event  # type: ignore[return-value]  # NEED_DATA is gone, which the checker cannot see

    async def body(self, headers: dict[str, str]) -> bytes:
        """The body of the request, bounded whether it tells its length or not."""
        stated = headers.get("content-length", "0")
        if int(stated) > BODY_BYTES:
            raise TooLargeError
        pieces = bytearray()
        while isinstance(event := await self.event(), h11.Data):
            pieces += event.data
            if len(pieces) > BODY_BYTES:
                raise TooLargeError
        return bytes(pieces)

    async def answer(self, request: Request) -> Response:
        """What the front answers, in a thread; 500 when it fails, which is told to the operator and to nobody else."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await loop.run_in_executor(self.threads, self.front.answer, request)
        except TimeoutError:
            return self.front.failure(503, request.path)
        except Exception as error:
            path = self.front.logged(request.path)
            print(f"aggregator: {path}: {type(error).__name__}: {error}", file=sys.stderr)  # noqa: T201
            return self.front.failure(500, request.path)

    async def send(self, response: Response, method: str, path: str, agent: str = "") -> None:
        """The answer, piece by piece; a client that takes none for long is left."""
        if self.log:
            self.log(f"{method} {self.front.logged(path)} {response.status} {printable(agent)}")
        headers = {"date": format_datetime(datetime.now(UTC), usegmt=True)} | dict(response.headers)
        if isinstance(response.body, bytes) and response.status not in (204, 304):
            headers["content-length"] = str(len(response.body))
        if self.stop.is_set() or self.protocol.their_state is not h11.DONE:
            headers["connection"] = "close"
        try:
            await self.put(
                h11.Response(status_code=response.status, reason=reason(response.status), headers=list(headers.items()))
            )
            if method != "HEAD":
                await self.send_body(response.body)
            await self.put(h11.EndOfMessage())
        finally:
            if not isinstance(response.body, bytes):
                response.body.close()

    async def send_body(self, body: bytes | BinaryIO) -> None:
        if isinstance(body, bytes):
            if body:
                await self.put(h11.Data(data=body))
            return
        while piece := body.read(PIECE):
            await self.put(h11.Data(data=piece))

    async def put(self, event: h11.Event) -> None:
        data = self.protocol.send(event)
        if data:
            self.writer.write(data)
            async with asyncio.timeout(SEND_SECONDS):
                await self.writer.drain()


def headers_of(head: h11.Request) -> dict[str, str]:
    """By name in lower case; repeated ones joined, as RFC 9110, 5.3, lets one do."""
    found: dict[str, str] = {}
    for name, value in head.headers:
        key, text = name.decode("ascii"), value.decode("latin-1")
        found[key] = f"{found[key]}, {text}" if key in found else text
    return found


def reason(status: int) -> str:
    """The words after the status, which mean nothing to programs."""
    return HTTPStatus(status).phrase if status in set(HTTPStatus) else ""


def printable(text: str) -> str:
    """What a client says of itself, fit for one line of a log."""
    return "".join(character if character.isprintable() else "?" for character in text[:200])
