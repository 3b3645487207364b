"""Tokens for unsubscribing: nobody can make one for somebody else, and none tells whose it is.

A token is short, so that the header it stands in fits on a line, and holds no address, so that the logs of a web server
hold none either. Whose it is, the store knows (store/links.py).
"""

from __future__ import annotations

import hmac
import os
import re
import secrets
from base64 import urlsafe_b64encode
from hashlib import sha256
from pathlib import Path
from typing import Literal, get_args

VARIABLE = "AGGREGATOR_TOKEN_KEY"
BYTES = 18
SHAPE = re.compile(r"[A-Za-z0-9_-]{24}")
SHORTEST_KEY = 16


class KeyUnusableError(Exception):
    """The secret is not fit to sign with; the text says which, and what to do."""


def key_of(folder: Path) -> bytes:
    """The secret of this publication: from AGGREGATOR_TOKEN_KEY, else made once and kept in state/token.key.

    Addresses to unsubscribe at, in mails that were sent, are worth as long as the secret lasts. Raises KeyUnusableError
    when it is too short to be one.
    """
    stated = os.environ.get(VARIABLE, "").encode()
    path = folder / "state" / "token.key"
    key = stated or (path.read_bytes() if path.is_file() else made(path))
    if len(key.strip()) < SHORTEST_KEY:
        where = f"the environment variable {VARIABLE}" if stated else path
        raise KeyUnusableError(
            f"The secret in {where} has fewer than {SHORTEST_KEY} characters; put a longer one there."
        )
    return key.strip()


def made(path: Path) -> bytes:
    """A new secret, whole on the disk before it has its name; the one that is there when somebody else was first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(secrets.token_hex(32).encode())
        stream.flush()
        os.fsync(stream.fileno())
    try:
        path.hardlink_to(part)
    except FileExistsError:
        pass
    finally:
        part.unlink()
    return path.read_bytes()


Purpose = Literal["unsubscribe", "confirm"]
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)


def token_for(identity: str, key: bytes, purpose: Purpose = "unsubscribe") -> str:
    """A token that stands for `identity`: 24 letters, digits, hyphens and underscores; good for one purpose only."""
    signed = hmac.new(key, f"{purpose}\n{identity}".encode(), sha256).digest()
    return urlsafe_b64encode(signed[:BYTES]).decode()


def stands_for(token: str, identity: str, key: bytes, purpose: Purpose) -> bool:
    """Whether it is this reader's token, and good for this."""
    return hmac.compare_digest(token.encode(), token_for(identity, key, purpose).encode())
