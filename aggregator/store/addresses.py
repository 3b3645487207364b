"""Mail addresses: which can be taken, and which two spellings are one mailbox. Knows nothing of subscribers."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from hashlib import sha256

LONGEST = 254
"""Characters, of a path that SMTP carries (RFC 5321, 4.5.3.1.3)."""
LONGEST_LOCAL = 64
# No quoted local parts and no literals: nobody subscribes with them, and header injection does.
FORBIDDEN = re.compile(
    r"""[\s\x00-\x1f\x7f"(),:;<>@\[\\\]]|[\u0080-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]"""
)
HOST = re.compile(r"(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+")


def identity_of(address: str) -> str | None:
    """What two spellings of one mailbox have in common; None when `address` is no address that mail can be sent to.

    The case of the local part is folded: by the letter of RFC 5321 it counts, but no mailbox relies on it, and people
    write their own address both ways. An internationalised domain is compared in its ASCII form (RFC 5891).
    """
    local, at, domain = unicodedata.normalize("NFC", address.strip()).rpartition("@")
    if not at or not local or len(address.strip()) > LONGEST or len(local.encode(errors="replace")) > LONGEST_LOCAL:
        return None
    if (
        FORBIDDEN.search(local)
        or FORBIDDEN.search(domain)
        or local.startswith(".")
        or local.endswith(".")
        or ".." in local
    ):
        return None
    try:
        local.encode()
    except UnicodeError:
        return None
    host = host_of(domain)
    return f"{unicodedata.normalize('NFC', local.casefold())}@{host}" if host else None


def host_of(domain: str) -> str:
    """The host that a domain names, in ASCII and small letters; '' where it can be none."""
    host = in_ascii(domain.removesuffix(".")).lower()
    return host if HOST.fullmatch(host) else ""


def on_the_wire(address: str) -> str:
    """`address` with its domain in ASCII, where it has such a form; the local part is the owner's business."""
    local, at, domain = address.strip().rpartition("@")
    return f"{local}{at}{in_ascii(domain) or domain}"


@lru_cache(maxsize=1024)
def in_ascii(domain: str) -> str:
    """`domain` in ASCII (RFC 5891); '' where it has no such form.

    The codec of the standard library is of before 2008: it sends the mail for straße.example to strasse.example, which
    is somebody else's.
    """
    if domain.isascii():
        return domain
    import idna

    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        return ""


def mark_of(identity: str) -> str:
    """What is kept of an address that was erased: enough to know it again, and not to write to."""
    return f"sha256:{sha256(identity.encode()).hexdigest()}"
