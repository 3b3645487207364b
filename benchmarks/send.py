"""Mails a second to a sink on this machine, beside a plain smtplib loop on one connection; memory by recipients.

The loop writes nothing down and is given the finished mails: it is what our claims, our journal and our outbox are
weighed against. Our own figure is the whole of `aggregator send`, fixing the recipients included.
"""

from __future__ import annotations

import json
import os
import re
import smtplib
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aggregator.digest.message import mails_of, message_id, message_of
from aggregator.model import Issue, IssueItem
from aggregator.send.sending import send_issue
from aggregator.settings import Mail, Person, Publication, Settings
from aggregator.store import issues, open_store
from aggregator.store.subscribers import Newcomer, add
from benchmarks.sink import a_sink

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
URL = "sqlite:///state/aggregator.db"
RECIPIENTS = 10_000
PAUSES = {"a sink that answers each message after 1 ms": 0.001, "a sink that answers at once": 0.0}
"""A mail server stores a message before it says that it took it: 1 ms is a fast disk, Exim takes 7. One that does not
has no work of its own, and then it is Python on both sides that is measured."""
FEW, MANY = 1_000, 100_000


def setting(folder: Path) -> Settings:
    return Settings(
        publication=Publication(title="Klantenpost", url="https://example.org/", author=Person(name="Redactie")),
        sources=(),
        mail=Mail(
            sender=Person(name="Redactie", email="redactie@example.org"), list_id="klantenpost.example.org",
            unsubscribe="https://example.org/unsubscribe/{token}",
        ),
        file=folder / "sources.yaml",
    )  # fmt: skip


def an_issue() -> Issue:
    """An issue of the size that 24 posts have."""
    item = IssueItem("a" * 32, "Titel", "https://x.example/", "Blog", (), NOW, "Tekst.", "nl", 1)
    html = "".join(
        f'<tr><td style="padding:6px 24px"><h3 style="font-size:20px"><a href="https://x.example/{number}">'
        f"Een titel van een post, nummer {number}</a></h3><p>{'Een zin van een uittreksel. ' * 8}</p></td></tr>\n"
        for number in range(24)
    )
    text = "".join(f"Een titel, nummer {number}\nhttps://x.example/{number}\n\n" for number in range(24))
    leave = '<p><a href="{{unsubscribe}}">Afmelden</a></p>'
    return Issue(
        "2026-10", "built", NOW - timedelta(days=30), NOW, (item,), subject="Blogoverzicht oktober",
        html=f"<table>{html * 2}</table>{leave}", text=f"{text}\n{{{{unsubscribe}}}}\n",
    )  # fmt: skip


def prepared(folder: Path, recipients: int) -> None:
    """A store with so many subscribers and an approved issue."""
    with open_store(URL, folder) as store:
        issues.save_built(store, an_issue(), NOW)
        issues.approve(store, "2026-10", NOW)
        add(store, (Newcomer(f"lezer{number}@d{number % 50}.example") for number in range(recipients)), NOW)


def ours(folder: Path, port: int) -> tuple[float, float]:
    """Seconds, and CPU seconds of this process, for sending to everybody."""
    os.environ["AGGREGATOR_SMTP"] = f"smtp://127.0.0.1:{port}"
    started, used = time.perf_counter(), time.process_time()
    with open_store(URL, folder) as store:
        sent = send_issue(setting(folder), store, "2026-10", NOW, mails_of, message_id)
    assert not sent.problems
    return time.perf_counter() - started, time.process_time() - used


def plain(folder: Path, port: int, recipients: int) -> tuple[float, float]:
    """The same for a loop over one connection, with the mails composed as ours are."""
    started, used = time.perf_counter(), time.process_time()
    mail_for = mails_of(an_issue(), setting(folder), NOW)
    with smtplib.SMTP("127.0.0.1", port) as client:
        for number in range(recipients):
            address = f"lezer{number}@d{number % 50}.example"
            client.sendmail("redactie@example.org", [address], mail_for(address, "x" * 24, f"<{number}@example.org>"))
    return time.perf_counter() - started, time.process_time() - used


def peak(recipients: int) -> float:
    """Peak MB of a process that sends to so many."""
    with tempfile.TemporaryDirectory() as place, a_sink() as port:
        prepared(Path(place), recipients)
        command = [sys.executable, "-m", "benchmarks.send", place, str(port)]
        found = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return float(json.loads(found)["megabytes"])


def main() -> None:
    print(f"one mail: {len(message_of(an_issue(), setting(Path()), NOW, 'a@x.example', 'x' * 24))} bytes")
    for what, pause in PAUSES.items():
        best = {"plain": 0.0, "ours": 0.0}
        for turn in range(3):
            with tempfile.TemporaryDirectory() as place, a_sink(pause) as port:
                prepared(Path(place), RECIPIENTS)
                for name, (seconds, used) in (
                    ("plain", plain(Path(place), port, RECIPIENTS)),
                    ("ours", ours(Path(place), port)),
                ):
                    best[name] = max(best[name], RECIPIENTS / seconds)
                    rate = RECIPIENTS / seconds
                    print(f"{what}, {turn + 1}: {name:<6} {rate:6.0f} mails/s, {used:5.2f} s of CPU on our side")
        print(f"{what}: ours / plain, best of three: {best['ours'] / best['plain']:.2f}")
    few, many = peak(FEW), peak(MANY)
    print(f"peak memory: {few:.1f} MB for {FEW} recipients, {many:.1f} MB for {MANY}")


if __name__ == "__main__":
    ours(Path(sys.argv[1]), int(sys.argv[2]))
    # not ru_maxrss: that is at least the peak of whoever started this process
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None
    print(json.dumps({"megabytes": int(found[1]) / 1024}))
