"""The process that has loaded the program and is forked for each of its runs: the other end of program.py."""

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
import sys
import threading
from contextlib import suppress
from pathlib import Path

LARGEST = 1 << 17
"""Bytes of a request, most of which is the environment."""


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
        for ready, _ in poll.poll():
            if ready in running:
                poll.unregister(ready)
                tell_the_end(ready, *running.pop(ready))
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
                for handle in (*handles, *running, *(others for _, others in running.values())):
                    os.close(handle)
                arguments, folder, environment = json.loads(request)
                return arguments, folder, environment
            os.write(end, b"%d\n" % process)
            os.close(output)
            os.close(errors)
            watched = os.pidfd_open(process)
            running[watched] = process, end
            poll.register(watched, select.POLLIN)


def tell_the_end(watched: int, process: int, end: int) -> None:
    """Write to `end` how `process` ended, unless nobody waits for it any more."""
    status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    with suppress(BrokenPipeError):
        os.write(end, b"%d\n" % status)
    os.close(watched)
    os.close(end)


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
