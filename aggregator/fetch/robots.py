"""robots.txt (RFC 9309), for pages: a feed is published to be polled, a page is not."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from protego import Protego

LARGEST = 512_000
"""Bytes that the RFC asks every crawler to read; what follows is ignored."""


class Robots:
    """What each host allows, as far as this run has asked. A host without the file allows everything.

    `name` is what the rules call us: no more than that, as who reads a User-Agent finds others' names in it
    (RFC 9309, 2.2.1).
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.rules: dict[str, Protego | None] = {}

    def knows(self, url: str) -> bool:
        return origin(url) in self.rules

    def learn(self, url: str, body: bytes) -> None:
        """Remember the file of the host of `url`; an empty one for a host that has none or does not answer."""
        if not body.strip():
            self.rules[origin(url)] = None
            return
        from protego import Protego

        self.rules[origin(url)] = Protego.parse(body[:LARGEST].decode("utf-8", "replace"))

    def allows(self, url: str) -> bool:
        """Whether the host is known to allow `url`; False for a host not asked yet."""
        if not self.knows(url):
            return False
        rules = self.rules[origin(url)]
        return rules is None or bool(rules.can_fetch(url, self.name))


def origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
