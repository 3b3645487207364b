"""Made-up feeds on loopback, each at an address of its own (127.0.1.1 and on), for the measurements of whole runs."""

from __future__ import annotations

import json
import multiprocessing
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from multiprocessing.connection import Connection
from zlib import crc32

WORDS = (
    "de het een van en in is dat op te voor met zijn er niet aan ook als om maar dan door naar bij uit nog worden kan "
    "heeft over wordt deze meer tot jaar was moet gaat goed mensen nieuwe tijd klant relatie dienst vraag antwoord "
    "gesprek verhaal winkel kantoor verkoop advies ervaring cijfers onderzoek proces systeem gegevens kanaal afspraak"
).split()
POSTS = 32


@dataclass
class Served:
    """The server that runs: the addresses of its feeds, and a way to let some of them get a new post."""

    addresses: list[str]
    pipe: Connection
    versions: dict[int, int] = field(default_factory=dict)

    def change(self, numbers: Sequence[int]) -> None:
        """Give each of these feeds one new post."""
        for number in numbers:
            self.versions[number] = self.versions.get(number, 0) + 1
        self.pipe.send(self.versions)
        self.pipe.recv()


@contextmanager
def feeds_served(count: int) -> Iterator[Served]:
    """`count` feeds until the block ends."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(theirs,), daemon=True)
    process.start()
    port = ours.recv()
    try:
        yield Served([f"http://{host(number)}:{port}/{number}.xml" for number in range(count)], ours)
    finally:
        process.kill()
        process.join()


def host(number: int) -> str:
    return f"127.0.{1 + number // 250}.{1 + number % 250}"


def serve(pipe: Connection) -> None:
    """In the process of the server: answer until killed."""
    import asyncio

    versions: dict[int, int] = {}

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                writer.write(answer(head.decode("latin-1"), versions))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def run() -> None:
        server = await asyncio.start_server(talk, "0.0.0.0", 0, backlog=512)
        pipe.send(server.sockets[0].getsockname()[1])

        def told() -> None:
            versions.update(pipe.recv())
            pipe.send("done")

        asyncio.get_running_loop().add_reader(pipe.fileno(), told)
        await server.serve_forever()

    asyncio.run(run())


def answer(head: str, versions: dict[int, int]) -> bytes:
    name = head.split(" ", 2)[1].strip("/").removesuffix(".xml")
    if not name.isdecimal():
        return b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"
    number = int(name)
    etag = f'"{number}-{versions.get(number, 0)}"'
    if f"if-none-match: {etag}" in head.casefold():
        return f"HTTP/1.1 304 Not Modified\r\netag: {etag}\r\n\r\n".encode()
    body = feed(number, versions.get(number, 0))
    lines = f"HTTP/1.1 200 OK\r\ncontent-type: application/xml\r\netag: {etag}\r\ncontent-length: {len(body)}\r\n\r\n"
    return lines.encode() + body


def feed(number: int, version: int) -> bytes:
    """Feed `number` as RSS: its newest posts first, one more for each version."""
    site = f"https://blog{number}.example"
    parts = [
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/">'
        f"<channel><title>Blog {number}</title><link>{site}/</link><description>Proef</description>"
        "<language>nl</language>"
    ]
    for place in range(version + POSTS - 1, version - 1, -1):
        chance = random.Random(crc32(f"{number}/{place}".encode()))
        day, month = place % 28 + 1, place // 28 % 12
        when = f"{day:02} {'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split()[month]} 2026 08:00:00 +0100"
        parts.append(
            f"<item><title>{escape(json.dumps(place))} {sentence(chance, 6)}</title><link>{site}/{place}</link>"
            f"<guid>{site}/{place}</guid><pubDate>{when}</pubDate>"
            f"<content:encoded><![CDATA[{body(chance)}]]></content:encoded></item>"
        )
    return ("".join(parts) + "</channel></rss>").encode()


def body(chance: random.Random) -> str:
    """One to eight kilobytes of HTML."""
    wanted, made = int(1024 * 8 ** chance.random()), ""
    while len(made) < wanted:
        made += f'<p>{sentence(chance, 40)} <a href="/over/{chance.randrange(999)}">{chance.choice(WORDS)}</a>.</p>\n'
    return made


def sentence(chance: random.Random, words: int) -> str:
    return " ".join(chance.choices(WORDS, k=words)).capitalize()
