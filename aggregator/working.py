"""The other end of workers.py: a process that does what it is sent, and has loaded nothing else."""

from __future__ import annotations

import os
import resource
import signal
from multiprocessing.connection import Connection

MEGABYTES = 1_500
"""Of memory that it may take."""


def serve(handle: int) -> None:
    """Do what comes through the pipe `handle` until it closes."""
    pipe = Connection(handle)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(1)
    resource.setrlimit(resource.RLIMIT_AS, (MEGABYTES * 1_000_000, MEGABYTES * 1_000_000))
    while True:
        try:
            function, arguments, named = pipe.recv()
        except (EOFError, ConnectionError):  # the run ended, or was killed
            return
        try:
            answer = True, function(*arguments, **named)
        except MemoryError:
            answer = False, "reading it took more memory than it may have"
        except Exception as error:
            answer = False, f"the program itself failed on it ({type(error).__name__}: {error}); please report this"
        try:
            pipe.send(answer)
        except ConnectionError:
            return
