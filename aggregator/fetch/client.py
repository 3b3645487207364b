"""HTTP: one client a run, conditional always, bounded in every way, polite to every host."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b
from types import TracebackType
from typing import Self
from urllib.parse import urljoin

import httpx

from aggregator import __version__
from aggregator.fetch.addresses import host_of, is_of_the_web, led_to, may_have
from aggregator.fetch.asking import headers_for, headers_of
from aggregator.fetch.freshness import DEFAULT_REST, fresh_seconds, retry_moment, usable
from aggregator.fetch.private import PrivateAddressError, Resolve, resolve
from aggregator.fetch.robots import Robots
from aggregator.fetch.transport import Ways
from aggregator.fetch.wording import (
    portal,
    private_address,
    refused_scheme,
    status_problem,
    too_many_redirects,
    transport_problem,
)  # fmt: skip
from aggregator.model import Answer, Fetched, Get, Problem, Purpose, Resource, Unchanged, Validators
from aggregator.settings import Network, Source

REDIRECTS = (301, 302, 303, 307, 308)
PERMANENT = (301, 308)


@dataclass(frozen=True, slots=True)
class Hop:
    """One answer on the way: a redirect, or the end of it."""

    answer: Fetched | Unchanged | Problem | None = None
    location: str = ""
    permanent: bool = False


class Fetcher:
    """The one door to the web for a run. `resolver` is asked for addresses instead of the system, in tests."""

    def __init__(self, network: Network, publication_url: str, now: datetime, resolver: Resolve = resolve) -> None:
        self.network = network
        self.now = now
        self.ways = Ways(network, resolver)
        self.agent = f"aggregator/{__version__} (+{network.contact or publication_url})"
        self.total = asyncio.Semaphore(network.connections)
        self.hosts: dict[str, asyncio.Semaphore] = {}
        self.throttled: dict[str, Problem] = {}
        self.took: dict[str, float] = {}
        """By host, the seconds of the slowest answer of this run."""
        self.robots = Robots("aggregator")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.ways.aclose()

    def getter(self, source: Source) -> Get:
        """A `get` for one source: its headers and its password go to its own host only."""
        headers, own = headers_of(source), source.url or ""

        async def get(url: str, purpose: Purpose, known: Resource | None = None) -> Answer:
            return await self.get(url, purpose, known, headers, own)

        return get

    def resting(self) -> dict[str, datetime]:
        """The hosts that said until when they want to be left alone."""
        return {host: problem.retry_at for host, problem in self.throttled.items() if problem.retry_at is not None}

    async def get(
        self, url: str, purpose: Purpose, known: Resource | None, headers: Mapping[str, str], own: str
    ) -> Answer:
        """The answer at `url` after redirects; every way it can fail is a Problem with a sentence."""
        permanent: str | None = None
        here, unbroken, seen = url, True, {url}
        for _ in range(self.network.redirects + 1):
            if not is_of_the_web(here):
                return refused_scheme(here, url)
            if purpose != "feed" and (refusal := await self.refusal(here)) is not None:
                return refusal
            sent = headers_for(purpose, known, headers if may_have(here, own) else {}, self.agent, self.now)
            hop = await self.polite(here, url, sent, known)
            if hop.answer is not None:
                return self.arrived(hop.answer, url, here, permanent)
            unbroken = unbroken and hop.permanent
            here = led_to(here, hop.location)
            permanent = here if unbroken else permanent
            if here in seen:
                return too_many_redirects(url, "it redirects in a circle")
            seen.add(here)
        return too_many_redirects(url, f"it redirects more than {self.network.redirects} times")

    def arrived(self, answer: Answer, asked: str, here: str, permanent: str | None) -> Answer:
        """The answer in terms of what was asked."""
        if isinstance(answer, Unchanged) and answer.url == asked and answer.permanent_url == permanent:
            return answer  # nearly all are
        if isinstance(answer, Fetched):
            if portal(asked, here, answer):
                return Problem("blocked", f"{asked} leads to a page to log in at ({here}); it is not public.", asked)
            return replace(answer, url=asked, final_url=here, permanent_url=permanent)
        if isinstance(answer, Unchanged):
            return replace(answer, url=asked, permanent_url=permanent)
        return replace(answer, url=asked)

    async def refusal(self, url: str) -> Problem | None:
        """Why this page must not be asked for: the robots.txt of its host says no."""
        if self.robots.allows(url):
            return None
        if not self.robots.knows(url):
            self.robots.learn(url, await self.rules(urljoin(url, "/robots.txt")))
        if self.robots.allows(url):
            return None
        return Problem(
            "blocked", f"{host_of(url)} asks in its robots.txt not to read {url}; its owner can allow it.", url
        )

    async def rules(self, address: str) -> bytes:
        """A robots.txt, after redirects (RFC 9309, 2.3.1.2); nothing where there is none, or no answer."""
        for _ in range(self.network.redirects + 1):
            hop = await self.polite(address, address, headers_for("probe", None, {}, self.agent, self.now), None)
            address = led_to(address, hop.location)
            if not hop.location or not is_of_the_web(address):
                return hop.answer.body if isinstance(hop.answer, Fetched) else b""
        return b""

    async def polite(self, url: str, asked: str, headers: Mapping[str, str], known: Resource | None) -> Hop:
        """One request, when its host has a place free; none at all when the host asked for rest in this run."""
        host = host_of(url)
        if (turn := self.hosts.get(host)) is None:
            turn = self.hosts[host] = asyncio.Semaphore(self.network.per_host)
        async with turn, self.total:
            if (resting := self.throttled.get(host)) is not None:
                sentence = f"Its host is left alone for now: {resting.sentence}"
                until = resting.retry_at or self.now + DEFAULT_REST
                return Hop(replace(resting, url=url, sentence=sentence, retry_at=until, left_alone=True))
            began = time.monotonic()
            try:
                async with asyncio.timeout(self.network.total_seconds):
                    return await self.request(url, headers, known)
            except TimeoutError:
                sentence = f"{asked} did not answer whole within {self.network.total_seconds:g} seconds."
                return Hop(Problem("unreachable", sentence, url))
            except PrivateAddressError as error:
                return Hop(private_address(asked, str(error)))
            except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, UnicodeError, ValueError) as error:
                return Hop(transport_problem(asked, error))
            finally:
                self.took[host] = max(self.took.get(host, 0.0), time.monotonic() - began)

    async def request(self, url: str, headers: Mapping[str, str], known: Resource | None) -> Hop:
        """One request and its answer, its body read whole and decoded within bounds."""
        async with aclosing(await self.ways.answer("GET", url, headers)) as response:
            status, told = response.status_code, dict(response.headers.items())
            if status in REDIRECTS and told.get("location"):
                return Hop(location=told["location"], permanent=status in PERMANENT)
            validators = usable(told.get("etag"), told.get("last-modified"), self.now)
            if status == 304:
                if "If-None-Match" not in headers and "If-Modified-Since" not in headers:
                    sentence = f"{url} answered 304 to an unconditional request; its server is misconfigured."
                    return Hop(Problem("unreachable", sentence, url, status))
                kept = known.validators if known is not None else Validators()
                return Hop(Unchanged(url, validators or kept, fresh_seconds(told, self.now)))
            if status not in (200, 203):  # the second is the first, changed by somebody on the way (RFC 9110, 15.3.4)
                problem = status_problem(url, status, retry_moment(told.get("retry-after"), self.now))
                if problem.state == "throttled":
                    self.throttled[host_of(url)] = problem
                return Hop(problem)
            from aggregator.fetch.bodies import Body, TooLargeError  # a quiet run reads none
            from aggregator.fetch.decoders import BadEncodingError

            try:
                body = Body(told.get("content-encoding", ""), int(self.network.megabytes * 1_000_000))
                async for piece in response.aiter_raw():
                    body.add(piece)
                whole = body.bytes()
            except TooLargeError as error:
                return Hop(Problem("blocked", f"{url} was not read: {error}.", url, status))
            except BadEncodingError as error:
                return Hop(Problem("unreachable", f"{url} cannot be unpacked: {error}.", url, status))
        digest = blake2b(whole, digest_size=16).hexdigest()
        fresh = fresh_seconds(told, self.now)
        if known is not None and known.body_hash and digest == known.body_hash:
            return Hop(Unchanged(url, validators, fresh, body_hash=digest))
        return Hop(Fetched(url, url, whole, told.get("content-type", ""), validators, digest, fresh_for=fresh))
