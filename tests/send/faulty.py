"""A mail server that does as it is told at each phase: refuses, defers, answers nonsense, or breaks the line."""

from __future__ import annotations

import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

OK: Mapping[str, bytes] = {
    "connect": b"220 ready\r\n", "EHLO": b"250-here\r\n250 HELP\r\n", "HELO": b"250 here\r\n", "MAIL": b"250 OK\r\n",
    "RCPT": b"250 OK\r\n", "DATA": b"354 go on\r\n", "dot": b"250 taken\r\n", "RSET": b"250 OK\r\n",
    "QUIT": b"221 bye\r\n", "AUTH": b"235 OK\r\n",
}  # fmt: skip
DROP = b""
"""Instead of an answer: the line is broken."""
Behaviour = Callable[[str, str], bytes | None]
"""By phase and recipient, what to answer; None for what a good server answers."""


class Faulty:
    """What came in: whole messages by recipient, whatever was answered to them, and how often the line was opened."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.got: Counter[str] = Counter()
        self.bodies: list[bytes] = []
        self.openings = 0
        self.commands: list[str] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.openings += 1
            threading.Thread(target=self.talk, args=(client,), daemon=True).start()

    def talk(self, client: socket.socket) -> None:
        recipient = ""
        try:
            with client, client.makefile("rb") as lines:
                if not self.answer(client, "connect", ""):
                    return
                for line in lines:
                    phase = line.split()[0].upper().decode()
                    self.commands.append(line.decode().strip())
                    if phase == "RCPT":
                        recipient = line.decode().split("<")[1].split(">")[0]
                    if not self.answer(client, phase, recipient) or phase == "QUIT":
                        return
                    if phase == "DATA" and (self.behaviour("DATA", recipient) or OK["DATA"]).startswith(b"354"):
                        self.bodies.append(b"".join(iter(lines.readline, b".\r\n")))
                        self.got[recipient] += 1
                        if not self.answer(client, "dot", recipient):
                            return
        except OSError:
            return

    def answer(self, client: socket.socket, phase: str, recipient: str) -> bool:
        said = self.behaviour(phase, recipient)
        said = OK.get(phase, b"500 what?\r\n") if said is None else said
        if said == DROP:
            client.shutdown(socket.SHUT_RDWR)
            return False
        client.sendall(said)
        return True


@contextmanager
def a_server(behaviour: Behaviour = lambda phase, recipient: None) -> Iterator[Faulty]:
    """A server on loopback that behaves so."""
    server = Faulty(behaviour)
    yield server
    server.listener.close()


def at(phase: str, said: bytes, recipient: str = "") -> Behaviour:
    """Says `said` at `phase`, to everyone or to the recipient whose address starts so."""
    return lambda here, who: said if here == phase and who.startswith(recipient) else None
