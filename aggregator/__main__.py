"""`python -m aggregator`, and the command `aggregator`."""

from __future__ import annotations

import gc
import os
import sys
import threading
from io import TextIOWrapper

from aggregator import RARELY


def start() -> None:
    """Run the command that was asked for, and end the process with its status; 1 when what it told could not be."""
    gc.set_threshold(*RARELY)  # before modules are loaded, which makes many objects that stay
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper) and stream.encoding.casefold() != "utf-8":
            stream.reconfigure(errors="backslashreplace")  # titles hold letters that such a terminal has not
    try:
        from aggregator.cli import main

        main()
    except SystemExit as end:
        if isinstance(end.code, int) and alone() and flushed():
            # All is stored and closed by now. Taking apart thousands of objects, as Python does before it ends, takes a
            # twentieth of a run.
            os._exit(end.code)
        raise
    except KeyboardInterrupt:  # while modules were loaded
        sys.stderr.write("aggregator: stopped before it began.\n")
        sys.exit(130)
    except OSError as error:
        if error.filename is not None:
            sys.exit(f"aggregator: {error}")
        sys.exit(f"aggregator: what this says could not be printed: {error.strerror or error}")


def alone() -> bool:
    """Whether no other thread runs that the end of the program is to wait for."""
    return all(thread.daemon or thread is threading.main_thread() for thread in threading.enumerate())


def flushed() -> bool:
    """Whether all that was printed went out; where it could not, Python tells so as it ends."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError, AttributeError):  # a pipe that nobody reads, a stream that is closed, or none at all
        return False
    return True


if __name__ == "__main__":
    start()
