"""Opening a session with the mail server, and hearing what it says in it."""

from __future__ import annotations

import smtplib
import socket
import ssl

from aggregator.send.server import SendError, Server

SECONDS = 60.0
A_WHOLE_MAIL = 256 * 1024
"""Bytes that the system takes at once, so that a server that reads slowly holds up no other line."""
BROKEN = (OSError, smtplib.SMTPException, ValueError)
"""What smtplib raises; ValueError for a command it will not put on a line."""


class Ear:
    """Where smtplib reads the server's lines from: it tells whether there is one that nobody has read."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.rest = b""

    def has_heard(self) -> bool:
        return bool(self.rest) or (isinstance(self.sock, ssl.SSLSocket) and self.sock.pending() > 0)

    def readline(self, most: int) -> bytes:
        """The next line, or its first `most` bytes; what there is where the server hung up."""
        while (end := self.rest.find(b"\n")) < 0 and len(self.rest) < most and (more := self.sock.recv(8_192)):
            self.rest += more
        size = min(end + 1 or len(self.rest), most)
        line, self.rest = self.rest[:size], self.rest[size:]
        return line

    def close(self) -> None:
        pass


def opened(server: Server) -> smtplib.SMTP:
    phase = "connecting"
    client: smtplib.SMTP | None = None
    try:
        context = ssl.create_default_context() if server.tls != "none" else None
        if server.tls == "implicit":
            client = smtplib.SMTP_SSL(server.host, server.port, server.greeting, timeout=SECONDS, context=context)
        else:
            client = smtplib.SMTP(server.host, server.port, server.greeting, timeout=SECONDS)
        phase = "EHLO"
        client.ehlo_or_helo_if_needed()
        if server.tls == "starttls":
            phase = "STARTTLS"
            client.starttls(context=context)
            client.ehlo()
        if server.user:
            phase = "AUTH"
            client.login(server.user, server.secret)
        if client.sock is not None:
            client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, A_WHOLE_MAIL)
            client.file = Ear(client.sock)  # smtplib calls these two of its methods
    except BROKEN as error:
        if client is not None:
            client.close()
        text = " ".join(str(error).split())
        shown = text.replace(server.secret, "…") if server.secret else text
        where = f"{server.host}:{server.port}"
        raise SendError(f"{where}: failed at {phase}: {shown or type(error).__name__}. Nothing was sent.") from None
    return client
