"""What went wrong, as a state and a sentence that says what to do."""

from __future__ import annotations

import re
import ssl
from datetime import datetime
from urllib.parse import urlsplit

import httpx

from aggregator.model import Fetched, Problem

LOGIN = re.compile(
    r"(?:^|[/._?=&-])(?:login|log-in|signin|sign-in|sso|auth|inloggen|captive|portal|wifi)(?:[/._?=&-]|$)", re.I
)


def status_problem(url: str, status: int, retry_at: datetime | None) -> Problem:
    """What an answer that is not 200 means."""
    if status in (429, 503):
        when = f"; it is asked again after {retry_at:%Y-%m-%d %H:%M} UTC" if retry_at else ""
        why = "asks for fewer requests" if status == 429 else "is busy or under repair"
        return Problem("throttled", f"{url} {why} ({status}){when}.", url, status, retry_at)
    if status == 410:
        return Problem("gone", f"{url} is gone for good (410); take the source out of sources.yaml.", url, status)
    if status in (401, 402, 403, 407, 451):
        return Problem(
            "blocked", f"{url} refuses us ({status}); ask its owner, or give `headers` if it needs a key.", url, status
        )
    if status == 404:
        return Problem("unreachable", f"{url} does not exist (404); look whether the blog has moved.", url, status)
    if 500 <= status < 600:
        return Problem(
            "unreachable", f"{url} answers with an error of its server ({status}); it is tried again.", url, status
        )
    return Problem("unreachable", f"{url} answers with status {status}, which holds nothing to read.", url, status)


def private_address(url: str, detail: str) -> Problem:
    sentence = (
        f"{url} was not asked: {detail}, which is not on the public internet. "
        "Set network.allow_private: true if you mean to read blogs on your own network."
    )
    return Problem("blocked", sentence, url)


def refused_scheme(here: str, asked: str) -> Problem:
    sentence = f"{asked} leads to {here}, which is no address that is read: only http and https are."
    return Problem("blocked", sentence, asked)


def too_many_redirects(url: str, why: str) -> Problem:
    return Problem("unreachable", f"{url} leads nowhere: {why}.", url)


def portal(asked: str, final: str, answer: Fetched) -> bool:
    """Whether a redirect led from a blog to a page to log in at."""
    elsewhere = urlsplit(asked).hostname != urlsplit(final).hostname or urlsplit(asked).path != urlsplit(final).path
    parts = urlsplit(final)
    # Words of a title, as in `/self-service-portal-voor-klanten`, are no name of a page.
    names = [part for part in parts.path.split("/") if part.count("-") <= 1]
    target = "/".join([parts.hostname or "", *names])
    return elsewhere and "html" in answer.content_type and LOGIN.search(target) is not None and not LOGIN.search(asked)


def transport_problem(url: str, error: Exception) -> Problem:
    """What an error of the connection means."""
    root: BaseException = error
    while root.__cause__ is not None or root.__context__ is not None:
        root = root.__cause__ or root.__context__ or root
        if isinstance(root, ssl.SSLError):
            break
    if isinstance(root, ssl.SSLCertVerificationError):
        why = f"its certificate is not valid ({root.verify_message})"
    elif isinstance(root, ssl.SSLError):
        why = f"it speaks no TLS that we know ({root.reason or root})"
    elif isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout):
        why = "it could not be connected to in time"
    elif isinstance(error, httpx.TimeoutException):
        why = "it stopped answering"
    elif isinstance(error, httpx.ConnectError):
        why = f"no connection ({' '.join(str(error).split()) or 'refused'})"
    elif isinstance(error, httpx.RemoteProtocolError | httpx.ReadError):
        why = f"its answer broke off or was no HTTP ({' '.join(str(error).split()) or 'connection reset'})"
    else:
        why = " ".join(str(error).split()) or type(error).__name__
    return Problem("unreachable", f"{url}: {why}; it is tried again next time.", url)
