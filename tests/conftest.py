"""Shared fixtures: Debian programs that a test needs, and the sample material beside the checkout."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import hypothesis
import pytest

from tests import on_postgresql, postgres
from tests.samples import examples

PROJECT = Path(__file__).parent.parent
SHARED = PROJECT.parent / "shared"

# A busy machine is no fault of what is tested.
hypothesis.settings.register_profile("unhurried", deadline=None, max_examples=examples())
hypothesis.settings.load_profile("unhurried")


def skip_or_fail(reason: str) -> None:
    """Skip with a reason; on the build machine, where everything is installed, a skip is a failure."""
    if os.environ.get("AGGREGATOR_REQUIRE_TOOLS") == "1":
        pytest.fail(f"{reason} (AGGREGATOR_REQUIRE_TOOLS=1 allows no skips)")
    pytest.skip(reason)


@pytest.hookimpl(wrapper=True, optionalhook=True)
def pytest_xdist_auto_num_workers() -> Generator[None, int, int]:
    """`-n auto` takes half as many processes again as there are cores: many a test waits for a disk or a server."""
    cores = yield
    return cores * 3 // 2


@pytest.fixture
def tool() -> Callable[[str], str]:
    """Path of a program from Debian's packages; the test is skipped where it is not installed."""

    def find(name: str) -> str:
        path = shutil.which(name)
        if path is None:
            skip_or_fail(f"needs the program {name}, which is not installed here")
        return str(path)

    return find


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that other users may enter, for servers that will not run as root; pytest closes its own to them."""
    folder = Path(tempfile.mkdtemp(prefix="aggregator-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def shared() -> Path:
    """The sample blogs and corpora beside the checkout; skipped where they are not there."""
    if not SHARED.is_dir():
        pytest.skip("needs the sample material in ../shared, which is not here")
    return SHARED


@pytest.fixture(scope="session")
def postgresql() -> Iterator[postgres.Server]:
    """A PostgreSQL server of this process's own; the test is skipped where Debian's package is not installed."""
    programs = postgres.programs()
    if programs is None:
        skip_or_fail("needs PostgreSQL (Debian's package postgresql), which is not installed here")
        raise AssertionError
    with postgres.running(programs) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def either_store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Runs the test twice: whoever names the standard store gets it in SQLite, then in PostgreSQL.

    `tests.on_postgresql.store_url(folder)` is its address. Processes that the test starts see the same one.
    """
    kind: str = request.param
    if kind == "postgresql" and not on_postgresql.ALWAYS:
        monkeypatch.setenv(on_postgresql.SERVER, request.getfixturevalue("postgresql").url)
        on_postgresql.redirect(monkeypatch)
    elif kind == "sqlite":
        monkeypatch.delenv(on_postgresql.SERVER, raising=False)
    return kind


@pytest.fixture(autouse=on_postgresql.ALWAYS)
def always_on_postgresql(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """With AGGREGATOR_TEST_ON=postgresql every test that does not say which store it uses has one in PostgreSQL."""
    monkeypatch.setenv(on_postgresql.SERVER, request.getfixturevalue("postgresql").url)
    on_postgresql.redirect(monkeypatch)
