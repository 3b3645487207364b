"""The examples of how it is run are started for real, as far as one machine goes: units, and what is in the containers."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from ruamel.yaml import YAML

from tests import postgres
from tests.conftest import skip_or_fail

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples" / "deploy"
UNITS = sorted(path for path in EXAMPLES.rglob("*") if path.suffix in (".service", ".timer"))
PROGRAM = Path(sys.executable).parent / "aggregator"
SECONDS = 120
SOURCES_YAML = """
publication: {title: Blogs, url: "https://example.org/", author: {name: Redactie}}
sources:
  - {name: Een, path: een/*.md, site: "https://een.example/", link: "{slug}.html"}
"""


@pytest.fixture
def blogs(tmp_path: Path) -> Path:
    (tmp_path / "sources.yaml").write_text(SOURCES_YAML)
    (tmp_path / "een").mkdir()
    (tmp_path / "een" / "a.md").write_text("---\ntitle: Een\ndate: 2026-11-20\n---\nEen tekst van enige lengte.\n")
    return tmp_path


@pytest.fixture(scope="module")
def server() -> Iterator[postgres.Server]:
    """PostgreSQL as the container of the compose file sets it up: who comes over the network needs the password."""
    programs = postgres.programs()
    if programs is None:
        skip_or_fail("needs PostgreSQL (Debian's package postgresql), which is not installed here")
        raise AssertionError
    with postgres.running(programs) as found:
        with psycopg.connect(found.url, autocommit=True) as connection:
            connection.execute("ALTER ROLE aggregator PASSWORD 'geheim-42'")
        (found.folder / "data" / "pg_hba.conf").write_text("host all all 127.0.0.1/32 scram-sha-256\n")
        found.program("pg_ctl", "-D", str(found.folder / "data"), "reload")
        yield found


def settings_of(unit: Path) -> dict[str, str]:
    """The last value of every setting of a unit."""
    lines = (line.partition("=") for line in unit.read_text().splitlines() if "=" in line and line[0] != "#")
    return {name: value for name, _, value in lines}


@contextmanager
def started(command: list[str], folder: Path, **environment: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        command, cwd=folder, env=os.environ | environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_until(true: Callable[[], Any]) -> None:
    until = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < until
        time.sleep(0.05)


def got(url: str) -> str:
    with urllib.request.urlopen(url) as answer:
        return str(answer.read().decode())


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_understands_every_unit(unit: Path, tool: Callable[[str], str], tmp_path: Path) -> None:
    for one in UNITS:  # a timer is looked at together with its service
        text = one.read_text().replace("/srv/aggregator/.venv/bin/aggregator", str(PROGRAM))
        (tmp_path / one.name).write_text(text)
    command = [tool("systemd-analyze"), "verify", "--man=no", str(tmp_path / unit.name)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout + ended.stderr) == (0, "")


def test_what_the_unit_for_one_machine_runs(blogs: Path) -> None:
    settings = settings_of(EXAMPLES / "one-machine" / "aggregator.service")
    command = [str(PROGRAM), *shlex.split(settings["ExecStart"])[1:]]
    assert subprocess.run(command, cwd=blogs, check=False).returncode == 0
    assert (blogs / "out" / "atom.xml").is_file()
    (blogs / "sources.yaml").write_text(SOURCES_YAML + '  - {name: Twee, url: "http://127.0.0.1:1/feed"}\n')
    failed = subprocess.run(command, cwd=blogs, check=False, capture_output=True).returncode
    assert str(failed) in settings["SuccessExitStatus"].split()


def test_what_the_unit_of_a_worker_runs(blogs: Path, server: postgres.Server) -> None:
    settings = settings_of(EXAMPLES / "fleet" / "aggregator-worker@.service")
    command = [str(PROGRAM), *shlex.split(settings["ExecStart"])[1:]]
    (blogs / "sources.yaml").write_text(f"{SOURCES_YAML}store: {server.url}?publication=unit\n")
    with started(command, blogs, PGPASSWORD="geheim-42") as worker:
        wait_until((blogs / "out" / "atom.xml").is_file)
        worker.send_signal(getattr(signal, settings["KillSignal"]))
        told, _ = worker.communicate(timeout=int(settings["TimeoutStopSec"]))
        assert (worker.returncode, told) == (0, "")


def test_what_is_in_the_containers(blogs: Path, server: postgres.Server) -> None:
    services = YAML(typ="safe").load((EXAMPLES / "compose.yaml").read_text())["services"]
    (blogs / "password").write_text("geheim-42\n")
    database = services["database"]
    address = server.url.replace(
        "postgresql://aggregator@", f"postgresql://{database['environment']['POSTGRES_USER']}@"
    )
    assert address.endswith(f"/{database['environment']['POSTGRES_DB']}")
    healthy = ["-h", "127.0.0.1", "-p", str(server.port)]
    assert server.program(*shlex.split(database["healthcheck"]["test"][1]), *healthy, check=False) == 0
    (blogs / "sources.yaml").write_text(f"{SOURCES_YAML}store: {address}?publication=containers\n")

    def command_of(name: str) -> list[str]:
        """The entry point of the image with the command of the service, as Docker puts them together."""
        lines = services[name]["build"]["dockerfile_inline"].splitlines()
        [entry] = [line.removeprefix("ENTRYPOINT ") for line in lines if line.startswith("ENTRYPOINT ")]
        first = YAML(typ="safe").load(entry.replace("$$", "$").replace("/run/secrets/password", f"{blogs}/password"))
        return [*first, *("0" if part == "8000" else part for part in services[name]["command"])]

    path = {"PATH": f"{PROGRAM.parent}:{os.environ['PATH']}"}
    with (
        started(command_of("worker"), blogs, **path) as one,
        started(command_of("worker"), blogs, **path) as other,
        started(command_of("front"), blogs, **path) as front,
    ):
        assert front.stdout is not None
        told = front.stdout.readline()
        assert "Serving" in told, told
        wait_until((blogs / "out" / "atom.xml").is_file)
        served = told.split()[-1].replace("0.0.0.0", "127.0.0.1")
        assert got(f"{served}atom.xml").startswith("<?xml")
        expected = {"aggregator_workers 2", "aggregator_posts 1", 'aggregator_sources{state="ok"} 1'}
        wait_until(lambda: expected <= set(got(f"{served}metrics").splitlines()))
        for worker in (one, other):
            worker.terminate()
            assert worker.wait(int(services["worker"]["stop_grace_period"].removesuffix("s"))) == 0
