"""Two publishers and two senders at once, killed at random: one valid feed, each reader one mail or a row in doubt."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from lxml import etree

from aggregator import mailing
from aggregator.run import publish_only
from aggregator.settings import Settings, Source
from aggregator.store import Busy, issues, open_store, outbox, settling
from benchmarks.fleet import QUICK, Crew
from tests import postgres
from tests.send.faulty import a_server
from tests.send.test_send_issue import NOW, a_setting, approved
from tests.store.build import a_post, keep

ROOT = Path(__file__).parents[2]
READERS = 60
KILLS = 8
START = """import sys; from pathlib import Path; from tests.fleet import test_fleet_together as program
program.{}(Path(sys.argv[1]), sys.argv[2])"""
ATOM = "{http://www.w3.org/2005/Atom}"


def shared_setting(folder: Path, url: str) -> Settings:
    return replace(a_setting(folder), store=url, sources=(Source(name="Een", url="https://een.example/"),))


def publish_for_ever(folder: Path, url: str) -> None:
    while True:
        try:
            publish_only(shared_setting(folder, url), NOW)
        except Busy:
            time.sleep(0.01)


def send_all(folder: Path, url: str) -> None:
    mailing.send(shared_setting(folder, url), "2026-10", NOW, limit=None, resolve=None)


def start(name: str, folder: Path, url: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", START.format(name), str(folder), url]
    return subprocess.Popen(command, cwd=ROOT, env=os.environ.copy(), stderr=subprocess.DEVNULL)


def entries_in(folder: Path) -> dict[str, str]:
    """The atom:id of every entry by its link; the feed is whole whenever it is looked at."""
    path = folder / "out" / "atom.xml"
    if not path.is_file():
        return {}
    entries = etree.fromstring(path.read_bytes()).findall(f"{ATOM}entry")
    found = {entry.findtext(f"{ATOM}id", ""): entry.xpath("string(*[local-name()='link']/@href)") for entry in entries}
    assert len(found) == len(entries), "no id stands twice"
    return {str(link): entry_id for entry_id, link in found.items()}


def test_two_publishers_leave_one_valid_feed(tmp_path: Path, postgresql: postgres.Server) -> None:
    url, random = f"{postgresql.url}?publication={postgres.publication_of(tmp_path)}", Random(2)
    known: dict[str, str] = {}
    with open_store(url, tmp_path) as store:
        publishers = [start("publish_for_ever", tmp_path, url) for _ in range(2)]
        try:
            for number in range(KILLS):
                keep(store, a_post(str(number)))
                until = time.monotonic() + 60
                while len(entries := entries_in(tmp_path)) <= number // 2 and time.monotonic() < until:
                    time.sleep(0.02)
                assert all(entries.get(link, entry_id) == entry_id for link, entry_id in known.items())
                known |= entries
                publishers[number % 2].kill()
                publishers[number % 2].wait()
                publishers[number % 2] = start("publish_for_ever", tmp_path, url)
                time.sleep(random.random() / 20)
        finally:
            for publisher in publishers:
                publisher.kill()
                publisher.wait()
    for _ in range(600):
        try:
            publish_only(shared_setting(tmp_path, url), NOW)
            break
        except Busy:
            time.sleep(0.1)  # until the server has noticed that the last one is gone
    entries = entries_in(tmp_path)
    assert len(entries) == KILLS
    assert known.items() <= entries.items(), "an id that was published stays"


def test_two_senders_send_each_reader_one_mail_or_say_that_it_is_in_doubt(
    tmp_path: Path, postgresql: postgres.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, random = f"{postgresql.url}?publication={postgres.publication_of(tmp_path)}", Random(3)
    readers = [f"lezer{number}@x{number % 7}.example" for number in range(READERS)]
    with open_store(url, tmp_path) as store:
        approved(store, *readers)

    def slow(phase: str, recipient: str) -> None:
        if phase == "dot":
            time.sleep(0.03)

    with a_server(slow) as server:
        monkeypatch.setenv("AGGREGATOR_SMTP", f"smtp://127.0.0.1:{server.port}")
        senders = [start("send_all", tmp_path, url) for _ in range(2)]
        for _ in range(KILLS):
            reached, until = server.got.total(), time.monotonic() + 60
            while server.got.total() < reached + random.randrange(1, 8) and time.monotonic() < until:
                if all(sender.poll() is not None for sender in senders):
                    break
                time.sleep(0.01)
            place = random.randrange(2)
            senders[place].kill()
            senders[place].wait()
            senders[place] = start("send_all", tmp_path, url)
        for sender in senders:
            sender.wait(120)
        with open_store(url, tmp_path) as store:
            for _ in range(600):
                settling.recover(store, "2026-10", NOW)
                if not outbox.counts(store, "2026-10")["claimed"]:
                    break
                time.sleep(0.1)
            found = issues.load(store, "2026-10")
            assert found is not None
            if found.state != "sent":
                send_all(tmp_path, url)
            rows = outbox.recipients(store, "2026-10")
    assert max(server.got.values()) == 1, "nobody got two"
    states = {row.address: row.state for row in rows}
    assert len(states) == READERS
    assert set(states.values()) <= {"accepted", "uncertain"}
    assert all(server.got[address] == 1 for address, state in states.items() if state == "accepted")


def test_workers_go_on_with_an_issue_that_somebody_began_to_send(
    tmp_path: Path, postgresql: postgres.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"{postgresql.url}?publication={postgres.publication_of(tmp_path)}"
    settings = replace(shared_setting(tmp_path, url), sources=())
    with open_store(url, tmp_path) as store:
        approved(store, *(f"lezer{number}@x.example" for number in range(READERS)))
        with a_server() as server:
            monkeypatch.setenv("AGGREGATOR_SMTP", f"smtp://127.0.0.1:{server.port}")
            mailing.send(settings, "2026-10", NOW, limit=1, resolve=None)
            assert server.got.total() == 1
            crew = Crew(settings, 10, QUICK, tmp_path)
            crew.keep_up(2)
            until = time.monotonic() + 120
            while outbox.counts(store, "2026-10")["accepted"] < READERS and time.monotonic() < until:
                time.sleep(0.05)
            crew.end()
            assert (server.got.total(), max(server.got.values())) == (READERS, 1)
    assert (tmp_path / "workers.log").read_text() == ""


NEVER_ENDS = """
import asyncio, threading
from aggregator.fleet.apart import apart

async def main():
    working = asyncio.create_task(apart(threading.Event().wait))
    print(await apart(int, "42"))
    working.cancel()

asyncio.run(main())
"""


def test_what_is_done_apart_keeps_no_worker_from_ending() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", NEVER_ENDS], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "42\n", "")
