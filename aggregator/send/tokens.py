"""Signed tokens for unsubscribing: nobody can make one for somebody else."""

from __future__ import annotations

import hmac
import os
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from pathlib import Path


def key_of(folder: Path) -> bytes:
    """The secret of this publication: made once, kept in state/token.key, readable by its owner only."""
    path = folder / "state" / "token.key"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(secrets.token_hex(32).encode())
    return path.read_bytes()


def token_for(identity: str, key: bytes) -> str:
    """A token that stands for `identity`: letters, digits, hyphens and underscores only."""
    signature = hmac.new(key, identity.encode(), sha256).digest()[:16]
    return urlsafe_b64encode(signature + identity.encode()).decode().rstrip("=")


def identity_in(token: str, key: bytes) -> str | None:
    """The identity that a token of ours stands for; None for any other text."""
    try:
        raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        identity = raw[16:].decode()
    except ValueError:
        return None
    return identity if identity and hmac.compare_digest(token_for(identity, key), token) else None
