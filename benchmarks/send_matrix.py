"""Kills a sending at every durable write, beside a mail server that fails at every phase, and counts what arrived.

`python -m benchmarks.send_matrix` sends an issue to 1,000 readers 2,160 times: 36 faults of the server by 60 places at
which the sender is killed with SIGKILL, spread so that the faults together are killed before and after every commit of
the store and every fsync of the journal. Then the sending is gone on with, as an operator would, without a word about
what is in doubt, until nothing waits. It writes docs/sending-faults.md, and ends with 1 when a promise was broken.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import Any

from aggregator.digest.message import mails_of, message_id
from aggregator.model import Issue
from aggregator.send import smtp, smtp_session
from aggregator.send.sending import send_issue
from aggregator.send.server import SendError
from aggregator.store import Store, issues, open_store, outbox
from aggregator.store.subscribers import Newcomer, add
from benchmarks.faulty_server import KINDS, PHASES
from benchmarks.send import NOW, URL, an_issue, setting

READERS = 1_000
PLACES = 60
FAULTS = tuple((phase, kind) for phase in PHASES for kind in KINDS)
MOST_SENDINGS = 60
WORKERS = 6
"""More than there are processors: most of a case is waiting."""
PATIENCE = 0.4
"""Seconds that a silent server is waited for here."""
KEPT = Path(tempfile.gettempdir()) / "aggregator-send-matrix.jsonl"
PAGE = Path(__file__).parent.parent / "docs" / "sending-faults.md"


@dataclass(frozen=True)
class Case:
    phase: str
    kind: str
    place: float
    """Of all durable writes, the part after which the sender is killed: 0 is the first, 1 the last."""


@dataclass(frozen=True)
class Found:
    case: Case
    killed: bool
    point: int
    accepted: int
    refused: int
    uncertain: int
    most: int
    """Mails that one reader got, at most."""
    broken: str
    """What promise was broken; '' for none."""


def cases(places: int) -> list[Case]:
    total = places * len(FAULTS)
    return [
        Case(phase, kind, (place * len(FAULTS) + number) / total)
        for place in range(places)
        for number, (phase, kind) in enumerate(FAULTS)
    ]


class Bench:
    """What one process needs for many cases: a server, a store to copy, and how many durable writes there are."""

    def __init__(self, readers: int) -> None:
        self.readers = readers
        self.folder = Path(tempfile.mkdtemp())
        certificate, key = self.folder / "certificate.pem", self.folder / "key.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
             "2", "-subj", "/CN=127.0.0.2", "-addext", "subjectAltName=IP:127.0.0.2", "-keyout", key, "-out",
             certificate],
            check=True, capture_output=True,
        )  # fmt: skip
        os.environ["SSL_CERT_FILE"] = str(certificate)
        self.server = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.faulty_server", certificate, key],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.port = int(self.heard())
        self.template = self.folder / "template"
        prepared(self.template, readers)
        self.places = count()
        self.points = {way: self.counted(way) for way in ("plain", "tls")}

    def a_place(self) -> Path:
        """A folder whose store is ready to send; where it does not lie in the folder, it is made anew."""
        place = self.folder / f"place-{next(self.places)}"
        if any(self.template.rglob("*.db")):
            shutil.copytree(self.template, place)
        else:
            prepared(place, self.readers)
        return place

    def heard(self) -> str:
        assert self.server.stdout is not None
        return self.server.stdout.readline()

    def told(self, line: str) -> Counter[str]:
        assert self.server.stdin is not None
        self.server.stdin.write(f"{line}\n")
        self.server.stdin.flush()
        return Counter(json.loads(self.heard()))

    def counted(self, way: str) -> int:
        """How many points a sending passes when nothing fails."""
        self.told(json.dumps(["AUTH" if way == "tls" else "none", "none"]))
        place = self.a_place()
        passed = self.folder / "points"
        in_a_child(lambda: passed.write_text(str(self.send(place, way, 0))))
        shutil.rmtree(place)
        return int(passed.read_text())

    def send(self, place: Path, way: str, kill_at: int) -> int:
        """One sending, in a process that is killed at a point; how many it passed."""
        user, host = ("lezer:geheim@", "127.0.0.2") if way == "tls" else ("", "127.0.0.1")
        os.environ["AGGREGATOR_SMTP"] = f"smtp://{user}{host}:{self.port}"
        smtp_session.SECONDS = PATIENCE
        smtp.SECONDS_FOR_A_VERDICT = smtp.SECONDS_FOR_GOODBYE = PATIENCE
        now = NOW
        with killing(kill_at) as passed:
            for _ in range(MOST_SENDINGS):
                with open_store(URL, place) as store, suppress(SendError):
                    issue = issues.load(store, "2026-10")
                    if issue is not None and issue.state == "sent":
                        break  # killed when all was done
                    sent = send_issue(setting(place), store, "2026-10", now, mails_of, message_id)
                    if not sent.pending + sent.deferred + outbox.counts(store, "2026-10")["claimed"]:
                        break  # what is claimed is claimed by one whose end a server has not noticed yet
                now += timedelta(hours=30)
            return passed["points"]

    def run(self, case: Case) -> Found:
        """One case, from the approved issue to the last reader."""
        way = "tls" if case.phase in ("STARTTLS", "AUTH") else "plain"
        point = 1 + int(case.place * self.points[way])
        place = self.a_place()
        self.told(json.dumps([case.phase, case.kind]))
        killed = in_a_child(lambda: self.send(place, way, point)) == -signal.SIGKILL
        in_a_child(lambda: self.send(place, way, 0))
        with open_store(URL, place) as store:
            states = {one.address: one.state for one in outbox.recipients(store, "2026-10")}
        taken = self.told("")
        shutil.rmtree(place)
        counts = Counter(states.values())
        return Found(
            case, killed, point, counts["accepted"], counts["refused"], counts["uncertain"],
            max(taken.values(), default=0), promise_broken(states, taken, self.readers),
        )  # fmt: skip


def promise_broken(states: dict[str, outbox.OutboxState], taken: Counter[str], readers: int) -> str:
    """The first promise that does not hold, in words."""
    twice = [reader for reader, times in taken.items() if times > 1]
    if twice:
        return f"{twice[0]} got {taken[twice[0]]}"
    if len(states) != readers:
        return f"{len(states)} of {readers} readers are in the outbox"
    for reader, state in states.items():
        if state not in ("accepted", "refused", "uncertain"):
            return f"{reader} is left {state}"
        if state != "uncertain" and taken[reader] != (state == "accepted"):
            return f"{reader} is {state} and got {taken[reader]}"
    return ""


def prepared(place: Path, readers: int) -> None:
    """A store with so many subscribers and an approved small issue."""
    small: Issue = replace(an_issue(), html="<p>Hallo</p>", text="Hallo\n")
    with open_store(URL, place) as store:
        issues.save_built(store, small, NOW)
        issues.approve(store, "2026-10", NOW)
        add(store, (Newcomer(f"lezer{number:04}@d{number % 7}.example") for number in range(readers)), NOW)


@contextmanager
def killing(at: int) -> Iterator[dict[str, int]]:
    """Counts the moments before and after each durable write, and kills this process at the one that is asked for."""
    passed = {"points": 0}
    sync, transaction = os.fsync, Store.transaction

    def point() -> None:
        passed["points"] += 1
        if passed["points"] == at:
            os.kill(os.getpid(), signal.SIGKILL)

    def counted_sync(fd: Any) -> None:
        point()
        sync(fd)
        point()

    @contextmanager
    def counted_transaction(store: Store, **how: bool) -> Iterator[None]:
        with transaction(store, **how):
            yield
            point()
        point()

    os.fsync = counted_sync
    Store.transaction = counted_transaction  # type: ignore[method-assign, assignment]
    try:
        yield passed
    finally:
        os.fsync, Store.transaction = sync, transaction  # type: ignore[method-assign]


def in_a_child(work: Callable[[], object]) -> int:
    """Do `work` in a copy of this process; how that ended, negative for a signal. A mistake in it is shown."""
    child = os.fork()
    if not child:
        try:
            work()
            os._exit(0)
        except BaseException:
            sys.excepthook(*sys.exc_info())
            os._exit(1)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status > 0:
        raise RuntimeError("the sender failed; see above")
    return status


@lru_cache(maxsize=2)
def bench(readers: int, kind: str) -> Bench:
    """One for every kind of store: they differ in what is written durably."""
    return Bench(readers)


def run_case(case: Case, readers: int = READERS, kind: str = "sqlite") -> Found:
    return bench(readers, kind).run(case)


def main() -> int:
    started = time.monotonic()
    wanted = cases(int(sys.argv[1]) if len(sys.argv) > 1 else PLACES)
    found = kept()
    wanted = [case for case in wanted if case not in {one.case for one in found}]
    with ProcessPoolExecutor(WORKERS) as pool, KEPT.open("a", encoding="utf-8") as lines:
        for number, one in enumerate(pool.map(run_case, wanted, chunksize=2), 1):
            found.append(one)
            print(json.dumps(asdict(one)), file=lines, flush=True)
            if one.broken:
                print(f"{one.case}: {one.broken}", file=sys.stderr)
            if not number % 60:
                print(f"{number} of {len(wanted)}, {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    page = as_page(sorted(found, key=lambda one: FAULTS.index((one.case.phase, one.case.kind))))
    KEPT.unlink()
    print(page)
    if len(sys.argv) < 2:
        PAGE.write_text(page, encoding="utf-8")
    return int(any(one.broken for one in found))


def kept() -> list[Found]:
    """What an earlier, unfinished run found: 2,160 sendings take a while on a busy machine."""
    if not KEPT.is_file():
        return []
    rows = [json.loads(line) for line in KEPT.read_text(encoding="utf-8").splitlines()]
    return [Found(**{**row, "case": Case(**row["case"])}) for row in rows]


def as_page(found: list[Found]) -> str:
    """The table, by phase and kind of fault."""
    by_fault: dict[tuple[str, str], list[Found]] = defaultdict(list)
    for one in found:
        by_fault[one.case.phase, one.case.kind].append(one)
    rows = [
        f"| {phase} | {kind} | {len(ones)} | {sum(one.killed for one in ones)} | {sum(one.accepted for one in ones)} "
        f"| {sum(one.refused for one in ones)} | {sum(one.uncertain for one in ones)} "
        f"| {max(one.uncertain for one in ones)} | {max(one.most for one in ones)} "
        f"| {sum(bool(one.broken) for one in ones)} |"
        for (phase, kind), ones in by_fault.items()
    ]
    points = len({one.point for one in found if one.killed})
    return PAGE_TEXT.format(
        combinations=len(found), killed=sum(one.killed for one in found), points=points, readers=READERS,
        most=max(one.most for one in found), broken=sum(bool(one.broken) for one in found), rows="\n".join(rows),
    )  # fmt: skip


# ruff: noqa: E501  (a table of Markdown has long lines)
PAGE_TEXT = """# Sending, killed and failed at every step

Written by `python -m benchmarks.send_matrix`; a sample of it runs with the tests.

{combinations} sendings of an issue to {readers} readers each. The mail server fails at one phase in one way, now and
then: it refuses (5xx), defers (4xx), drops the line or falls silent. The sender is killed with SIGKILL in {killed} of
them, at {points} different moments: before and after commits of the store and fsyncs of the journal, from the first
to the last of a sending. (Where fewer were killed than sent, the sending was over before its moment came.) After that,
`send` is run again until nothing waits, and nothing is said about what is in doubt.

Promised for each reader: at most one mail; and accepted, refused and uncertain are all of them. What the server took
is counted at the server: it took a message when the last dot had come, even when it said nothing after. Who is
accepted got one, who is refused got none.

- Mails that a reader got, at most: {most}
- Sendings in which a promise was broken: {broken}

| fault at | kind | sendings | killed | accepted | refused | uncertain | uncertain in one, at most | mails to one reader, at most | broken |
|---|---|---|---|---|---|---|---|---|---|
{rows}
"""


if __name__ == "__main__":
    sys.exit(main())
