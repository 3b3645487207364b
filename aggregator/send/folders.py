"""Handing mails over in a folder: a maildir that a mail server or a client reads, or one .eml file for each."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from aggregator.send.conversation import Conversation, Delivery
from aggregator.send.journal import sync_folder
from aggregator.send.server import SendError, UnsuitableError

MESSAGE_ID = re.compile(rb"^Message-ID:\s+(\S+)\r\n", re.M | re.I)


class Folder:
    """Takes mails as files. A file has its name when it is whole, and the same mail has the same name."""

    def __init__(self, place: Path, *, maildir: bool) -> None:
        self.maildir = maildir
        self.place = place
        self.final = place / "new" if maildir else place
        self.part = place / "tmp" if maildir else place

    def open(self) -> object:
        try:
            for name in ("new", "cur", "tmp") if self.maildir else ("",):
                (self.place / name).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SendError(f"{self.place}: {error.strerror}; nothing was handed over.") from None
        return self

    def hand_over(self, sender: str, recipient: str, message: bytes, giving: Callable[[], None]) -> Conversation:
        yield from ()  # a disk is not waited for in turns
        name = f"{sha256(found[1] if (found := MESSAGE_ID.search(message)) else message).hexdigest()[:32]}"
        name += ".aggregator" if self.maildir else ".eml"
        envelope = f"X-Envelope-To: {recipient}\r\n".encode() if self.maildir else b""
        part = self.part / (name if self.maildir else f".{name}.part")
        try:
            with part.open("wb") as stream:
                stream.write(envelope + message)
                stream.flush()
                os.fsync(stream.fileno())
            giving()
            part.rename(self.final / name)
            sync_folder(self.final)
        except OSError as error:
            return Delivery("deferred", f"{self.final}: {error.strerror}", ours=True)
        return Delivery("accepted", f"written to {self.final.name}/{name}")

    def fileno(self) -> int:
        return -1

    def close(self) -> None:
        pass


def folder_of(place: str, base: Path) -> Folder:
    """The folder that `maildir:PATH` or `eml:PATH` names, relative to `base`. Raises SendError for another text."""
    kind, _, path = place.partition(":")
    if kind not in ("maildir", "eml") or not path:
        raise UnsuitableError(f"{place!r} is no place to hand over to; write maildir:FOLDER, eml:FOLDER or listmonk.")
    return Folder(base / path, maildir=kind == "maildir")
