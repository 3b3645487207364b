"""What libcurl says went wrong, as the exceptions that httpx and Python have for it."""

from __future__ import annotations

import os
import re
import ssl

import httpx
import pycurl

from aggregator.fetch.authorities import unreadable

BEFORE = re.compile(r"^SSL certificate (?:problem|OpenSSL verify result): ")
OTHER_NAME = re.compile(r"match(?:es)? target .*?'(.*)'$")
"""How libcurl ends its sentence about a certificate that was made out to somebody else."""


def failure(curl: pycurl.Curl, code: int, told: str, *, connected: bool) -> httpx.TransportError:
    """What an error of curl means: `told` is its sentence, `connected` says whether the request could be sent."""
    if code == pycurl.E_PEER_FAILED_VERIFICATION:
        return because(distrusted(told))
    if code == pycurl.E_SSL_CONNECT_ERROR:
        return because(no_tls(told))
    if code == pycurl.E_SSL_CACERT_BADFILE:
        return unreadable(os.environ.get("SSL_CERT_FILE"), told)
    if not connected:
        if code == pycurl.E_OPERATION_TIMEDOUT:
            return httpx.ConnectTimeout(told)
        number = curl.getinfo(pycurl.OS_ERRNO)
        return httpx.ConnectError(os.strerror(number) if number else told)
    if code in (pycurl.E_RECV_ERROR, pycurl.E_SEND_ERROR):
        return httpx.ReadError(told)
    return httpx.RemoteProtocolError(told)


def because(cause: ssl.SSLError) -> httpx.ConnectError:
    error = httpx.ConnectError(str(cause))
    error.__cause__ = cause
    return error


def distrusted(told: str) -> ssl.SSLCertVerificationError:
    other = OTHER_NAME.search(told)
    error = ssl.SSLCertVerificationError(1, told)
    error.verify_message = f"it is not valid for {other[1]}" if other else BEFORE.sub("", told)
    return error


def no_tls(told: str) -> ssl.SSLError:
    """Of `TLS connect error: error:0A00010B:SSL routines::wrong version number`, the last words."""
    error = ssl.SSLError(1, told)
    error.reason = told.rpartition(":")[2].strip()
    return error
