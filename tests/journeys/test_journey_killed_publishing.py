"""Kill -9, and a full disk, at the system calls that change something under out/; a reader looks on all the while.

One call of every kind by default; AGGREGATOR_CALLS=2 hits two of each, and 9999 each one in turn.
"""

from __future__ import annotations

import gzip
import json
import math
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.conftest import skip_or_fail
from tests.journeys.a_publication import CONFIGURATION, NOW, TEXTS, write_post
from tests.journeys.conftest import Site

pytestmark = pytest.mark.xdist_group("killed publishing")  # what is to be published is made once

CALLS = "openat,write,utimensat,fsync,rename,unlink,mkdir,rmdir"
CALL = re.compile(r"\d+ +(\w+)\(")
PATH = re.compile(r"""["<]((?:[^"<>]*/)?out(?:/[^"<>]*)?)[">]""")
OF_A_KIND = int(os.environ.get("AGGREGATOR_CALLS", "1"))


@dataclass(frozen=True)
class Call:
    """A system call, which is found again whatever other threads do meanwhile."""

    name: str
    path: str
    """What it is about, under the folder."""
    number: int
    """Among those of its name about that."""

    def hit(self, made: Site, log: Path, what: str, *more: str) -> subprocess.CompletedProcess[str]:
        """Publish, and let `what` happen to this call."""
        inject = f"inject={self.name}:{what}:when={self.number}"
        about = "-P", self.path, "-P", str(made.folder / self.path)  # as it is asked for, and as an open file
        return traced(made, log, *about, "-e", inject, *more)


@dataclass(frozen=True)
class Case:
    """A folder about to publish new posts, what lies there before and after, and the calls that bring it there."""

    site: Site
    before: dict[str, bytes]
    after: dict[str, bytes]
    calls: list[Call]
    """Those that change something under out/."""


def traced(made: Site, log: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """Publish under strace, which logs the calls of all threads."""
    strace = shutil.which("strace")
    if strace is None:
        skip_or_fail("needs the program strace, which is not installed here")
    command = [str(strace), "-f", "-y", "-qq", "-s", "0", "-o", str(log), "-e", f"trace={CALLS}", *more]
    command += [sys.executable, "-m", "aggregator", "publish"]
    environment = made.environment(NOW.isoformat())
    return subprocess.run(
        command, cwd=made.folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def whole_lines(lines: list[str]) -> Iterator[str]:
    """Each call with what came of it, where another thread came in between."""
    for place, line in enumerate(lines):
        thread = line.split()[0]
        ends = (later for later in lines[place:] if later.startswith(thread) and "resumed>" in later)
        yield line + next(ends) if line.endswith("<unfinished ...>") else line


def calls_in(log: Path, folder: Path) -> list[Call]:
    counted: Counter[tuple[str, str]] = Counter()
    found = []
    for line in whole_lines(log.read_text(errors="replace").splitlines()):
        call, path = CALL.match(line), PATH.search(line)
        if call is None or path is None:
            continue
        one = call[1], os.path.relpath(folder / path[1], folder)
        counted[one] += 1
        if "EEXIST" not in line and not (call[1] == "openat" and "O_RDONLY" in line):
            found.append(Call(*one, counted[one]))
    return found


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    folder = tmp_path_factory.mktemp("stand")
    title, subtitle = TEXTS["nl"]
    text = CONFIGURATION.format(language="nl", title=title, subtitle=subtitle)
    (folder / "sources.yaml").write_text(text.replace("sources: all, ", ""))
    made = Site(folder)
    for number in range(55):
        write_post(made, number, NOW - timedelta(days=2 * number + 1))
    made.run("run", now=NOW.isoformat())
    for number in (100, 103):
        write_post(made, number, NOW - timedelta(days=number - 40, hours=1))
    made.run("fetch", "Loket", "The Front Desk", now=NOW.isoformat())
    probe = copied(made, folder.parent / "probe")
    log = folder.parent / "calls.log"
    ended = traced(probe, log)
    assert ended.returncode in (0, 3), ended.stderr
    return Case(made, made.published(), probe.published(), calls_in(log, probe.folder))


def copied(made: Site, folder: Path) -> Site:
    shutil.copytree(made.folder, folder)
    return Site(folder)


@contextmanager
def looked_on(made: Site, case: Case) -> Iterator[None]:
    """Reads every file over and over meanwhile: each is whole, as it was before or as it is to be."""
    allowed = {path: {case.before.get(path), case.after.get(path)} for path in case.before | case.after}
    strange: list[str] = []
    done = threading.Event()

    def look() -> None:
        for path in made.out.rglob("*"):
            name = str(path.relative_to(made.out))
            if path.name.startswith(".") or path.is_dir():
                continue
            try:
                content = path.read_bytes()
            except FileNotFoundError:
                continue
            if content not in allowed.get(name, set()):
                strange.append(name)

    def look_on() -> None:
        while not done.wait(0.05):
            look()

    reader = threading.Thread(target=look_on)
    reader.start()
    try:
        yield
    finally:
        done.set()
        reader.join()
        look()
    assert strange == []


def is_valid(path: str, content: bytes) -> bool:
    if path.endswith(".gz"):
        return is_valid(path.removesuffix(".gz"), gzip.decompress(content))
    if path.endswith((".xml", ".opml")):
        ElementTree.fromstring(content)
    if path.endswith(".json"):
        json.loads(content)
    return not path.endswith(".html") or content.rstrip().endswith(b"</html>")


def chosen(calls: list[Call]) -> list[Call]:
    """So many of every kind as are asked for, spread over the whole of it, each kind at other places."""
    kinds = sorted({one.name for one in calls})
    found = []
    for place, kind in enumerate(kinds):
        ones = [one for one in calls if one.name == kind]
        step = math.ceil(len(ones) / OF_A_KIND)
        found += ones[step * place // len(kinds) :: step]
    return found


def recovers(made: Site, case: Case) -> bool:
    """Whether the next run ends with the bytes of one that nobody disturbed, and leaves nothing else."""
    ended = made.run("publish", now=NOW.isoformat())
    assert ended.returncode in (0, 3), ended.stderr
    return made.published() == case.after


def test_what_is_there_before_and_after_is_valid_and_differs(case: Case) -> None:
    assert all(is_valid(path, content) for path, content in (*case.before.items(), *case.after.items()))
    assert {one.name for one in case.calls} >= {"openat", "write", "utimensat", "fsync", "rename"}
    assert case.before != case.after
    print(f"{len(case.calls)} calls under out/")


def test_killed_at_any_call_a_reader_sees_whole_files_and_the_next_run_ends_alike(case: Case, tmp_path: Path) -> None:
    for place, call in enumerate(chosen(case.calls)):
        made = copied(case.site, tmp_path / str(place))
        log = tmp_path / f"{place}.log"
        with looked_on(made, case):
            ended = call.hit(made, log, "signal=SIGKILL")
        assert ended.returncode == -signal.SIGKILL, (call, ended.stderr)
        assert f"{call.name}(" in log.read_text(errors="replace"), call
        assert recovers(made, case), call
        shutil.rmtree(made.folder)


def test_a_full_disk_at_any_call_is_told_and_harms_nothing(case: Case, tmp_path: Path) -> None:
    """strace is let stop at the calls it logs and at no other, which is quicker; signals it cannot send so."""
    kinds = ("openat", "write", "fsync", "rename", "mkdir")
    for place, call in enumerate(chosen([one for one in case.calls if one.name in kinds])):
        made = copied(case.site, tmp_path / str(place))
        with looked_on(made, case):
            ended = call.hit(made, tmp_path / f"{place}.log", "error=ENOSPC", "--seccomp-bpf")
        assert ended.returncode == 4, (call, ended.returncode, ended.stderr)
        assert "No space left on device; what was published before still stands." in ended.stderr
        assert "Traceback" not in ended.stderr
        assert recovers(made, case), call
        shutil.rmtree(made.folder)


def test_a_disk_that_is_full_indeed(case: Case, tmp_path: Path, tool: Callable[[str], str]) -> None:
    made = copied(case.site, tmp_path / "full")
    kept = tmp_path / "kept"
    made.out.rename(kept)
    made.out.mkdir()
    size = sum((path.stat().st_size + 4095) // 4096 for path in kept.rglob("*") if path.is_file()) * 4 + 40
    mounted = subprocess.run(
        [tool("mount"), "-t", "tmpfs", "-o", f"size={size}k", "tmpfs", str(made.out)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("only root may mount a small disk")
    try:
        shutil.copytree(kept, made.out, dirs_exist_ok=True)
        (made.out / "filler").write_bytes(b"x" * (shutil.disk_usage(made.out).free - 8192))
        full = {path: content for path, content in made.published().items() if path != "filler"}
        ended = made.run("publish", now=NOW.isoformat())
        assert ended.returncode == 4
        assert "No space left on device; what was published before still stands. Make room" in ended.stderr
        seen = {
            path: content for path, content in made.published().items() if path != "filler" and "/." not in f"/{path}"
        }
        assert all(content in (full.get(path), case.after.get(path)) for path, content in seen.items())
        (made.out / "filler").unlink()
        if shutil.disk_usage(made.out).free > sum(map(len, case.after.values())) // 2:
            made.run("publish", now=NOW.isoformat())
            assert made.published() == case.after
    finally:
        subprocess.run([tool("umount"), str(made.out)], check=True)
