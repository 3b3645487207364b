"""Handing messages to a mail server, in phases, so that it is always known whether the server may have one.

Up to the answer to DATA an error means that the server has nothing. From the first byte of the message on, only its
reply tells; without one the message is in doubt (RFC 1047), and in doubt it stays.
"""

from __future__ import annotations

import re
import select
import smtplib
from collections.abc import Callable, Generator
from concurrent.futures import Future
from contextlib import suppress
from threading import Thread
from typing import Any, Literal

from aggregator.send.conversation import SILENT, Conversation, Delivery, Wait
from aggregator.send.server import SendError, Server
from aggregator.send.smtp_commands import addressed, asked, dotted, heard, spoken
from aggregator.send.smtp_session import BROKEN, opened

SECONDS_FOR_A_VERDICT = 600.0
"""How long the answer after the last dot may take (RFC 5321, 4.5.3.2.6): giving up earlier doubts mails that came."""
SECONDS_FOR_GOODBYE = 5.0
OF_THE_ADDRESS = re.compile(rb"5\.[12]\.")
"""Or of its mailbox (RFC 3463)."""


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
        return Delivery(state, spoken(code, reply), of_the_mail=state == "refused" and not OF_THE_ADDRESS.match(reply))

    def reset(self) -> Generator[Wait, None, None]:
        """Forget the sender and recipient that came to nothing."""
        try:
            if self.client is not None and (yield from asked(self.client, ["RSET"]))[0][0] != 250:
                self.drop()
        except BROKEN:
            self.drop()


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
