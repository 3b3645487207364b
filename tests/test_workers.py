"""Work on foreign bytes ends in time and within its memory, and the next work goes on."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from aggregator.model import WorkStoppedError
from aggregator.workers import Workers


def endless() -> None:
    while True:
        time.sleep(0.01)


def greedy() -> int:
    return len(bytearray(4_000_000_000))


def dying() -> None:
    os._exit(3)


def failing() -> None:
    raise ValueError("kaput")


def unsendable() -> object:
    return lambda: None


def large(size: int) -> bytes:
    return bytes(size)


def only_in(process: int) -> int:
    assert os.getpid() == process
    return process


def called(function: Callable[[], int]) -> int:
    return function()


def double(number: int) -> int:
    return 2 * number


def meeting(mine: str, others: str) -> bool:
    """Ends when another work has begun."""
    Path(mine).touch()
    while not Path(others).exists():
        time.sleep(0.01)
    return True


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (endless, "more than 0.5 seconds"),
        (greedy, "more memory"),
        (dying, "more memory"),
        (failing, "ValueError: kaput"),
        (unsendable, "please report"),
    ],
)
def test_work_that_does_not_end_well_is_stopped_and_the_next_goes_on(bad: object, words: str) -> None:
    async def run() -> int:
        with Workers(seconds=30.0, at_once=1) as workers:
            assert await workers.work(double, 1) == 2
            workers.seconds = 0.5
            with pytest.raises(WorkStoppedError, match=words):
                await workers.work(bad)  # type: ignore[arg-type]  # one of the functions above
            workers.seconds = 30.0
            return await workers.work(double, 21)

    assert asyncio.run(run()) == 42


def test_work_is_done_side_by_side() -> None:
    async def run() -> list[int]:
        with Workers(at_once=2) as workers:
            return list(await asyncio.gather(*(workers.work(double, number) for number in range(20))))

    assert asyncio.run(run()) == [2 * number for number in range(20)]


def test_a_result_of_any_size_comes_back_whole() -> None:
    async def run() -> int:
        with Workers(at_once=1) as workers:
            return len(await workers.work(large, 20_000_000))

    assert asyncio.run(run()) == 20_000_000


def test_work_that_waits_gets_a_process_of_its_own(tmp_path: Path) -> None:
    one, other = str(tmp_path / "one"), str(tmp_path / "other")

    async def run() -> list[bool]:
        with Workers(at_once=2) as workers:
            return list(await asyncio.gather(workers.work(meeting, one, other), workers.work(meeting, other, one)))

    assert asyncio.run(run()) == [True, True]


def test_work_that_waits_little_is_done_by_the_process_that_was_begun() -> None:
    async def run() -> tuple[set[int], int]:
        with Workers(at_once=2, patience=60.0) as workers:
            workers.begin()
            begun = workers.all[0].process
            assert begun is not None
            workers.begin()
            return set(await asyncio.gather(*(workers.work(os.getpid) for _ in range(10)))), begun.pid

    done, begun = asyncio.run(run())
    assert done == {begun}


def test_what_can_wait_is_done_when_nothing_else_is_to_be_done(tmp_path: Path) -> None:
    with Workers(at_once=1) as workers:
        held = workers.submit(meeting, str(tmp_path / "one"), str(tmp_path / "other"))
        while not (tmp_path / "one").exists():
            time.sleep(0.01)
        last = workers.when_idle(time.monotonic)
        soon = workers.submit(time.monotonic)
        (tmp_path / "other").touch()
        assert held.result()
        assert soon.result() < last.result()


def test_what_is_made_elsewhere_comes_from_there_and_from_here_where_that_fails() -> None:
    with Workers(at_once=1) as workers:
        assert workers.make(os.getpid)() == workers.all[0].process.pid  # type: ignore[union-attr]  # it was started
        assert workers.make(only_in, os.getpid())() == os.getpid()
        assert workers.make(called, lambda: 7)() == 7, "what does not travel is no loss"
        with pytest.raises(ValueError, match="kaput"):
            workers.make(failing)()


def test_of_the_processes_one_is_kept_and_goes_on(tmp_path: Path) -> None:
    one, other = str(tmp_path / "one"), str(tmp_path / "other")

    async def run() -> list[bool]:
        return list(await asyncio.gather(workers.work(meeting, one, other), workers.work(meeting, other, one)))

    with Workers(at_once=2, patience=0.0) as workers:
        asyncio.run(run())
        kept, let_go = [worker.process for worker in workers.all]
        workers.keep_one()
        assert {workers.submit(os.getpid).result() for _ in range(10)} == {kept.pid}  # type: ignore[union-attr]  # it runs
        assert let_go.wait() < 0  # type: ignore[union-attr]  # it ran
