"""Handing one message to a mail server, in phases, so that it is always known whether the server may have it.

Up to the DATA command an error means that the server has nothing. From the first byte of the message on, only its
reply tells; without one the message is in doubt (RFC 1047), and in doubt it stays.
"""

from __future__ import annotations

import os
import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote, urlsplit

SECONDS = 60.0


class SendError(Exception):
    """Nothing can be sent: the settings are wrong, or the server is not there."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where mails are handed in. `secret` never leaves this room."""

    host: str
    port: int
    tls: Literal["none", "starttls", "implicit"]
    user: str = ""
    secret: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What the server made of one message."""

    state: Literal["accepted", "refused", "deferred", "uncertain"]
    reply: str


def server_from(variable: str) -> Server:
    """The server that the environment variable names: smtp://user:password@host:port, or smtps:// for TLS at once.

    smtp:// asks for STARTTLS, except towards this very machine; smtp+plain:// never does. Raises SendError.
    """
    value = os.environ.get(variable, "")
    parts = urlsplit(value)
    ports = {"smtp": 587, "smtps": 465, "smtp+plain": 25}
    try:
        port = parts.port or ports.get(parts.scheme, 0)
    except ValueError:
        port = 0
    if parts.scheme not in ports or not parts.hostname or not port:
        state = "is not set" if not value else "is not of the form smtp://user:password@host:port"
        raise SendError(f"The environment variable {variable} {state}; it names the mail server.")
    local = parts.hostname in ("localhost", "127.0.0.1", "::1")
    tls: Literal["none", "starttls", "implicit"] = "implicit" if parts.scheme == "smtps" else "starttls"
    if parts.scheme == "smtp+plain" or (parts.scheme == "smtp" and local):
        tls = "none"
    return Server(parts.hostname, port, tls, unquote(parts.username or ""), unquote(parts.password or ""))


@contextmanager
def connection(server: Server) -> Iterator[smtplib.SMTP]:
    """A session that is ready for MAIL. Raises SendError, with the phase it failed in and without the password."""
    phase = "connecting"
    context = ssl.create_default_context()
    try:
        if server.tls == "implicit":
            client: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=SECONDS, context=context)
        else:
            client = smtplib.SMTP(server.host, server.port, timeout=SECONDS)
        phase = "EHLO"
        client.ehlo_or_helo_if_needed()
        if server.tls == "starttls":
            phase = "STARTTLS"
            client.starttls(context=context)
            client.ehlo()
        if server.user:
            phase = "AUTH"
            client.login(server.user, server.secret)
    except (OSError, smtplib.SMTPException) as error:
        text = str(error)
        shown = text.replace(server.secret, "…") if server.secret else text
        raise SendError(f"{server.host}:{server.port}: failed at {phase}: {shown}. Nothing was sent over it.") from None
    try:
        yield client
    finally:
        with suppress(OSError, smtplib.SMTPException):
            client.quit()
        client.close()


def hand_over(client: smtplib.SMTP, sender: str, recipient: str, message: bytes) -> Delivery:
    """Give one message to the server, and say what became of it. Never raises."""
    utf8 = ["SMTPUTF8"] if not (sender + recipient).isascii() and client.has_extn("smtputf8") else []
    try:
        for code, reply in steps(client, sender, recipient, utf8):
            if code not in (250, 251):
                with suppress(OSError, smtplib.SMTPException):
                    client.rset()
                return Delivery("deferred" if 400 <= code < 500 else "refused", spoken(code, reply))
        client.putcmd("DATA")
        code, reply = client.getreply()
        if code != 354:
            return Delivery("deferred" if 400 <= code < 500 else "refused", spoken(code, reply))
    except (OSError, smtplib.SMTPException) as error:
        client.close()
        return Delivery("deferred", f"The connection broke before the message was given: {error}")
    try:
        client.send(dotted(message))
        code, reply = client.getreply()
    except (OSError, smtplib.SMTPException) as error:
        client.close()
        return Delivery("uncertain", f"The connection broke while the server took the message: {error}")
    if code == 250:
        return Delivery("accepted", spoken(code, reply))
    return Delivery("deferred" if 400 <= code < 500 else "refused", spoken(code, reply))


def steps(client: smtplib.SMTP, sender: str, recipient: str, options: list[str]) -> Iterator[tuple[int, bytes]]:
    """MAIL and then RCPT, each with the server's answer."""
    yield client.mail(sender, options)
    yield client.rcpt(recipient)


def dotted(message: bytes) -> bytes:
    """The message as it goes over the wire: leading dots doubled, and the dot that ends it (RFC 5321, 4.5.2)."""
    lines = re.sub(rb"(?m)^\.", b"..", message)
    return (lines if lines.endswith(b"\r\n") else lines + b"\r\n") + b".\r\n"


def spoken(code: int, reply: bytes) -> str:
    """The server's answer on one line."""
    return f"{code} {' '.join(reply.decode('utf-8', 'replace').split())}"[:300]
