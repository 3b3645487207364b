"""Which mail server to use, as an environment variable says: no password stands in sources.yaml or a command line."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import unquote, urlsplit


class SendError(Exception):
    """Nothing can be sent: the settings are wrong, or the server is not there. The text says which."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where mails are handed in. The secret never leaves this room."""

    host: str
    port: int
    tls: Literal["none", "starttls", "implicit"]
    user: str = ""
    secret: str = field(default="", repr=False)


PORTS = {"smtp": 587, "smtps": 465, "smtp+plain": 25}


def server_from(variable: str) -> Server:
    """The server that the environment variable names: smtp://user:password@host:port, or smtps:// for TLS at once.

    smtp:// asks for STARTTLS, except towards this very machine; smtp+plain:// never does. Raises SendError.
    """
    value = os.environ.get(variable, "")
    try:
        parts = urlsplit(value)
        port = parts.port or PORTS.get(parts.scheme, 0)
    except ValueError:  # a port that is no number, brackets without an address
        parts, port = urlsplit(""), 0
    if parts.scheme not in PORTS or not parts.hostname or not port:
        state = "is not set" if not value else "is not of the form smtp://user:password@host:port"
        raise SendError(f"The environment variable {variable} {state}; it names the mail server.")
    local = parts.hostname in ("localhost", "127.0.0.1", "::1")
    tls: Literal["none", "starttls", "implicit"] = "implicit" if parts.scheme == "smtps" else "starttls"
    if parts.scheme == "smtp+plain" or (parts.scheme == "smtp" and local):
        tls = "none"
    return Server(parts.hostname, port, tls, unquote(parts.username or ""), unquote(parts.password or ""))
