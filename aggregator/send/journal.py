"""An append-only list of what was claimed and what came of it, beside the store: a store put back from a backup has
forgotten what was sent since, and this has not. It names nobody: a reader is a hash.

`claimed` is on the disk before a message may go out. `given`, before its first byte leaves, and the outcome after the
reply are only handed to the system: that outlives the program, however it is killed, but not the machine. Each
opening notes which start of the machine it belongs to, so a claim without `given` tells that nothing was sent only
while the machine has not been started since.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Self

STARTED = Path("/proc/sys/kernel/random/boot_id")
"""Another text after each start of the machine; where there is none, every claim counts as given."""


class Journal:
    """The journal of one issue, open for adding."""

    def __init__(self, folder: Path, issue: str, now: datetime) -> None:
        self.issue = issue
        self.at = now.isoformat()
        self.path = folder / "state" / "sent" / f"{issue}.jsonl"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        start = STARTED.read_text().strip() if STARTED.is_file() else ""
        self.before = states_in(self.path, start)
        self.knew_nobody = self.before.execute("SELECT 1 FROM said").fetchone() is None
        self.handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        if self.path.stat().st_size and not ends_a_line(self.path):
            os.write(self.handle, b"\n")  # a run was killed in the middle of a line
        self.add([json.dumps({"start": start, "at": self.at})])
        self.sync()
        sync_folder(self.path.parent)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self.handle)
        self.before.close()

    def note(self, identities: Iterable[str], state: str) -> None:
        """Add that each of `identities` is in `state` now; all that was added is on the disk before this returns."""
        self.add([self.line(identity, state) for identity in identities])
        self.sync()

    def hand(self, identity: str, state: str) -> None:
        """The same for one, handed to the system and not waited for."""
        self.add([self.line(identity, state)])

    def sync(self) -> None:
        """Wait until all that was added is on the disk."""
        os.fsync(self.handle)

    def said(self, identity: str) -> str:
        """The last state of `identity` when the journal was opened; '' for one it knew nothing of.

        `claimed` means that nothing was given to the server; of a claim from before the machine started anew that is
        not known, and it is called `given`.
        """
        if self.knew_nobody:
            return ""
        row = self.before.execute("SELECT state FROM said WHERE who = ?", (self.mark(identity),)).fetchone()
        return row[0] if row else ""

    def mark(self, identity: str) -> str:
        return sha256(f"{self.issue}\n{identity}".encode()).hexdigest()[:32]

    def line(self, identity: str, state: str) -> str:
        # as json.dumps writes it, at a tenth of the price: none of the three holds what would have to be escaped
        return f'{{"who": "{self.mark(identity)}", "state": "{state}", "at": "{self.at}"}}'

    def add(self, lines: Iterable[str]) -> None:
        rest = "".join(f"{line}\n" for line in lines).encode()
        while rest:  # one write, as a rule
            rest = rest[os.write(self.handle, rest) :]


def states_in(path: Path, start: str) -> sqlite3.Connection:
    """The last state of everyone in the journal at `path`, by hash, in a file of its own that vanishes when closed.

    A journal of 100,000 readers then takes no more memory than one of a thousand.
    """
    index = sqlite3.connect("", isolation_level=None, check_same_thread=False)
    index.execute("CREATE TABLE said (who TEXT PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID")
    index.execute("BEGIN")
    index.executemany("INSERT OR REPLACE INTO said VALUES (?, ?)", rows_in(path, start))
    index.execute("COMMIT")
    return index


def rows_in(path: Path, start: str) -> Iterator[tuple[str, str]]:
    """Who, and in what state, line by line."""
    if not path.is_file():
        return
    current = False
    with path.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            try:
                row = json.loads(line)
                if "start" in row:
                    current = bool(start) and row["start"] == start
                    continue
                who, state = str(row["who"]), str(row["state"])
            except (ValueError, KeyError, TypeError):
                continue  # the last line of a run that was killed
            yield who, "given" if state == "claimed" and not current else state


def ends_a_line(path: Path) -> bool:
    with path.open("rb") as stream:
        stream.seek(-1, os.SEEK_END)
        return stream.read() == b"\n"


def sync_folder(folder: Path) -> None:
    """Have the name of a new file reach the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
