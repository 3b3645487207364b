"""`aggregator send` as its users run it: several at once, one killed beside another, and on a terminal.

Each number of readers meets one of senders by default; with AGGREGATOR_CROWDS=1 it meets every one.
"""

from __future__ import annotations

import os
import pty
import signal
from contextlib import suppress
from pathlib import Path

import pytest

from aggregator.store import open_store, outbox
from tests import program
from tests.conftest import PROJECT
from tests.on_postgresql import store_url
from tests.send.faulty import a_server
from tests.send.test_send_issue import NOW, approved

CONFIGURATION = """
publication: {title: Klantenpost, url: "https://example.org/", author: {name: Redactie}}
sources: [{name: A, url: "https://a.example/"}]
mail: {from: {name: Redactie, email: redactie@example.org}, unsubscribe: "https://example.org/u/{token}"}
"""
CROWDS = [(1, 4), (30, 2), (120, 4)]
if os.environ.get("AGGREGATOR_CROWDS") == "1":
    CROWDS = [(readers, together) for readers in (1, 30, 120) for together in (2, 4)]
SENT, NOTHING_LEFT, IN_DOUBT, BUSY, KILLED = 0, 2, 5, 75, -signal.SIGKILL


def prepared(folder: Path, readers: int) -> list[str]:
    """A publication with an approved issue; its readers."""
    configuration = f"{CONFIGURATION}store: {store_url(folder)}\n"
    (folder / "sources.yaml").write_text(configuration, encoding="utf-8")
    addresses = [f"lezer{number:03}@x.example" for number in range(readers)]
    with open_store(store_url(folder), folder) as store:
        approved(store, *addresses)
    return addresses


def sending(folder: Path, port: int, stderr: int | None = None) -> program.Fork:
    own = {"AGGREGATOR_SMTP": f"smtp://127.0.0.1:{port}", "AGGREGATOR_NOW": NOW.isoformat(), "COLUMNS": "100"}
    environment = {**os.environ, **own, "TERM": "xterm", "PYTHONPATH": str(PROJECT)}
    return program.Fork(["send", "2026-10"], folder, environment, stderr)


@pytest.mark.parametrize(("readers", "together"), CROWDS)
def test_however_many_send_at_once_each_reader_gets_one_mail(readers: int, together: int, tmp_path: Path) -> None:
    addresses = prepared(tmp_path, readers)
    with a_server() as server:
        processes = [sending(tmp_path, server.port) for _ in range(together)]
        for process in processes:
            process.communicate(timeout=120)
        statuses = [process.returncode for process in processes]
    assert server.got == dict.fromkeys(addresses, 1)
    with open_store(store_url(tmp_path), tmp_path) as store:
        assert outbox.counts(store, "2026-10")["accepted"] == readers
        # several share the work where the store lets them; who is done first cannot tell what becomes of the others'
        allowed = {SENT, NOTHING_LEFT, BUSY, IN_DOUBT} if store.shared else {SENT, NOTHING_LEFT, BUSY}
    assert SENT in statuses
    assert set(statuses) <= allowed


@pytest.mark.parametrize("killed_at", [1, 20, 50])
def test_one_that_is_killed_beside_others_doubles_nothing_and_forgets_nobody(killed_at: int, tmp_path: Path) -> None:
    addresses = prepared(tmp_path, 60)
    processes: list[program.Fork] = []

    def kill(phase: str, who: str) -> bytes | None:
        if phase == "dot" and server.got.total() == killed_at:
            processes[0].kill()
        return None

    with a_server(kill) as server:
        processes.append(sending(tmp_path, server.port))
        processes.append(sending(tmp_path, server.port))
        for process in processes:
            process.communicate(timeout=120)
            assert process.returncode in (SENT, NOTHING_LEFT, IN_DOUBT, BUSY, KILLED)
        sending(tmp_path, server.port).communicate(timeout=120)
    with open_store(store_url(tmp_path), tmp_path) as store:
        counts = outbox.counts(store, "2026-10")
    assert counts["accepted"] + counts["uncertain"] == len(addresses)
    assert max(server.got.values()) == 1
    assert sum(server.got.values()) >= counts["accepted"]


def test_on_a_terminal_a_bar_shows_how_far_it_is(tmp_path: Path) -> None:
    prepared(tmp_path, 60)
    terminal, its_end = pty.openpty()
    with a_server() as server:
        process = sending(tmp_path, server.port, its_end)
        os.close(its_end)
        shown = b""
        with suppress(OSError):  # Linux says so when the other end is closed
            while piece := os.read(terminal, 4096):
                shown += piece
        told = process.communicate(timeout=60)[0]
    os.close(terminal)
    assert (process.returncode, "60 accepted" in told) == (SENT, True)
    assert all(word in shown for word in (b"Sending", b"/60", b"mails/s"))


def test_elsewhere_there_is_none(tmp_path: Path) -> None:
    prepared(tmp_path, 3)
    with a_server() as server:
        process = sending(tmp_path, server.port)
        told, shown = process.communicate(timeout=60)
    assert ("3 accepted" in told, shown) == (True, "")
