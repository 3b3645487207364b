"""Addresses as the fetcher sees them: whose they are, where a redirect leads to, and what may be told there."""

from __future__ import annotations

import re
from urllib.parse import quote, urljoin, urlsplit

UNSEEN = re.compile(r"[\x00-\x20\x7f-\xa0]")


def may_have(url: str, own: str) -> bool:
    """Whether what is for the host of `own` may be told at `url`: at the same host, and never in the clear what was to
    be encrypted (https://curl.se/docs/CVE-2022-27774.html)."""
    return host_of(own) == host_of(url) and (urlsplit(own).scheme == "http" or urlsplit(url).scheme == "https")


def host_of(url: str) -> str:
    """Host and port: what one connection at a time is kept to; '' of what is no address."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2].lower()  # not folded: straße.nl is another than strasse.nl
    except ValueError:
        return ""


def is_of_the_web(url: str) -> bool:
    return bool(host_of(url)) and urlsplit(url).scheme in ("http", "https")


def led_to(here: str, location: str) -> str:
    """Where a redirect leads to, with nothing in it that cannot be seen; what is no address as it was written."""
    try:
        there = urljoin(here, location).split("#")[0]
    except ValueError:
        there = location
    return UNSEEN.sub(lambda found: quote(found[0]), there)
