"""An append-only list of what was claimed and what came of it, beside the store: a store put back from a backup has
forgotten what was sent since, and this has not. It names nobody: a reader is a hash."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Self


class Journal:
    """The journal of one issue, open for adding. Every line is on the disk before `note` returns."""

    def __init__(self, folder: Path, issue: str) -> None:
        self.issue = issue
        self.path = folder / "state" / "sent" / f"{issue}.jsonl"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.before = states_in(self.path)
        """What it said when it was opened, by hash."""
        self.handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        if self.path.stat().st_size and not ends_a_line(self.path):
            os.write(self.handle, b"\n")  # a run was killed in the middle of a line
        os.fsync(self.handle)
        sync_folder(self.path.parent)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self.handle)

    def note(self, identities: Iterable[str], state: str, now: datetime) -> None:
        """Add that each of `identities` is in `state` now."""
        lines = [
            json.dumps({"who": self.mark(identity), "state": state, "at": now.isoformat()}) for identity in identities
        ]
        if lines:
            rest = "".join(f"{line}\n" for line in lines).encode()
            while rest:
                rest = rest[os.write(self.handle, rest) :]
            os.fsync(self.handle)

    def said(self, identity: str) -> str:
        """The last state of `identity` when the journal was opened; '' for one it knew nothing of."""
        return self.before.get(self.mark(identity), "")

    def mark(self, identity: str) -> str:
        return sha256(f"{self.issue}\n{identity}".encode()).hexdigest()[:32]


def states_in(path: Path) -> dict[str, str]:
    """The last state of everyone in the journal at `path`, by hash."""
    found: dict[str, str] = {}
    if not path.is_file():
        return found
    with path.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            try:
                row = json.loads(line)
                found[str(row["who"])] = str(row["state"])
            except (ValueError, KeyError, TypeError):
                continue  # the last line of a run that was killed
    return found


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
