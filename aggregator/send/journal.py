"""An append-only list of what was claimed and accepted, beside the store: a store put back from a backup has forgotten
what was sent since, and this has not."""

from __future__ import annotations

import json
import os
from pathlib import Path


def path_of(folder: Path, issue: str) -> Path:
    return folder / "state" / "sent" / f"{issue}.jsonl"


def note(folder: Path, issue: str, identity: str, state: str) -> None:
    """Add one line, on the disk before this returns."""
    path = path_of(folder, issue)
    path.parent.mkdir(parents=True, exist_ok=True)
    line = json.dumps({"identity": identity, "state": state}, ensure_ascii=False) + "\n"
    with path.open("a", encoding="utf-8") as stream:
        stream.write(line)
        stream.flush()
        os.fsync(stream.fileno())


def handed_over(folder: Path, issue: str) -> set[str]:
    """The identities to whom the issue was claimed or accepted and not plainly refused afterwards."""
    found: dict[str, str] = {}
    path = path_of(folder, issue)
    if not path.is_file():
        return set()
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            row = json.loads(line)
            found[str(row["identity"])] = str(row["state"])
        except (ValueError, KeyError, TypeError):
            continue  # the last line of a run that was killed
    return {identity for identity, state in found.items() if state in ("claimed", "accepted", "uncertain")}
