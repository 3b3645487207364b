"""Thousands of blogs on thousands of loopback hosts, in one process that counts the connections of each.

Every address of 127.0.0.0/8 answers on one port. A host is an address; what a blog holds follows from its path.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from hashlib import blake2b

SECONDS_TO_ANSWER = 0.01
WORDS = "akker brug dorp eik fiets gracht haven jas kade lamp molen nacht oever plein regen schip trein vuur".split()
GRACE = 0.05
"""A connection that was closed by a worker counts until its end was read; so long both must be open to count as two."""


def feed(host: str, path: str, posts: int) -> bytes:
    """An RSS feed whose posts have words of their own."""
    items = []
    for number in range(posts):
        digest = blake2b(f"{host}{path}{number}".encode()).digest()
        text = " ".join(f"{WORDS[byte % len(WORDS)]}{byte}" for byte in digest)
        link = f"http://{host}{path}/{number}"
        items.append(
            f"<item><title>{text[:40]}</title><link>{link}</link><guid>{link}</guid>"
            f"<pubDate>Mon, 02 Nov 2026 {number % 24:02}:00:00 GMT</pubDate><description>{text}</description></item>"
        )
    told = f"<title>{path}</title><link>http://{host}/</link><description>x</description>"
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{told}{"".join(items)}</channel></rss>'.encode()


class Hosts:
    """What all hosts saw."""

    def __init__(self, posts: int) -> None:
        self.posts = posts
        self.open: dict[str, set[asyncio.StreamWriter]] = {}
        self.most: Counter[str] = Counter()
        self.requests: Counter[str] = Counter()
        self.unchanged = self.connections = 0
        self.begun = 0.0
        """When the first request came since somebody asked for /begin, on the clock that all processes share."""

    async def visit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host = writer.get_extra_info("sockname")[0]
        visitors = self.open.setdefault(host, set())
        visitors.add(writer)
        self.connections += 1
        judging = asyncio.create_task(self.judge(host, reader, writer))
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                await asyncio.sleep(SECONDS_TO_ANSWER)
                writer.write(self.answer(host, head))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            visitors.discard(writer)
            judging.cancel()
            writer.close()

    async def judge(self, host: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Note how many connections are open together with this one; those that are just ending are not."""
        others = set(self.open[host])
        await asyncio.sleep(GRACE if len(others) > 1 else 0)
        self.most[host] = max(self.most[host], len(others & self.open[host]))

    def answer(self, host: str, head: bytes) -> bytes:
        path = head.split(b" ", 2)[1].decode()
        port = head.partition(b"Host: ")[2].partition(b"\r\n")[0].rpartition(b":")[2].decode()
        if path == "/begin":
            self.begun = 0.0
        if path in ("/counts", "/begin"):
            body = json.dumps(self.counts()).encode()
            return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        self.requests[f"{host}{path}"] += 1
        self.begun = self.begun or time.monotonic()
        etag = blake2b(f"{host}{path}".encode(), digest_size=8).hexdigest()
        if etag.encode() in head:
            self.unchanged += 1
            return f'HTTP/1.1 304 Not Modified\r\nETag: "{etag}"\r\n\r\n'.encode()
        body = feed(f"{host}:{port}", path, self.posts)
        kind = f'ETag: "{etag}"\r\nContent-Type: application/rss+xml\r\nContent-Length: {len(body)}\r\n\r\n'
        return f"HTTP/1.1 200 OK\r\n{kind}".encode() + body

    def counts(self) -> dict[str, float]:
        return {
            "most": max(self.most.values(), default=0),
            "hosts": len(self.most),
            "connections": self.connections,
            "requests": sum(self.requests.values()),
            "unchanged": self.unchanged,
            "begun": self.begun,
        }


async def serve(posts: int) -> None:
    hosts = Hosts(posts)
    server = await asyncio.start_server(hosts.visit, "0.0.0.0", 0, backlog=1000)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
