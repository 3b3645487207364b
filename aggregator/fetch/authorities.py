"""Who vouches for certificates: the authorities of the system, as Python finds them, or those of SSL_CERT_FILE."""

from __future__ import annotations

import os
import ssl
from pathlib import Path

import httpx


def context() -> ssl.SSLContext:
    """For connections of Python's own, which check certificates. Raises httpx.ConnectError."""
    named = named_file()
    try:
        return ssl.create_default_context(cafile=named)
    except OSError as error:
        why = error.strerror or str(error)
    # Not raised from that: what went wrong with a file is no fault of the server's.
    raise unreadable(named, why)


def places() -> tuple[str | None, str | None]:
    """A file and a folder, for libcurl, whose wheels bring an OpenSSL of their own. Raises httpx.ConnectError."""
    if (named := named_file()) is not None:
        return named, None
    found = ssl.get_default_verify_paths()
    return found.cafile, found.capath


def named_file() -> str | None:
    """What SSL_CERT_FILE names. Raises httpx.ConnectError when there is no certificate in it."""
    named = os.environ.get("SSL_CERT_FILE") or None
    if named is None:
        return None
    try:
        if b"-----BEGIN " in Path(named).read_bytes():
            return named
        why = "there is no certificate in it"
    except OSError as error:
        why = error.strerror or str(error)
    raise unreadable(named, why)


def unreadable(named: str | None, why: str) -> httpx.ConnectError:
    where = f"{named}, which SSL_CERT_FILE names, holds" if named else "the system has"
    return httpx.ConnectError(f"{where} no authorities that can be read: {why}")
