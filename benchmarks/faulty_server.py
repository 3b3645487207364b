"""A mail server that fails at one phase in one way, now and then, and counts what it took.

`python -m benchmarks.faulty_server CERTIFICATE KEY` prints its port. Each line of its standard input is a fault, as
JSON [phase, kind], and begins a new count; an empty line asks for the count, which is printed as JSON.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
from collections import Counter

PHASES = ("connect", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "dot", "QUIT")
KINDS = ("refused", "deferred", "dropped", "silent")
OF_A_SESSION = ("connect", "EHLO", "STARTTLS", "AUTH")
REPLIES = {
    ("connect", "refused"): "554 no service", ("connect", "deferred"): "421 too busy",
    ("EHLO", "refused"): "550 no", ("EHLO", "deferred"): "421 too busy",
    ("STARTTLS", "refused"): "502 not here", ("STARTTLS", "deferred"): "454 not now",
    ("AUTH", "refused"): "535 wrong", ("AUTH", "deferred"): "454 not now",
    ("MAIL", "refused"): "550 5.7.1 not you", ("MAIL", "deferred"): "451 later",
    ("RCPT", "refused"): "550 5.1.1 nobody", ("RCPT", "deferred"): "450 4.2.1 later",
    ("DATA", "refused"): "554 no", ("DATA", "deferred"): "451 later",
    ("dot", "refused"): "550 5.6.0 no", ("dot", "deferred"): "452 no room",
    ("QUIT", "refused"): "500 what", ("QUIT", "deferred"): "421 later",
}  # fmt: skip
TRIES_AT_FAULT = 2
"""So often a reader is put off or cut off; a refusal lasts."""


class Broken(Exception):  # noqa: N818  (a state of affairs)
    """The session ends here."""


class Server:
    """One server for many counts; what came in of an earlier one is counted nowhere."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self.context = context
        self.begin("none", "none")

    def begin(self, phase: str, kind: str) -> None:
        self.phase, self.kind = phase, kind
        self.sessions = self.mails = 0
        self.tries: Counter[str] = Counter()
        self.taken: Counter[str] = Counter()

    def strikes(self, phase: str, recipient: str) -> bool:
        """Whether the fault is now."""
        if phase != self.phase or self.kind == "none":
            return False
        if phase in OF_A_SESSION:
            return self.sessions % 3 == 2
        if phase == "MAIL":
            return self.mails % 150 == 75
        if phase == "QUIT":
            return True
        if int(recipient[5:9]) % 97 != 13:
            return False
        self.tries[recipient] += 1
        return self.kind == "refused" or self.tries[recipient] <= TRIES_AT_FAULT

    async def answer(self, writer: asyncio.StreamWriter, phase: str, good: str, recipient: str = "") -> bool:
        """Answer; whether with what a good server answers. Raises Broken where none comes."""
        if not self.strikes(phase, recipient):
            writer.write(f"{good}\r\n".encode())
            return True
        if self.kind == "dropped":
            raise Broken
        if self.kind == "silent":
            await asyncio.sleep(3)
            raise Broken
        writer.write(f"{REPLIES[phase, self.kind]}\r\n".encode())
        return False

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.sessions += 1
        recipient = ""
        secured = False
        try:
            await self.answer(writer, "connect", "220 ready")
            while line := await reader.readline():
                verb = line.split(b" ")[0].strip().upper().decode()
                if verb == "EHLO":
                    offered = "" if secured or self.phase not in ("STARTTLS", "AUTH") else "250-STARTTLS\r\n"
                    await self.answer(writer, "EHLO", f"250-here\r\n{offered}250-AUTH PLAIN\r\n250 PIPELINING")
                elif verb == "STARTTLS":
                    if await self.answer(writer, "STARTTLS", "220 go on"):
                        await writer.start_tls(self.context)
                        secured = True
                elif verb == "AUTH":
                    await self.answer(writer, "AUTH", "235 welcome")
                elif verb == "MAIL":
                    self.mails += 1
                    recipient = ""
                    await self.answer(writer, "MAIL", "250 ok")
                elif verb == "RCPT":
                    named = line.decode().split("<")[1].split(">")[0]
                    recipient = named if await self.answer(writer, "RCPT", "250 ok", named) else ""
                elif verb == "DATA":
                    if not recipient:
                        writer.write(b"503 nobody to give it to\r\n")
                    elif await self.answer(writer, "DATA", "354 go on", recipient):
                        await self.take(reader, writer, recipient)
                elif verb == "QUIT":
                    await self.answer(writer, "QUIT", "221 bye")
                    return
                else:
                    writer.write(b"250 ok\r\n")
        except (Broken, OSError, asyncio.IncompleteReadError, ssl.SSLError):
            pass
        finally:
            writer.close()

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, recipient: str) -> None:
        """The message: it is taken when the last dot is there, whatever can be said of it after, unless refused."""
        await reader.readuntil(b"\r\n.\r\n")
        self.taken[recipient] += 1
        if not await self.answer(writer, "dot", "250 taken", recipient):
            self.taken[recipient] -= 1


async def serve(certificate: str, key: str) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    server = Server(context)
    listener = await asyncio.start_server(server.talk, "0.0.0.0", 0, backlog=100)
    print(listener.sockets[0].getsockname()[1], flush=True)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        if line.strip():
            server.begin(*json.loads(line))
        print(json.dumps(server.taken), flush=True)


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], sys.argv[2]))
