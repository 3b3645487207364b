"""Handing messages to a mail server, in phases, so that it is always known whether the server may have one.

Up to the answer to DATA an error means that the server has nothing. From the first byte of the message on, only its
reply tells; without one the message is in doubt (RFC 1047), and in doubt it stays.
"""

from __future__ import annotations

import re
import select
import smtplib
import socket
import ssl
from collections.abc import Callable, Generator
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from threading import Thread
from typing import Any, Literal

from aggregator.send.server import SendError, Server

SECONDS = 60.0
SECONDS_FOR_A_VERDICT = 600.0
"""How long the answer after the last dot may take (RFC 5321, 4.5.3.2.6): giving up earlier doubts mails that came."""
SECONDS_FOR_GOODBYE = 5.0
A_WHOLE_MAIL = 256 * 1024
"""Bytes that the system takes at once, so that a server that reads slowly holds up no other line."""
SILENT = "it said nothing for too long"
BROKEN = (OSError, smtplib.SMTPException, ValueError)
"""What smtplib raises; ValueError for a command it will not put on a line."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one message."""

    state: Literal["accepted", "refused", "deferred", "uncertain"]
    reply: str
    ours: bool = False
    """The fault is not the recipient's: the server would treat the next one alike."""


Wait = float | Future[Any]
"""What a conversation waits for: the server's next word, so many seconds at most; or a session."""
Conversation = Generator[Wait, None, Delivery]
"""The giving of one message, in turns with others: it stops where it has to wait."""


class Line:
    """One session with the server: opened when it is needed, and anew when it broke."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.client: smtplib.SMTP | None = None
        self.used = False

    def open(self) -> smtplib.SMTP:
        """A session that is ready for MAIL. Raises SendError, naming the phase it failed in and not the password."""
        if self.client is None:
            self.client, self.used = opened(self.server), False
        return self.client

    def close(self) -> None:
        """End the session; what was accepted stays accepted, however this goes."""
        client, self.client = self.client, None
        if client is not None:
            with suppress(*BROKEN):
                if client.sock is not None:
                    client.sock.settimeout(SECONDS_FOR_GOODBYE)
                client.quit()
            client.close()

    def drop(self) -> None:
        """Leave a session that cannot be trusted any more."""
        client, self.client = self.client, None
        if client is not None:
            client.close()

    def fileno(self) -> int:
        """Of the socket that the server's next word comes through."""
        return self.client.sock.fileno() if self.client is not None and self.client.sock is not None else -1

    def ready(self) -> Generator[Wait, None, smtplib.SMTP]:
        """A session that is ready for MAIL, opened in a thread of its own where there is none. Raises SendError."""
        if self.client is None:
            session = in_a_thread(lambda: opened(self.server))
            yield session
            self.client, self.used = session.result(), False
        return self.client

    def hand_over(self, sender: str, recipient: str, message: bytes, giving: Callable[[], None]) -> Conversation:
        """Give one message to the server, and say what became of it. `giving` is called before the first byte of it.

        Raises only what `giving` does.
        """
        while True:
            try:
                client = yield from self.ready()
            except SendError as error:
                return Delivery("deferred", str(error), ours=True)
            was_used, self.used = self.used, True
            try:
                envelope = yield from addressed(client, sender, recipient)
            except BROKEN as error:
                self.drop()
                envelope = Delivery("deferred", f"The connection broke before the message was given: {error}", True)
            if envelope is None:
                giving()
                return (yield from self.given(client, message))
            if envelope.reply.startswith("421"):
                self.drop()  # the server closes the session (RFC 5321, 3.8)
            if self.client is None and was_used:
                continue  # a server may end a session after so many messages, or so long: that is no failure
            if self.client is not None:
                yield from self.reset()
            return envelope

    def given(self, client: smtplib.SMTP, message: bytes) -> Conversation:
        """Send the message itself, after the server asked for it."""
        try:
            client.send(dotted(message))
            code, reply = yield from heard(client, SECONDS_FOR_A_VERDICT)
        except BROKEN as error:
            self.drop()
            return Delivery("uncertain", f"The connection broke while the server took the message: {error}")
        if code // 100 not in (2, 4, 5):
            self.drop()
            return Delivery("uncertain", f"The server answered the message with {spoken(code, reply)!r}.")
        if code == 421:
            self.drop()
        state: Literal["accepted", "deferred", "refused"]
        state = "accepted" if code < 300 else "deferred" if code < 500 else "refused"
        return Delivery(state, spoken(code, reply))

    def reset(self) -> Generator[Wait, None, None]:
        """Forget the sender and recipient that came to nothing."""
        try:
            if self.client is not None and (yield from asked(self.client, ["RSET"]))[0][0] != 250:
                self.drop()
        except BROKEN:
            self.drop()


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


def in_a_thread(work: Callable[[], Any]) -> Future[Any]:
    """What comes of `work`, which may take long."""
    future: Future[Any] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:
            future.set_exception(error)

    Thread(target=run, daemon=True).start()
    return future


def at_once(line: Line, conversation: Conversation) -> Delivery:
    """What a conversation over `line` comes to, waited for here and now."""
    late: OSError | None = None
    while True:
        try:
            wait = conversation.throw(late) if late else next(conversation)
        except StopIteration as done:
            delivery: Delivery = done.value
            return delivery
        silent = not isinstance(wait, Future) and not select.select([line], [], [], wait)[0]
        late = TimeoutError(SILENT) if silent else None


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


def addressed(client: smtplib.SMTP, sender: str, recipient: str) -> Generator[Wait, None, Delivery | None]:
    """MAIL, RCPT and DATA; None when the server asks for the message, else why it does not. Raises one of BROKEN."""
    options = ""
    if not (sender + recipient).isascii():
        sender, recipient = on_the_wire(sender), on_the_wire(recipient)
    if not (sender + recipient).isascii():
        if not client.has_extn("smtputf8"):
            reason = "The mail server takes no address with letters outside ASCII before the @ (SMTPUTF8, RFC 6531)."
            return Delivery("refused", reason)
        options = " SMTPUTF8 BODY=8BITMIME"
    replies = yield from asked(client, [f"MAIL FROM:<{sender}>{options}", f"RCPT TO:<{recipient}>", "DATA"])
    code, reply = replies[0]
    if code // 100 != 2:
        return refusing(client, replies, Delivery("deferred", f"{spoken(code, reply)} (to MAIL FROM:<{sender}>)", True))
    code, reply = replies[1]
    if code // 100 != 2:
        if not 500 <= code < 600 or not_the_recipient(code, reply):
            return refusing(client, replies, Delivery("deferred", spoken(code, reply), ours=not 400 <= code < 500))
        return refusing(client, replies, Delivery("refused", spoken(code, reply)))
    code, reply = replies[2]
    if code != 354:
        return Delivery("deferred", f"{spoken(code, reply)} (to DATA)", ours=True)
    return None


def asked(client: smtplib.SMTP, commands: list[str]) -> Generator[Wait, None, list[tuple[int, bytes]]]:
    """The replies to `commands`, at least one, up to the first that is no yes.

    A server that takes several at once (RFC 2920) gets them at once: a mail then costs two turns, not four. Raises one
    of BROKEN.
    """
    for command in commands:
        if NOT_ON_A_LINE.search(command):
            raise ValueError(f"{command!r} cannot stand on a line")
    together = client.has_extn("pipelining")
    if together:
        client.send("".join(f"{command}\r\n" for command in commands).encode())
    replies: list[tuple[int, bytes]] = []
    for command in commands:
        if not together:
            client.send(f"{command}\r\n".encode())
        try:
            replies.append((yield from heard(client, SECONDS)))
        except BROKEN:
            if replies and replies[-1][0] // 100 != 2:
                break  # it said why before it hung up
            raise
        if not together and replies[-1][0] // 100 not in (2, 3):
            break
    return replies


def heard(client: smtplib.SMTP, seconds: float) -> Generator[Wait, None, tuple[int, bytes]]:
    """The server's next reply, which is waited for elsewhere. Raises one of BROKEN."""
    if not (isinstance(client.file, Ear) and client.file.has_heard()):
        yield seconds
    return client.getreply()


def refusing(client: smtplib.SMTP, replies: list[tuple[int, bytes]], delivery: Delivery) -> Delivery:
    """`delivery`; where the server waits for a message all the same, the session is ended, for it shall get none."""
    if len(replies) == 3 and replies[2][0] == 354:
        client.close()
    return delivery


DOT = re.compile(rb"\n\.")
NOT_ON_A_LINE = re.compile(r"[\x00-\x1f\x7f]")


def not_the_recipient(code: int, reply: bytes) -> bool:
    """Whether a refusal at RCPT speaks of us: not logged in, not allowed to relay (RFC 3463, X.7; RFC 4954)."""
    return code in (503, 530, 535, 538) or re.match(rb"5\.7\.\d", reply) is not None


def dotted(message: bytes) -> bytes:
    """The message as it goes over the wire: leading dots doubled, and the dot that ends it (RFC 5321, 4.5.2)."""
    lines = b"." + message if message.startswith(b".") else message
    if DOT.search(lines):  # three times as quick as to replace nothing
        lines = lines.replace(b"\n.", b"\n..")
    return (lines if lines.endswith(b"\r\n") else lines + b"\r\n") + b".\r\n"


def on_the_wire(address: str) -> str:
    """`address` with its domain in ASCII (RFC 5890)."""
    local, at, domain = address.strip().rpartition("@")
    try:
        return f"{local}{at}{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        return address.strip()


def spoken(code: int, reply: bytes) -> str:
    """The server's answer on one line."""
    return f"{code} {' '.join(reply.decode('utf-8', 'replace').split())}"[:300]
