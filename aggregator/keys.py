"""What things are told apart and looked up by, kept so short that an index of any database holds it.

PostgreSQL refuses a row whose indexed columns take more than 2,704 bytes. Knows nothing of posts and addresses.
"""

from __future__ import annotations

from hashlib import blake2b

LONGEST = 600
"""Characters, of up to four bytes; the name of a source stands beside them."""


def can_be_key(text: str) -> bool:
    """Whether it may be looked up by as it is."""
    return len(text) <= LONGEST


def bounded(key: str) -> str:
    """The same, where it is no longer than that; else how it begins, with a hash of the whole."""
    if can_be_key(key):
        return key
    return f"{key[: LONGEST - 40]}…{blake2b(key.encode(errors='replace'), digest_size=16).hexdigest()}"
