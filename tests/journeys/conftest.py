"""Whole runs of the program as its users start it: a folder with sources.yaml, a command, an exit status."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests import on_postgresql, program

HERE = Path(__file__).parent
NOW = "2026-11-24T10:00:00Z"


@dataclass(frozen=True)
class Site:
    """A folder with a sources.yaml, and the program run in it."""

    folder: Path

    def configure(self, configuration: str) -> None:
        """Write sources.yaml; where it names no store, the one that tests/conftest.py says."""
        if on_postgresql.SERVER in os.environ and "\nstore:" not in configuration:
            configuration = f"store: {on_postgresql.store_url(self.folder)}\n{configuration}"
        (self.folder / "sources.yaml").write_text(configuration, encoding="utf-8")

    def run(self, *arguments: str, now: str = NOW, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run `aggregator` with `arguments` until it ends: in a fork of a process that has loaded it, or, under
        AGGREGATOR_START=1, as users start it."""
        run = program.started if os.environ.get("AGGREGATOR_START") == "1" else program.run
        return run(arguments, self.folder, self.environment(now) | environment)

    def start(self, *arguments: str, now: str = NOW) -> subprocess.Popen[bytes]:
        """Start `aggregator` with `arguments` and do not wait."""
        command = [sys.executable, "-m", "aggregator", *arguments]
        output = subprocess.DEVNULL
        return subprocess.Popen(command, cwd=self.folder, env=self.environment(now), stdout=output, stderr=output)

    def environment(self, now: str) -> dict[str, str]:
        return {**os.environ, "AGGREGATOR_NOW": now, "PYTHONPATH": str(HERE.parent.parent)}

    @property
    def out(self) -> Path:
        return self.folder / "out"

    def published(self) -> dict[str, bytes]:
        """Every file under out/ with its bytes."""
        files = (path for path in sorted(self.out.rglob("*")) if path.is_file())
        return {str(path.relative_to(self.out)): path.read_bytes() for path in files}


@pytest.fixture
def site(tmp_path: Path) -> Callable[[str], Site]:
    """Makes a folder with the given text as its sources.yaml."""

    def make(configuration: str, name: str = "site") -> Site:
        folder = tmp_path / name
        folder.mkdir(parents=True, exist_ok=True)
        made = Site(folder)
        made.configure(configuration)
        return made

    return make


@dataclass(frozen=True)
class Village:
    """The five blogs on 127.0.0.1:8101-8105, and what was asked of them."""

    log: Path

    def requests(self, since: int = 0) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()[since:]]


@pytest.fixture(scope="session")
def village(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Village]:
    """The village's server. Its ports are fixed: every test that asks for it is in the group `village`, and two runs
    of the tests on one machine wait for each other."""
    server = HERE.parent.parent.parent / "shared" / "village" / "serve.py"
    if not server.is_file():
        pytest.skip("needs the sample blogs in ../shared, which are not here")
    log = tmp_path_factory.mktemp("village") / "requests.jsonl"
    log.touch()
    turn = (Path(tempfile.gettempdir()) / "aggregator-village.lock").open("w")
    fcntl.flock(turn, fcntl.LOCK_EX)
    process = subprocess.Popen([sys.executable, str(server), "--log", str(log)], stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        ready = process.stdout.readline()
        if ready != b"village ready\n":
            pytest.fail("the sample blogs could not be served: is something else on ports 8101-8105?")
        yield Village(log)
    finally:
        process.terminate()
        process.wait()
        turn.close()


@pytest.fixture
def seeds(shared: Path, tmp_path: Path) -> Path:
    """A folder with the seed documents in seeds/ and the sources.yaml that reads them."""
    shutil.copytree(shared / "seeds", tmp_path / "seeds")
    shutil.copy(HERE / "seeds.yaml", tmp_path / "sources.yaml")
    return tmp_path
