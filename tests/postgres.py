"""PostgreSQL for tests: Debian's programs, unprivileged, on loopback, in a folder that is thrown away."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path

PROGRAMS = Path("/usr/lib/postgresql")
USER = "postgres"
"""Whom the server runs as where the tests run as root, which it refuses to."""


def programs() -> Path | None:
    """The folder that holds initdb and pg_ctl; None where there is none."""
    newest = max(PROGRAMS.glob("*/bin"), key=lambda path: int(path.parent.name), default=None)
    found = shutil.which("initdb")
    return newest or (Path(found).resolve().parent if found else None)


class Server:
    """One server and its folder."""

    def __init__(self, programs: Path, folder: Path, *, safe: bool) -> None:
        self.programs = programs
        self.folder = folder
        self.safe = safe
        """Whether it waits for the disk; without, all of it is faster and only a power cut would lose anything."""
        self.port = 0

    @property
    def url(self) -> str:
        """Of the database; `?publication=NAME` is to be added."""
        return f"postgresql://aggregator@127.0.0.1:{self.port}/aggregator"

    def make(self) -> None:
        data = str(self.folder / "data")
        self.program("initdb", "-D", data, "-U", "aggregator", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
        for _ in range(3):
            self.port = free_port()
            if self.start():
                break
        else:
            raise RuntimeError(f"PostgreSQL does not start; {self.folder / 'log'} says why")
        self.program("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "aggregator", "aggregator")

    def start(self) -> bool:
        """Whether it listens now; False when something else took the port meanwhile."""
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": self.folder,
            "max_connections": 200,
            "fsync": "on" if self.safe else "off",
        }
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        command = ("-D", str(self.folder / "data"), "-w", "-l", str(self.folder / "log"), "-o", options, "start")
        return self.program("pg_ctl", *command, check=False) == 0

    def stop(self, mode: str = "fast") -> None:
        """`fast` ends its sessions; `immediate` is how it ends when its machine does."""
        self.program("pg_ctl", "-D", str(self.folder / "data"), "-w", "-m", mode, "stop", check=False)

    def program(self, name: str, *arguments: str, check: bool = True) -> int:
        prefix = ["runuser", "-u", USER, "--"] if getpass.getuser() == "root" else []
        command = [*prefix, str(self.programs / name), *arguments]
        with (self.folder / "programs.log").open("ab") as log:
            return subprocess.run(command, stdout=log, stderr=log, cwd=self.folder, check=check).returncode


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(programs: Path, *, safe: bool = False) -> Iterator[Server]:
    """A server for as long as the context lasts."""
    folder = Path(tempfile.mkdtemp(prefix="aggregator-postgresql-"))
    if getpass.getuser() == "root":
        shutil.chown(folder, USER, USER)
    folder.chmod(0o755)
    server = Server(programs, folder, safe=safe)
    try:
        server.make()
        yield server
    finally:
        server.stop("immediate")
        shutil.rmtree(folder)


def publication_of(folder: Path) -> str:
    """A name for the store that a test keeps in `folder`: short, and another for every folder."""
    return "t" + blake2b(os.fsencode(folder), digest_size=8).hexdigest()
