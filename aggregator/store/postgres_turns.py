"""Turns of the writers of one publication, waited for in a session of their own while all else goes on."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import Any, Generic, Protocol, TypeVar

from aggregator.store.database import Result

SECONDS_OF_A_TURN = 0.1
"""After so long others have theirs, and what waits here waits for the next."""


class TakesTurns(Protocol):
    """A session that can wait for its turn to write, have it, and end it."""

    def take_turn(self) -> None: ...

    def end_turn(self) -> None: ...

    def close(self) -> None: ...


Own = TypeVar("Own", bound=TakesTurns)


class Turns(Generic[Own]):
    """What waits for a turn; its session is opened with the first."""

    def __init__(self, opened: Callable[[], Own]) -> None:
        self.opened = opened
        self.own: Own | None = None
        self.waiter: ThreadPoolExecutor | None = None
        self.waiting: deque[tuple[Callable[[Own], Any], asyncio.Future[Any]]] = deque()
        self.taking: asyncio.Task[None] | None = None

    async def one(self, work: Callable[[Own], Result]) -> Result:
        """The result of `work`, given the session when it has its turn."""
        done: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self.waiting.append((work, done))
        if self.taking is None:
            self.taking = asyncio.create_task(self.take_turns())
        return await done

    async def take_turns(self) -> None:
        """Do what waits for a turn: in every turn all of it, if it is not too much."""
        try:
            while self.waiting:
                if self.own is None:
                    self.own, self.waiter = self.opened(), ThreadPoolExecutor(1)
                await asyncio.get_running_loop().run_in_executor(self.waiter, self.own.take_turn)
                until = monotonic() + SECONDS_OF_A_TURN
                try:
                    while self.waiting and monotonic() < until:
                        answer(*self.waiting.popleft(), self.own)
                finally:
                    self.own.end_turn()
        except Exception as error:
            for _, done in self.waiting:
                if not done.done():
                    done.set_exception(error)
            self.waiting.clear()
        finally:
            self.taking = None

    def close(self) -> None:
        if self.waiter is not None:
            self.waiter.shutdown(wait=False)
        if self.own is not None:
            self.own.close()


def answer(work: Callable[[Own], Result], done: asyncio.Future[Result], own: Own) -> None:
    """Tell who waits what came of `work`."""
    if done.done():  # nobody waits any more
        return
    try:
        done.set_result(work(own))
    except Exception as error:
        done.set_exception(error)
