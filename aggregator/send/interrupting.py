"""Being told to stop while mails go out: by Ctrl-C, or by SIGTERM."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def interruptible(stop: Callable[[str], None], issue: str) -> Iterator[None]:
    """Ctrl-C and SIGTERM call `stop` with a sentence.

    A second one ends the program, and what was being given is in doubt.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def asked(number: int, frame: object) -> None:
        stop(f"Stopped by {signal.Signals(number).name}; `aggregator send {issue}` goes on.")
        signal.signal(number, before[signal.Signals(number)])

    for number in before:
        signal.signal(number, asked)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
