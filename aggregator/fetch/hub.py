"""Telling a WebSub hub what changed (https://www.w3.org/TR/websub/): one small POST a feed, and no patience with it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing

import httpx

from aggregator import __version__
from aggregator.fetch.private import PrivateAddressError, Resolve, resolve
from aggregator.fetch.transport import Ways
from aggregator.settings import Network

SECONDS = 5.0
"""For all feeds together: subscribers who are told later lose minutes, a run that waits loses more."""


async def tell(
    hub: str, topics: Sequence[str], network: Network, publication_url: str, resolver: Resolve = resolve
) -> tuple[tuple[str, ...], str]:
    """Tell `hub` that `topics` (URLs of feeds) changed: those it took, and why it did not take the rest, or ''."""
    told: list[str] = []
    agent = {"User-Agent": f"aggregator/{__version__} (+{network.contact or publication_url})"}
    try:
        async with asyncio.timeout(SECONDS), aclosing(Ways(network, resolver)) as ways:
            for topic in topics:
                # What a publisher sends is left open by WebSub; this is PubSubHubbub's, which every hub understands.
                news = {"hub.mode": "publish", "hub.url": topic}
                async with aclosing(await ways.answer("POST", hub, agent, news)) as response:
                    if not response.is_success:
                        return tuple(told), f"it answered {response.status_code}"
                told.append(topic)
    except TimeoutError:
        return tuple(told), f"it did not answer within {SECONDS:g} seconds"
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, OSError) as error:
        if isinstance(error, PrivateAddressError):
            return tuple(told), "it is at a private address, and network.allow_private does not allow that"
        return tuple(told), f"it cannot be reached ({str(error) or type(error).__name__})"
    return tuple(told), ""
