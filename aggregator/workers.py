"""Running work on foreign bytes where it can be stopped: in a process of its own, within seconds and megabytes.

No parser is trusted to end. What exceeds its time is killed with its process, and the source is told about; the others
go on. Such processes keep the other cores busy while requests are in flight, and while pages are published. Each has
a thread here that hands it one piece of work after the other: the loop of events may be a tenth of a second away, which
is as long as ten pieces take.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from itertools import count
from queue import PriorityQueue
from threading import Thread
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar

from aggregator.model import WorkStoppedError
from aggregator.worker import Worker

P = ParamSpec("P")
Result = TypeVar("Result")

SECONDS = 20.0
AT_ONCE = 2
PATIENCE = 0.4
"""Seconds that work waits before another process is started for it: about what one needs until it can do anything."""
FOR_FEEDS = "aggregator.parse.any_feed", "aggregator.prepare", "aggregator.normalise.clean"
"""What nearly all work needs that a run sends."""
SOON, WHEN_IDLE, AT_LAST = range(3)
"""When a task has its turn."""
NUMBERS = count()


@dataclass(order=True, slots=True)
class Task:
    """A piece of work, and who waits for it."""

    turn: int
    work: Any = field(compare=False)
    number: int = field(default_factory=NUMBERS.__next__)
    answer: Future[Any] = field(default_factory=Future, compare=False)


class Workers:
    """A few processes: one that is started when the first work comes, others when work waits; they end with the run."""

    def __init__(self, seconds: float = SECONDS, at_once: int = AT_ONCE, patience: float = PATIENCE) -> None:
        self.seconds = seconds
        self.patience = patience
        self.tasks: PriorityQueue[Task] = PriorityQueue()
        self.all = [Worker() for _ in range(at_once)]
        self.threads: list[Thread] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self.all:
            worker.end()
        for _ in self.threads:
            self.tasks.put(Task(AT_LAST, None))
        for thread in self.threads:
            thread.join()
        for worker in self.all:
            worker.stop()

    def begin(self) -> None:
        """Start a process, and have it load what it needs, while the work for it is still being put together."""
        self.all[0].begin(FOR_FEEDS)

    def keep_one(self) -> None:
        """Stop all processes but the first: for the memory that they take. There may be no work for them."""
        for worker in self.all[1:]:
            worker.end()
        del self.all[1:]

    async def work(self, function: Callable[P, Result], *arguments: P.args, **named: P.kwargs) -> Result:
        """`function(*arguments)`, run elsewhere. Raises WorkStoppedError when it took too long or died."""
        answer = self.submit(function, *arguments, **named)
        waits = asyncio.get_running_loop().call_later(self.patience, self.lose_patience, answer)
        try:
            return await asyncio.wrap_future(answer)
        finally:
            waits.cancel()

    def submit(self, function: Callable[P, Result], *arguments: P.args, **named: P.kwargs) -> Future[Result]:
        """The same, for who does not wait for it here."""
        return self.put(Task(SOON, (function, arguments, named)))

    def when_idle(self, function: Callable[P, Result], *arguments: P.args, **named: P.kwargs) -> Future[Result]:
        """The same, as soon as there is nothing else to do."""
        return self.put(Task(WHEN_IDLE, (function, arguments, named)))

    def make(self, function: Callable[P, Result], *arguments: P.args, **named: P.kwargs) -> Callable[[], Result]:
        """The same, for who has to have it: what is returned waits for it. What fails elsewhere is done here."""
        answer = self.submit(function, *arguments, **named)

        def made() -> Result:
            try:
                return answer.result()
            except Exception:  # whatever it is, it will say why when it fails here, too
                return function(*arguments, **named)

        return made

    def put(self, task: Task) -> Future[Any]:
        self.tasks.put(task)
        if not self.threads:
            self.start_another()
        return task.answer

    def lose_patience(self, answer: Future[Any]) -> None:
        if not (answer.running() or answer.done()):
            self.start_another()

    def start_another(self) -> None:
        """Have one process more at work, if there may be one."""
        if len(self.threads) < len(self.all):
            worker = self.all[len(self.threads)]
            self.threads.append(Thread(target=self.hand_over, args=(worker,), daemon=True))
            self.threads[-1].start()

    def hand_over(self, worker: Worker) -> None:
        """Give `worker` one task after the other, until it has ended."""
        while (task := self.tasks.get()).turn != AT_LAST:
            if worker.ended:
                self.tasks.put(task)  # it came while the process was stopped: others do it
                return
            if not task.answer.set_running_or_notify_cancel():
                continue
            try:
                done, value = worker.run(task.work, self.seconds)
            except Exception as error:
                task.answer.set_exception(error)
            else:
                task.answer.set_result(value) if done else task.answer.set_exception(WorkStoppedError(value))
