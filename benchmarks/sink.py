"""A mail server that takes everything, as lean as Python allows, in a process of its own.

`python -m benchmarks.sink SECONDS` prints its port, answers each message after so many seconds, and ends when its
standard input does.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

PAUSE = float(sys.argv[1]) if __name__ == "__main__" else 0.0


class Session(asyncio.Protocol):
    """SMTP with pipelining: as many answers as there were commands, and one for each message."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.rest = b""
        self.in_message = False
        transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self.rest += data
        while True:
            if self.in_message:
                if self.rest.endswith(b"\r\n.\r\n"):
                    self.rest, self.in_message = b"", False
                    if PAUSE:
                        asyncio.get_running_loop().call_later(PAUSE, self.transport.write, b"250 taken\r\n")
                    else:
                        self.transport.write(b"250 taken\r\n")
                return
            line, ended, rest = self.rest.partition(b"\r\n")
            if not ended:
                return
            self.rest = rest
            verb = line[:4].upper()
            if verb == b"DATA":
                self.in_message = True
                self.transport.write(b"354 go on\r\n")
            elif verb == b"EHLO":
                self.transport.write(b"250-sink\r\n250 PIPELINING\r\n")
            elif verb == b"QUIT":
                self.transport.write(b"221 bye\r\n")
                self.transport.close()
                return
            else:
                self.transport.write(b"250 ok\r\n")


async def serve() -> None:
    server = await asyncio.get_running_loop().create_server(Session, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


@contextmanager
def a_sink(seconds: float = 0.0) -> Iterator[int]:
    """The port of a sink that runs meanwhile, and takes so long for each message."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.sink", str(seconds)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.stdin.close()
        process.wait()


if __name__ == "__main__":
    asyncio.run(serve())
