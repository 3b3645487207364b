"""Running work on foreign bytes where it can be stopped: in a process of its own, within seconds and megabytes.

No parser is trusted to end. What exceeds its time is killed with its process, and the source is told about; the others
go on. Two such processes keep both cores busy while requests are in flight.
"""

from __future__ import annotations

import asyncio
import pickle
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, ParamSpec, Self, TypeVar

from aggregator.model import WorkStoppedError
from aggregator.working import PROTOCOL

P = ParamSpec("P")
Result = TypeVar("Result")

SECONDS = 20.0
AT_ONCE = 2
PATIENCE = 0.4
"""Seconds that work waits before another process is started for it: about what one needs until it can do anything."""
FOR_FEEDS = "aggregator.parse.feed", "aggregator.prepare", "aggregator.normalise.clean"
"""What nearly all work needs that a run sends."""


class Workers:
    """A few processes: one that is started when the first work comes, others when work waits; they end with the run."""

    def __init__(self, seconds: float = SECONDS, at_once: int = AT_ONCE, patience: float = PATIENCE) -> None:
        self.seconds = seconds
        self.patience = patience
        self.all = [Worker() for _ in range(at_once)]
        self.free: asyncio.LifoQueue[Worker] = asyncio.LifoQueue()
        self.further = self.all[1:]
        self.free.put_nowait(self.all[0])

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self.all:
            worker.stop()

    def begin(self) -> None:
        """Start a process, and have it load what it needs, while the work for it is still being put together."""
        if self.all[0].process is None:
            self.all[0].start(FOR_FEEDS)

    async def work(self, function: Callable[P, Result], *arguments: P.args, **named: P.kwargs) -> Result:
        """`function(*arguments)`, run elsewhere. Raises WorkStoppedError when it took too long or died."""
        waits = asyncio.get_running_loop().call_later(self.patience, self.start_another)
        try:
            worker = await self.free.get()
        finally:
            waits.cancel()
        try:
            done, value = await worker.run((function, arguments, named), self.seconds)
        finally:
            self.free.put_nowait(worker)
        if not done:
            raise WorkStoppedError(value)
        result: Result = value
        return result

    def start_another(self) -> None:
        if self.further:
            self.free.put_nowait(self.further.pop())


class Worker:
    """One process and the socket to it; started anew after it had to be killed."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self.socket: socket.socket | None = None
        self.answers: BinaryIO | None = None

    async def run(self, task: Any, seconds: float) -> tuple[bool, Any]:
        """Whether the task was done, and its result or why not."""
        if self.process is None or self.process.poll() is not None:
            self.start()
        assert self.socket is not None  # noqa: S101  (narrowing only)
        assert self.answers is not None  # noqa: S101
        loop = asyncio.get_running_loop()
        answered = loop.create_future()
        handle = self.socket.fileno()

        def ready() -> None:
            if not answered.done():
                answered.set_result(None)

        loop.add_reader(handle, ready)
        try:
            self.socket.sendall(pickle.dumps(task, PROTOCOL))
            await asyncio.wait_for(answered, seconds)
            done, value = pickle.load(self.answers)  # noqa: S301  (from a process that this one started)
        except TimeoutError:
            self.stop()
            return False, f"reading it took more than {seconds:g} seconds"
        except (EOFError, OSError, pickle.UnpicklingError):
            self.stop()
            return False, "reading it took more memory than it may have"
        finally:
            loop.remove_reader(handle)
        return done, value

    def start(self, modules: Sequence[str] = ()) -> None:
        """A Python that loads `modules` and what it is sent, but neither the command line nor what `site` looks for."""
        self.stop()
        ours, theirs = socket.socketpair()
        path = [*sys.path, str(Path(__file__).parents[1])]
        serving = f"from aggregator.working import serve; serve({theirs.fileno()}, {modules!r})"
        program = f"import sys; sys.path[:] = {path!r}; {serving}"
        with theirs:
            command = [sys.executable, "-S", "-c", program]
            self.process = subprocess.Popen(  # noqa: S603  (this very Python)
                command, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()]
            )
        self.socket, self.answers = ours, ours.makefile("rb")

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        if self.socket is not None and self.answers is not None:
            self.answers.close()
            self.socket.close()
        self.process = self.socket = self.answers = None
