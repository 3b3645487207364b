"""Whole runs of the program in forks of a process that has loaded its modules and done nothing else.

A run with news takes 0.6 seconds of work in a test, and 0.2 in a fork; one without takes 0.17, and 0.03. The rest goes
into loading modules, the same ones each time. A fork is a process like any other, with its own arguments, folder,
environment and output, in which nothing has been called yet. It is not for what a start itself does: what a command
loads, and how it is stopped before it has begun.
"""

from __future__ import annotations

import atexit
import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from itertools import cycle
from pathlib import Path

PROJECT = Path(__file__).parent.parent
READ_AT_START = re.compile("PYTHON|LC_|LANG|LD_|TZ")
"""Beginnings of variables that Python reads before it runs anything: with others than here, a process is started."""
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(PROJECT)}
"""Of the loaded processes; tests that change their own do so later."""
SECONDS = 120


class Fork:
    """A run that goes on: as much of subprocess.Popen as tests ask for, with text."""

    def __init__(self, arguments: Sequence[str], folder: Path, environment: dict[str, str], stderr: int | None) -> None:
        """What it complains of goes to `stderr`, or is told by `communicate`."""
        self.args = [sys.executable, "-m", "aggregator", *arguments]
        request = json.dumps([arguments, str(folder), environment]).encode()
        (self.output, its_output), (self.errors, its_errors), (end, its_end) = os.pipe(), os.pipe(), os.pipe()
        handles = [its_output, its_errors if stderr is None else stderr, its_end]
        socket.send_fds(next(loaded()), [request], handles)
        for handle in (its_output, its_errors, its_end):
            os.close(handle)
        self.end = os.fdopen(end)
        self.pid = int(self.end.readline())
        self.returncode: int | None = None

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def communicate(self, timeout: float) -> tuple[str, str]:
        """What it printed and what it complained of, when it ended. Raises TimeoutExpired."""
        with ThreadPoolExecutor() as pool, self.end:
            output, errors = pool.submit(read, self.output), pool.submit(read, self.errors)
            if not select.select([self.end], [], [], timeout)[0]:
                self.kill()
                raise subprocess.TimeoutExpired(self.args, timeout)
            self.returncode = int(self.end.readline())
            return output.result(), errors.result()


def run(arguments: Sequence[str], folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """`python -m aggregator` with `arguments` in `folder` until it ends. Raises TimeoutExpired as subprocess.run does."""
    if read_at_start(environment) != read_at_start(ENVIRONMENT):
        return started(arguments, folder, environment)
    fork = Fork(arguments, folder, environment, None)
    output, errors = fork.communicate(SECONDS)
    assert fork.returncode is not None
    return subprocess.CompletedProcess(fork.args, fork.returncode, output, errors)


def started(arguments: Sequence[str], folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """The same, started as users start it."""
    command = [sys.executable, "-m", "aggregator", *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
    )


def read_at_start(environment: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if READ_AT_START.match(name)}


def read(handle: int) -> str:
    with os.fdopen(handle, encoding="utf-8") as text:
        return text.read()


@cache
def loaded() -> cycle[socket.socket]:
    """The ends of two loaded processes, in turn: hashes of text differ between them as they do from start to start."""
    return cycle([a_loaded_process() for _ in range(2)])


def a_loaded_process() -> socket.socket:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.loaded", str(theirs.fileno())],
            cwd=PROJECT, env=ENVIRONMENT, pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        )  # fmt: skip
    atexit.register(process.wait)
    atexit.register(ours.close)
    return ours
