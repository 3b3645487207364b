"""One process for work on foreign bytes, and the socket to it; working.py is what it runs."""

from __future__ import annotations

import pickle
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO

from aggregator.working import PROTOCOL


class Worker:
    """Started when it is first needed, and anew after it had to be killed."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self.socket: socket.socket | None = None
        self.answers: BinaryIO | None = None
        self.lock = Lock()
        """Held by who starts the process or ends it."""
        self.ended = False

    def begin(self, modules: Sequence[str] = ()) -> None:
        """Start the process, unless it runs."""
        with self.lock:
            if not self.ended and (self.process is None or self.process.poll() is not None):
                self.start(modules)

    def end(self) -> None:
        """Stop the process for good, in the middle of its work if need be."""
        with self.lock:
            self.ended = True
            if self.process is not None:
                self.process.kill()

    def run(self, task: Any, seconds: float) -> tuple[bool, Any]:
        """Whether the task was done, and its result or why not."""
        self.begin()
        if self.socket is None or self.answers is None:
            return False, "the run ended"
        sent = pickle.dumps(task, PROTOCOL)
        try:
            self.socket.settimeout(seconds)
            self.socket.sendall(sent)
            done, value = pickle.load(self.answers)  # noqa: S301  (from a process that this one started)
        except TimeoutError:
            self.stop()
            return False, f"reading it took more than {seconds:g} seconds"
        except (EOFError, OSError, pickle.UnpicklingError):
            self.stop()
            return False, "reading it took more memory than it may have"
        except Exception:
            self.stop()  # what is left of its answer would pass for the next one
            raise
        return done, value

    def start(self, modules: Sequence[str]) -> None:
        """A Python that loads `modules` and what it is sent, but neither the command line nor what `site` looks for."""
        self.let_go()
        ours, theirs = socket.socketpair()
        path = [*sys.path, str(Path(__file__).parents[1])]
        serving = f"from aggregator.working import serve; serve({theirs.fileno()}, {modules!r})"
        program = f"import sys; sys.path[:] = {path!r}; {serving}"
        with theirs:
            command = [sys.executable, "-S", "-c", program]
            self.process = subprocess.Popen(  # noqa: S603  (this very Python)
                command, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()]
            )
        self.socket, self.answers = ours, ours.makefile("rb")

    def stop(self) -> None:
        """Stop the process; the next work starts another."""
        with self.lock:
            self.let_go()

    def let_go(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        if self.socket is not None and self.answers is not None:
            self.answers.close()
            self.socket.close()
        self.process = self.socket = self.answers = None
