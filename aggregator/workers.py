"""Running work on foreign bytes where it can be stopped: in a process of its own, within seconds and megabytes.

No parser is trusted to end. What exceeds its time is killed with its process, and the source is told about; the others
go on. Such processes keep the other cores busy while requests are in flight. Each has a thread here that hands it one
piece of work after the other: the loop of events may be a tenth of a second away, which is as long as ten pieces take.
"""

from __future__ import annotations

import asyncio
import pickle
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from threading import Lock, Thread
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
FOR_FEEDS = "aggregator.parse.any_feed", "aggregator.prepare", "aggregator.normalise.clean"
"""What nearly all work needs that a run sends."""


@dataclass(eq=False, slots=True)
class Task:
    """A piece of work, and who waits for it."""

    work: Any
    answer: asyncio.Future[tuple[bool, Any]]
    begun: bool = False


class Workers:
    """A few processes: one that is started when the first work comes, others when work waits; they end with the run."""

    def __init__(self, seconds: float = SECONDS, at_once: int = AT_ONCE, patience: float = PATIENCE) -> None:
        self.seconds = seconds
        self.patience = patience
        self.tasks: SimpleQueue[Task | None] = SimpleQueue()
        self.all = [Worker() for _ in range(at_once)]
        self.threads: list[Thread] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self.all:
            worker.end()
        for _ in self.threads:
            self.tasks.put(None)
        for thread in self.threads:
            thread.join()
        for worker in self.all:
            worker.stop()

    def begin(self) -> None:
        """Start a process, and have it load what it needs, while the work for it is still being put together."""
        self.all[0].begin(FOR_FEEDS)

    async def work(self, function: Callable[P, Result], *arguments: P.args, **named: P.kwargs) -> Result:
        """`function(*arguments)`, run elsewhere. Raises WorkStoppedError when it took too long or died."""
        loop = asyncio.get_running_loop()
        task = Task((function, arguments, named), loop.create_future())
        self.tasks.put(task)
        if not self.threads:
            self.start_another()
        waits = loop.call_later(self.patience, self.lose_patience, task)
        try:
            done, value = await task.answer
        finally:
            waits.cancel()
        if not done:
            raise WorkStoppedError(value)
        result: Result = value
        return result

    def lose_patience(self, task: Task) -> None:
        if not task.begun:
            self.start_another()

    def start_another(self) -> None:
        """Have one process more at work, if there may be one."""
        if len(self.threads) < len(self.all):
            worker = self.all[len(self.threads)]
            self.threads.append(Thread(target=self.hand_over, args=(worker,), daemon=True))
            self.threads[-1].start()

    def hand_over(self, worker: Worker) -> None:
        """Give `worker` one task after the other, until it has ended."""
        while (task := self.tasks.get()) is not None and not worker.ended:
            task.begun = True
            if task.answer.cancelled():
                continue
            try:
                told: tuple[bool, Any] | Exception = worker.run(task.work, self.seconds)
            except Exception as error:
                told = error
            with suppress(RuntimeError):  # the loop was closed: nobody waits any more
                task.answer.get_loop().call_soon_threadsafe(tell, task.answer, told)


def tell(answer: asyncio.Future[tuple[bool, Any]], told: tuple[bool, Any] | Exception) -> None:
    if answer.done():
        return
    if isinstance(told, Exception):
        answer.set_exception(told)
    else:
        answer.set_result(told)


class Worker:
    """One process and the socket to it; started anew after it had to be killed."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self.socket: socket.socket | None = None
        self.answers: BinaryIO | None = None
        self.lock = Lock()
        """Held by who starts the process or ends it."""
        self.ended = False

    def begin(self, modules: Sequence[str] = ()) -> None:
        """Start the process, unless it runs."""
        with self.lock:
            if not self.ended and (self.process is None or self.process.poll() is not None):
                self.start(modules)

    def end(self) -> None:
        """Stop the process for good, in the middle of its work if need be."""
        with self.lock:
            self.ended = True
            if self.process is not None:
                self.process.kill()

    def run(self, task: Any, seconds: float) -> tuple[bool, Any]:
        """Whether the task was done, and its result or why not."""
        self.begin()
        if self.socket is None or self.answers is None:
            return False, "the run ended"
        sent = pickle.dumps(task, PROTOCOL)
        try:
            self.socket.settimeout(seconds)
            self.socket.sendall(sent)
            done, value = pickle.load(self.answers)  # noqa: S301  (from a process that this one started)
        except TimeoutError:
            self.stop()
            return False, f"reading it took more than {seconds:g} seconds"
        except (EOFError, OSError, pickle.UnpicklingError):
            self.stop()
            return False, "reading it took more memory than it may have"
        except Exception:
            self.stop()  # what is left of its answer would pass for the next one
            raise
        return done, value

    def start(self, modules: Sequence[str]) -> None:
        """A Python that loads `modules` and what it is sent, but neither the command line nor what `site` looks for."""
        self.let_go()
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
        """Stop the process; the next work starts another."""
        with self.lock:
            self.let_go()

    def let_go(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        if self.socket is not None and self.answers is not None:
            self.answers.close()
            self.socket.close()
        self.process = self.socket = self.answers = None
