"""The giving of one message, in turns with others: what it waits for, and what became of it."""

from __future__ import annotations

from collections.abc import Generator
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one message."""

    state: Literal["accepted", "refused", "deferred", "uncertain"]
    reply: str
    ours: bool = False
    """The fault is not the recipient's: the server would treat the next one alike."""
    of_the_mail: bool = False
    """It is the message that was refused, and nothing was said of the address."""


Wait = float | Future[Any]
"""What a conversation waits for: the server's next word, so many seconds at most; or a session."""
Conversation = Generator[Wait, None, Delivery]
"""The giving of one message, in turns with others: it stops where it has to wait."""
SILENT = "it said nothing for too long"
