"""The front in a thread of the test, over real connections, with every request it answered."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aggregator.serve import Front, Handler
from aggregator.serve.server import listening, serve


@dataclass(frozen=True)
class Served:
    url: str
    port: int
    log: list[str] = field(default_factory=list)
    """A line a request: method, path, status, User-Agent."""


def plain_page(status: int, root: str) -> bytes:
    return f"{status} {root}".encode()


@contextmanager
def served(front: Front) -> Iterator[Served]:
    """Answers on a free port of 127.0.0.1 until the test is done with it."""
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()
    with listening("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        found = Served(f"http://127.0.0.1:{port}/", port)
        thread = threading.Thread(
            target=loop.run_until_complete, args=(serve(front, listener, stop, found.log.append),)
        )
        thread.start()
        try:
            yield found
        finally:
            loop.call_soon_threadsafe(stop.set)
            thread.join()
            loop.close()


@contextmanager
def served_folder(out: Path, handlers: Mapping[str, Handler] | None = None) -> Iterator[Served]:
    """A folder, with pages of a word for what is wrong."""
    with served(Front(out, handlers or {}, plain_page)) as found:
        yield found
