"""Two runs at once: the second does nothing and says who is at work."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
from pathlib import Path
from time import sleep

import pytest

from aggregator.store import Busy, StoreError, run_lock
from tests.on_postgresql import store_url
from tests.store.build import ON_SQLITE

HOLD = """
import sys; from pathlib import Path; from aggregator.store import run_lock
with run_lock(sys.argv[1], Path(sys.argv[2])):
    print("held", flush=True); sys.stdin.read()
"""


def holder(folder: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, store_url(folder), str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def held_again(folder: Path) -> None:
    """A server needs a moment to notice that a process is gone."""
    for _ in range(600):
        try:
            with run_lock(store_url(folder), folder):
                return
        except Busy:
            sleep(0.1)
    pytest.fail("the lock was not let go of")


def test_a_second_run_is_told_which_process_holds_the_lock(tmp_path: Path) -> None:
    process = holder(tmp_path)
    try:
        with pytest.raises(Busy, match=f"process {process.pid}"), run_lock(store_url(tmp_path), tmp_path):
            pass
    finally:
        process.communicate()
    held_again(tmp_path)


def test_the_lock_goes_with_a_process_that_is_killed(tmp_path: Path) -> None:
    process = holder(tmp_path)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    held_again(tmp_path)


@ON_SQLITE
def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("in the way")
    with pytest.raises(StoreError, match="check the owner"), run_lock(store_url(tmp_path), tmp_path):
        pass


@ON_SQLITE
def test_a_disk_that_takes_no_lock_is_a_sentence_with_its_file(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        with (
            pytest.raises(StoreError, match=r"run\.lock: .* nothing was done"),
            run_lock(store_url(tmp_path), tmp_path),
        ):
            pass
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
