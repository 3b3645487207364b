"""Listening at an address, and serving whoever comes there until told to stop. Handlers run in threads."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from aggregator.serve.client import HEAD_BYTES, Client

if TYPE_CHECKING:
    from aggregator.serve.front import Front

CONNECTIONS = 200
THREADS = 8
GRACE_SECONDS = 10.0
"""For the answers under way, once the server was told to stop."""


class AddressError(Exception):
    """The address cannot be listened at."""


def listening(host: str, port: int) -> socket.socket:
    """A socket that accepts connections at an address; port 0 finds a free one. Raises AddressError with a sentence."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][0]
        return socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        told = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        message = f"cannot serve at {host} port {port}: {told}; choose another with --host, --port"
        raise AddressError(message) from error


def run(front: Front, listener: socket.socket, log: Callable[[str], None] | None = None) -> None:
    """Serve until SIGTERM or SIGINT; then finish the answers under way, and return."""

    async def until_told() -> None:
        stop = asyncio.Event()
        for told in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(told, stop.set)
        await serve(front, listener, stop, log)

    asyncio.run(until_told())


async def serve(
    front: Front, listener: socket.socket, stop: asyncio.Event, log: Callable[[str], None] | None = None
) -> None:
    """Serve at `listener` until `stop` is set."""
    threads = ThreadPoolExecutor(THREADS, thread_name_prefix="answer")
    open_now: dict[asyncio.Task[None], Client] = {}

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = Client(front, reader, writer, threads, log, stop)
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  (narrowing only)
        open_now[task] = client
        try:
            await client.talk(crowded=len(open_now) > CONNECTIONS)
            await client.part()
        finally:
            del open_now[task]
            writer.close()

    server = await asyncio.start_server(accept, sock=listener, limit=HEAD_BYTES)
    await stop.wait()
    server.close()
    for task, client in list(open_now.items()):
        if client.idle:
            task.cancel()
    if open_now:
        await asyncio.wait(list(open_now), timeout=GRACE_SECONDS)
    threads.shutdown(wait=False, cancel_futures=True)
