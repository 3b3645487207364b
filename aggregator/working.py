"""The other end of worker.py: a process that does what it is sent, and has loaded hardly anything else."""

from __future__ import annotations

import gc
import importlib
import os
import pickle
import resource
import signal
from collections.abc import Iterable

MEGABYTES = 1_500
"""Of memory that it may take."""
PROTOCOL = 5
"""Of pickle: the newest that every Python here knows."""

NICE = 10
"""By how much it steps back for the run, which all such processes wait for: with two cores for three processes, the run
otherwise has two thirds of one, and is done with what they made when they have nothing left to do."""
SOMETIMES = 10_000, 5, 5
"""How often Python looks for what refers to itself in a circle: readers of feeds leave such things behind."""


def serve(handle: int, modules: Iterable[str] = ()) -> None:
    """Do what comes through the socket `handle` until it closes; load `modules` while nothing has come."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.set_threshold(*SOMETIMES)
    os.nice(NICE)
    resource.setrlimit(resource.RLIMIT_AS, (MEGABYTES * 1_000_000, MEGABYTES * 1_000_000))
    load(modules)
    gc.freeze()
    with open(handle, "rb") as tasks:
        while True:
            try:
                function, arguments, named = pickle.load(tasks)  # noqa: S301  (from the process that started this one)
            except (EOFError, ConnectionError, pickle.UnpicklingError):  # the run ended, or was killed
                return
            try:
                answer = pickle.dumps((True, function(*arguments, **named)), PROTOCOL)
            except MemoryError:
                answer = pickle.dumps((False, "reading it took more memory than it may have"), PROTOCOL)
            except Exception as error:
                failure = f"the program itself failed on it ({type(error).__name__}: {error}); please report this"
                answer = pickle.dumps((False, failure), PROTOCOL)
            try:
                send(handle, answer)
            except ConnectionError:
                return


def load(modules: Iterable[str]) -> None:
    """Load them before they are needed."""
    for module in modules:
        importlib.import_module(module)


def send(handle: int, answer: bytes) -> None:
    rest = memoryview(answer)
    while rest:
        rest = rest[os.write(handle, rest) :]
