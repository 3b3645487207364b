"""Whose each token in a mail is. Kept is a digest only: who reads the store can unsubscribe nobody.

Tokens are kept when the mails that hold them are made. Those of mails from before that are added by whoever meets a
token that is not there, once for each secret that they are signed with.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from aggregator.store.database import Store

MARK = "every link is kept, of the secret"


def keep(store: Store, owners: Iterable[tuple[str, str]]) -> None:
    """Note the identity that each token stands for; within a transaction."""
    store.write_many(
        "INSERT INTO link (token, identity) VALUES (?, ?) ON CONFLICT (token) DO NOTHING",
        [(digest(token), identity) for token, identity in owners],
    )


def owner(store: Store, token: str) -> str | None:
    """The identity that a token stands for, where it is kept."""
    row = store.row("SELECT identity FROM link WHERE token = ?", (digest(token),))
    return str(row["identity"]) if row else None


def forget(store: Store, identity: str) -> None:
    """Within a transaction."""
    store.write("DELETE FROM link WHERE identity = ?", (identity,))


def all_are_kept(store: Store, secret: bytes) -> bool:
    """Whether every token that was ever made with `secret` is kept: another one is then nobody's."""
    row = store.row("SELECT value FROM meta WHERE name = ?", (MARK,))
    return row is not None and row["value"] == digest(secret.hex())


def note_all_are_kept(store: Store, secret: bytes) -> None:
    """Within a transaction."""
    store.write(
        "INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (MARK, digest(secret.hex())),
    )


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:32]
