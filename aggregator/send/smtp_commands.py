"""MAIL, RCPT, DATA and the message: how they go over the wire, and what the answers to them mean (RFC 5321)."""

from __future__ import annotations

import re
import smtplib
from collections.abc import Generator

from aggregator.send import smtp_session
from aggregator.send.conversation import Delivery, Wait
from aggregator.send.smtp_session import BROKEN, Ear
from aggregator.store.addresses import on_the_wire

DOT = re.compile(rb"\n\.")
OF_US = re.compile(rb"5\.(7\.|1\.[78]\b)|.*sender address rejected", re.I | re.S)
NOT_ON_A_LINE = re.compile(r"[\x00-\x1f\x7f]")


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
            replies.append((yield from heard(client, smtp_session.SECONDS)))
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


def not_the_recipient(code: int, reply: bytes) -> bool:
    """Whether a refusal at RCPT speaks of us: not logged in, not allowed to relay, or from a sender who is none.

    RFC 3463, X.7, X.1.7 and X.1.8; RFC 4954. What Postfix finds wrong with a sender it says here, and with 5.1.0.
    """
    return code in (503, 530, 535, 538) or OF_US.match(reply) is not None


def dotted(message: bytes) -> bytes:
    """The message as it goes over the wire: leading dots doubled, and the dot that ends it (RFC 5321, 4.5.2)."""
    lines = b"." + message if message.startswith(b".") else message
    if DOT.search(lines):  # three times as quick as to replace nothing
        lines = lines.replace(b"\n.", b"\n..")
    return (lines if lines.endswith(b"\r\n") else lines + b"\r\n") + b".\r\n"


def spoken(code: int, reply: bytes) -> str:
    """The server's answer on one line."""
    return f"{code} {' '.join(reply.decode('utf-8', 'replace').split())}"[:300]
