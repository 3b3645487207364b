"""libcurl's multi interface in the loop of asyncio: curl says which sockets and which moment it waits for.

It knows nothing of HTTP. pycurl brings such a driver too; that one takes a handle that is used again at once for the
one before, and has two turns of the loop and a future for each request that nothing here needs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pycurl

Ended = Callable[[int, str], None]
"""Called with curl's code (0 when all went well) and sentence when it is through with a handle, and still holds it."""


class Multi:
    """Handles of curl at work, and the connections that are kept between them."""

    def __init__(self, most_kept: int, most_to_a_host: int) -> None:
        self.loop = asyncio.get_running_loop()
        self.timer: asyncio.Handle | None = None
        self.ended: dict[pycurl.Curl, Ended] = {}
        self.watched: dict[int, int] = {}
        """By file descriptor, what curl waits for of it."""
        self.multi = pycurl.CurlMulti()
        self.multi.setopt(pycurl.M_SOCKETFUNCTION, self.on_socket)
        self.multi.setopt(pycurl.M_TIMERFUNCTION, self.on_timer)
        self.multi.setopt(pycurl.M_MAXCONNECTS, most_kept)
        # Of those that are kept the oldest is closed first, when one more is opened.
        self.multi.setopt(pycurl.M_MAX_HOST_CONNECTIONS, most_to_a_host)

    def add(self, curl: pycurl.Curl, ended: Ended) -> None:
        self.ended[curl] = ended
        self.multi.add_handle(curl)

    def remove(self, curl: pycurl.Curl) -> None:
        """Take a handle from curl; if it is at work yet, its connection is closed."""
        if self.ended.pop(curl, None) is not None:
            self.multi.remove_handle(curl)

    def close(self) -> None:
        for curl in list(self.ended):
            self.remove(curl)
        self.multi.close()
        self.on_timer(-1)
        for descriptor in list(self.watched):
            self.on_socket(pycurl.POLL_REMOVE, descriptor)

    def on_socket(self, wanted: int, descriptor: int, *_: object) -> None:
        """Watch a socket for what curl wants of it from now on."""
        before = self.watched.pop(descriptor, 0)
        if wanted == pycurl.POLL_REMOVE:
            wanted = 0
        else:
            self.watched[descriptor] = wanted
        begins, ends = wanted & ~before, before & ~wanted
        if begins & pycurl.POLL_IN:
            self.loop.add_reader(descriptor, self.act, descriptor, pycurl.CSELECT_IN)
        if begins & pycurl.POLL_OUT:
            self.loop.add_writer(descriptor, self.act, descriptor, pycurl.CSELECT_OUT)
        if ends & pycurl.POLL_IN:
            self.loop.remove_reader(descriptor)
        if ends & pycurl.POLL_OUT:
            self.loop.remove_writer(descriptor)

    def on_timer(self, milliseconds: int) -> None:
        """Call curl then, and no more at the moment it named before; -1 is never."""
        if self.timer is not None:
            self.timer.cancel()
        if milliseconds > 0:
            self.timer = self.loop.call_later(milliseconds / 1000, self.act, pycurl.SOCKET_TIMEOUT, 0)
        elif milliseconds == 0:  # not at once: curl is at work
            self.timer = self.loop.call_soon(self.act, pycurl.SOCKET_TIMEOUT, 0)
        else:
            self.timer = None

    def act(self, descriptor: int, ready: int) -> None:
        """Let curl do what it can, and say which handles it is through with."""
        self.multi.socket_action(descriptor, ready)
        left = 1
        while left:
            left, done, failed = self.multi.info_read()
            for curl in done:
                self.end(curl, 0, "")
            for curl, code, told in failed:
                self.end(curl, code, told)

    def end(self, curl: pycurl.Curl, code: int, told: str) -> None:
        self.ended[curl](code, told)
        self.remove(curl)
