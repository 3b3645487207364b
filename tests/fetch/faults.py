"""A server that does exactly what a test says, byte by byte, and remembers what it was asked."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

Behaviour = Callable[["Asked", socket.socket], None]


@dataclass(frozen=True)
class Asked:
    """One request as it came in."""

    path: str
    headers: dict[str, str]
    method: str
    body: bytes


@dataclass
class Server:
    """The running server: its address, what it was asked, and how many connections it held at once."""

    port: int
    asked: list[Asked] = field(default_factory=list)
    open_now: int = 0
    open_most: int = 0
    stopped: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"


@contextmanager
def serving(behaviour: Behaviour, host: str = "127.0.0.1") -> Iterator[Server]:
    """Answers every request as `behaviour` does, each connection in a thread of its own, until the block ends."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, 0), family=family, backlog=512)
    listener.settimeout(0.05)
    server = Server(listener.getsockname()[1])
    lock = threading.Lock()
    threads: list[threading.Thread] = []

    def talk(connection: socket.socket) -> None:
        with lock:
            server.open_now += 1
            server.open_most = max(server.open_most, server.open_now)
        try:
            connection.settimeout(10)
            while not server.stopped.is_set() and (asked := read_request(connection)) is not None:
                server.asked.append(asked)
                behaviour(asked, connection)
        except OSError:
            pass
        finally:
            connection.close()
            with lock:
                server.open_now -= 1

    def accept() -> None:
        while not server.stopped.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            thread = threading.Thread(target=talk, args=(connection,), daemon=True)
            thread.start()
            threads.append(thread)

    accepting = threading.Thread(target=accept, daemon=True)
    accepting.start()
    try:
        yield server
    finally:
        server.stopped.set()
        accepting.join()
        listener.close()


def read_request(connection: socket.socket) -> Asked | None:
    """The next request on the connection; None when it is closed."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return None
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.strip().casefold(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    while len(body) < int(headers.get("content-length", 0)):
        body += connection.recv(65536)
    method, path, _ = first.split(" ")
    return Asked(path, headers, method, body)


def answer(status: str = "200 OK", body: bytes = b"", **headers: str) -> Behaviour:
    """Answers with a status line, these headers (underscores become hyphens) and a body of the right length."""

    def behave(_: Asked, connection: socket.socket) -> None:
        connection.sendall(response(status, body, **headers))

    return behave


def response(status: str = "200 OK", body: bytes = b"", **headers: str) -> bytes:
    told = {"content-length": str(len(body)), **{name.replace("_", "-"): value for name, value in headers.items()}}
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in told.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def raw(data: bytes, *, close: bool = True) -> Behaviour:
    """Sends these bytes and closes, or leaves the connection open and silent."""

    def behave(_: Asked, connection: socket.socket) -> None:
        connection.sendall(data)
        if close:
            connection.shutdown(socket.SHUT_RDWR)

    return behave


def dripping(head: bytes, drop: bytes, pause: threading.Event) -> Behaviour:
    """Sends `head`, and then `drop` again and again, a little later each time, until the client goes or `pause` is set."""

    def behave(_: Asked, connection: socket.socket) -> None:
        connection.sendall(head)
        while not pause.wait(0.02):
            connection.sendall(drop)

    return behave


def reset(head: bytes = b"") -> Behaviour:
    """Sends `head` and resets the connection."""

    def behave(_: Asked, connection: socket.socket) -> None:
        if head:
            connection.sendall(head)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        connection.close()

    return behave
