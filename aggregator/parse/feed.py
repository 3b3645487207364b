"""A feed, whatever its format. Apart from what reads it: who has that done in another process only has to name it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.model import RawFeed

if TYPE_CHECKING:
    from aggregator.parse.feed_known import Known


def parse_feed(body: bytes, url: str, content_type: str = "", known: Known | None = None) -> RawFeed | None:
    """The feed in `body`, whatever its format; None when it is no feed at all. Never raises.

    Of an ordinary feed, entries that are `known` by their bytes are not read: they have their id, link and date only.
    """
    from aggregator.parse.any_feed import read_feed

    return read_feed(body, url, content_type, known)
