"""Whole runs of the program in forks of a process that has loaded its modules and done nothing else.

Of the 0.5 seconds of work that a run takes in a test, 0.4 go into loading modules, the same ones each time. A fork is a
process like any other, with its own arguments, folder, environment and output, in which nothing has been called yet. It
is not for what a start itself does: what a command loads, and how it is stopped before it has begun.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import pkgutil
import re
import runpy
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from itertools import cycle
from pathlib import Path

PROJECT = Path(__file__).parent.parent
READ_AT_START = re.compile("PYTHON|LC_|LANG|LD_|TZ")
"""Beginnings of variables that Python reads before it runs anything: with others than here, a process is started."""
SECONDS = 120
LARGEST = 1 << 17
"""Bytes of a request, most of which is the environment."""


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
    if read_at_start(environment) != read_at_start(dict(os.environ) | {"PYTHONPATH": str(PROJECT)}):
        command = [sys.executable, "-m", "aggregator", *arguments]
        return subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    fork = Fork(arguments, folder, environment, None)
    output, errors = fork.communicate(SECONDS)
    assert fork.returncode is not None
    return subprocess.CompletedProcess(fork.args, fork.returncode, output, errors)


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
            [sys.executable, "-m", "tests.program", str(theirs.fileno())],
            cwd=PROJECT, env={**os.environ, "PYTHONPATH": str(PROJECT)}, pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        )  # fmt: skip
    atexit.register(process.wait)
    atexit.register(ours.close)
    return ours


def load() -> None:
    """Import every room of the program, and what its functions import when they are called."""
    import aggregator

    for room in pkgutil.walk_packages(aggregator.__path__, "aggregator."):
        if not room.name.endswith("__main__"):
            importlib.import_module(room.name)
    for file in Path(aggregator.__path__[0]).rglob("*.py"):
        for statement in re.findall(r"^ +((?:from \S+ )?import (?:\([^)]*\)|.+))$", file.read_text("utf-8"), re.M):
            with suppress(ImportError, SyntaxError):  # for type checkers only; or prose
                exec(statement, {})


def serve(control: socket.socket) -> tuple[list[str], str, dict[str, str]] | None:
    """Fork at each request. In the fork: what was requested. Here: None, when nobody will ask any more."""
    poll = select.poll()
    poll.register(control, select.POLLIN)
    running: dict[int, tuple[int, int]] = {}
    while True:
        for handle, _ in poll.poll():
            if handle in running:
                process, end = running.pop(handle)
                os.write(end, b"%d\n" % os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]))
                poll.unregister(handle)
                os.close(handle)
                os.close(end)
                continue
            request, handles, _, _ = socket.recv_fds(control, LARGEST, 3)
            if not request:
                return None
            output, errors, end = handles
            process = os.fork()
            if process == 0:
                control.close()
                os.dup2(output, 1)
                os.dup2(errors, 2)
                os.closerange(3, os.sysconf("SC_OPEN_MAX"))
                arguments, folder, environment = json.loads(request)
                return arguments, folder, environment
            os.write(end, b"%d\n" % process)
            os.close(output)
            os.close(errors)
            watched = os.pidfd_open(process)
            running[watched] = process, end
            poll.register(watched, select.POLLIN)


def main() -> None:
    """A loaded process, until the other end of the socket is closed."""
    load()
    assert threading.active_count() == len(list(Path("/proc/self/task").iterdir())) == 1, "a fork would lack a thread"
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of the one who tests: it ends with the tests
    asked = serve(socket.socket(fileno=int(sys.argv[1])))
    if asked is None:
        return
    signal.signal(signal.SIGINT, signal.default_int_handler)
    arguments, folder, environment = asked
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.path[0], sys.argv[1:] = folder, arguments
    try:
        runpy.run_module("aggregator", run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if not isinstance(end.code, int):
            raise
        leave(end.code)


def leave(status: int) -> None:
    """End as Python does, but for taking every module apart: that writes on all of its memory, which is copied then."""
    threading._shutdown()  # type: ignore[attr-defined]  # what Python itself calls here has no public name
    atexit._run_exitfuncs()
    gc.collect()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    main()
