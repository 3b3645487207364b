"""Mail that came in, from a maildir or over IMAP: what nobody has seen yet, and how to say that it was seen to."""

from __future__ import annotations

import imaplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote

from aggregator.send.server import SendError, UnsuitableError, login_in, parts_of, secret_in

LARGEST = 10_000_000
"""Bytes; a larger mail is left for a person."""
SECONDS = 60.0
VARIABLE = "AGGREGATOR_IMAP"


class Mailbox(Protocol):
    """A box of mails."""

    def unseen(self) -> Iterator[tuple[str, bytes]]:
        """Each mail that was not seen to, with the name it has here."""

    def seen(self, name: str) -> None:
        """Mark a mail as seen to."""


class Maildir:
    """A maildir, or one that a program keeps for it: new/, cur/, tmp/."""

    def __init__(self, folder: Path) -> None:
        if not (folder / "new").is_dir() or not (folder / "cur").is_dir():
            raise UnsuitableError(f"{folder} is no maildir: it has no folders `new` and `cur`.")
        self.folder = folder

    def unseen(self) -> Iterator[tuple[str, bytes]]:
        every = [*(self.folder / "new").iterdir(), *(self.folder / "cur").iterdir()]
        for path in sorted(every, key=lambda path: path.name):
            flags = path.name.partition(":2,")[2]
            if path.name.startswith(".") or "S" in flags or not path.is_file() or path.stat().st_size > LARGEST:
                continue
            yield str(path.relative_to(self.folder)), path.read_bytes()

    def seen(self, name: str) -> None:
        path = self.folder / name
        base, _, flags = path.name.partition(":2,")
        path.rename(self.folder / "cur" / f"{base}:2,{''.join(sorted({*flags, 'S'}))}")


class Imap:
    """A folder on an IMAP server."""

    def __init__(self, client: imaplib.IMAP4) -> None:
        self.client = client

    def unseen(self) -> Iterator[tuple[str, bytes]]:
        found = self.client.uid("SEARCH", "UNSEEN", "SMALLER", str(LARGEST))[1]
        for name in (found[0] or b"").split():
            # PEEK: what is not for us stays unread
            for part in self.client.uid("FETCH", name.decode(), "(BODY.PEEK[])")[1]:
                if isinstance(part, tuple):
                    yield name.decode(), part[1]

    def seen(self, name: str) -> None:
        self.client.uid("STORE", name, "+FLAGS", r"(\Seen)")


@contextmanager
def imap(variable: str = VARIABLE) -> Iterator[Imap]:
    """The folder that the environment variable names: imaps://user:password@host/Folder, or imap:// with STARTTLS.

    Raises SendError, which tells no password.
    """
    parts = parts_of(secret_in(variable))
    if parts.scheme not in ("imap", "imaps") or not parts.hostname or not parts.username:
        raise UnsuitableError(
            f"The environment variable {variable} is not of the form imaps://user:password@host/Folder."
        )
    user, secret = login_in(parts, variable)
    folder = unquote(parts.path.strip("/")) or "INBOX"
    where = f"{parts.hostname}/{folder}"
    try:
        context = ssl.create_default_context()
        client: imaplib.IMAP4
        if parts.scheme == "imaps":
            client = imaplib.IMAP4_SSL(parts.hostname, parts.port or 993, ssl_context=context, timeout=SECONDS)
        else:
            client = imaplib.IMAP4(parts.hostname, parts.port or 143, timeout=SECONDS)
            if parts.hostname not in ("localhost", "127.0.0.1", "::1"):
                client.starttls(context)
        with client:
            client.login(user, secret)
            if client.select(f'"{folder}"')[0] != "OK":
                raise SendError(f"{where}: there is no such folder.")
            yield Imap(client)
    except (OSError, imaplib.IMAP4.error) as error:
        text = " ".join(str(error).split())
        raise SendError(f"{where}: {text.replace(secret, '…') if secret else text}") from None
