"""Which mail server to use, as an environment variable says: no password stands in sources.yaml or a command line."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import SplitResult, unquote, urlsplit


class SendError(Exception):
    """Nothing can be sent: the settings are wrong, or the server is not there. The text says which."""


class UnsuitableError(SendError):
    """What the command line, sources.yaml or the environment says cannot be used: no server was asked."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where mails are handed in. The secret never leaves this room."""

    host: str
    port: int
    tls: Literal["none", "starttls", "implicit"]
    user: str = ""
    secret: str = field(default="", repr=False)
    greeting: str | None = None
    """The name to say at EHLO; None for that of this machine."""


PORTS = {"smtp": 587, "smtps": 465, "smtp+plain": 25}


def server_from(variable: str, greeting: str | None = None) -> Server:
    """The server that the environment variable names: smtp://user:password@host:port, or smtps:// for TLS at once.

    A variable of the same name with _FILE after it names a file that holds this instead. smtp:// asks for STARTTLS,
    except towards this very machine; smtp+plain:// never does. Raises SendError.
    """
    value = secret_in(variable)
    parts = parts_of(value)
    port = parts.port or PORTS.get(parts.scheme, 0)
    if parts.scheme not in PORTS or not parts.hostname or not port:
        state = "is not set" if not value else "is not of the form smtp://user:password@host:port"
        raise UnsuitableError(f"The environment variable {variable} {state}; it names the mail server.")
    if parts.scheme != "smtps" and port == PORTS["smtps"]:
        raise UnsuitableError(f"{variable} names port {port}, at which TLS begins at once; write smtps:// for it.")
    local = parts.hostname in ("localhost", "127.0.0.1", "::1")
    tls: Literal["none", "starttls", "implicit"] = "implicit" if parts.scheme == "smtps" else "starttls"
    if parts.scheme == "smtp+plain" or (parts.scheme == "smtp" and local):
        tls = "none"
    return Server(parts.hostname, port, tls, *login_in(parts, variable), greeting)


def parts_of(value: str) -> SplitResult:
    """The parts of an address, all empty where it is none."""
    try:
        parts = urlsplit(value)
        parts.port  # noqa: B018  # raises for one that is no number
    except ValueError:  # that, or brackets without an address in them
        return urlsplit("")
    return parts


def login_in(parts: SplitResult, variable: str) -> tuple[str, str]:
    """User and password. Raises SendError for letters that the standard library cannot log in with."""
    user, secret = unquote(parts.username or ""), unquote(parts.password or "")
    if not (user + secret).isascii():
        raise UnsuitableError(
            f"The user or password in the environment variable {variable} has a letter outside ASCII, with which one "
            "cannot log in here; choose another password."
        )
    return user, secret


def secret_in(variable: str) -> str:
    """What the environment variable holds, or the file that `variable`_FILE names; '' for neither. Raises SendError."""
    if value := os.environ.get(variable, ""):
        return value.strip()
    named = os.environ.get(f"{variable}_FILE", "")
    try:
        return Path(named).read_text(encoding="utf-8").strip() if named else ""
    except (OSError, UnicodeDecodeError) as error:
        raise UnsuitableError(f"{named}, which {variable}_FILE names, cannot be read: {error}") from None
