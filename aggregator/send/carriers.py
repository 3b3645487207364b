"""Several carriers that each give one mail at a time, in turns: one thread listens to all of them.

A thread for each costs twice as much as all the rest of a mail: they hand the interpreter to each other at every word.
"""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

from aggregator.send.conversation import SILENT, Conversation, Delivery
from aggregator.send.journal import Journal
from aggregator.store.outbox import Recipient


class Carrier(Protocol):
    """Somewhere a mail is given to: a session with a mail server, or a folder."""

    def open(self) -> object:
        """Be ready for the first mail. Raises SendError when that cannot be."""

    def hand_over(self, sender: str, recipient: str, message: bytes, giving: Callable[[], None]) -> Conversation:
        """Give one message and say what became of it; `giving` is called before anybody may have it."""

    def fileno(self) -> int:
        """Where an answer can be waited for."""

    def close(self) -> None:
        """Nothing more is given."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a carrier says of one recipient; `delivery` is None when it broke."""

    recipient: Recipient
    delivery: Delivery | None
    broke: BaseException | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """A carrier at work."""

    carrier: Carrier
    recipient: Recipient
    conversation: Conversation


@dataclass
class Carriers:
    """The carriers that are at work, and those that are not."""

    each: Sequence[Carrier]
    sender: str
    compose: Callable[[Recipient], bytes]
    journal: Journal
    judge: Callable[[Recipient, Delivery], None] = lambda recipient, delivery: None
    """Told of each delivery before anything else is begun."""
    idle: list[Carrier] = field(default_factory=list)
    waiting: dict[int, tuple[Turn, float]] = field(default_factory=dict)
    """For a word of the server, by the number of the socket, and until when."""
    opening: list[tuple[Turn, Future[Any]]] = field(default_factory=list)
    """For a session."""
    answers: list[Answer] = field(default_factory=list)
    """What came back; for whoever settles it to take."""

    def __post_init__(self) -> None:
        self.idle = list(reversed(self.each))
        self.poll = select.poll()
        self.bell, self.rope = os.pipe()  # for the threads that open sessions
        os.set_blocking(self.bell, False)
        self.poll.register(self.bell, select.POLLIN)

    @property
    def busy(self) -> int:
        return len(self.waiting) + len(self.opening)

    def begin(self, recipient: Recipient) -> None:
        """Have an idle carrier begin with a mail."""
        carrier = self.idle.pop()
        self.go_on(Turn(carrier, recipient, self.carried(carrier, recipient)))

    def carried(self, carrier: Carrier, recipient: Recipient) -> Conversation:
        identity = recipient.identity
        try:
            message = self.compose(recipient)
        except ValueError as error:
            return Delivery("refused", f"No mail can be made for this address: {error}")
        delivery = yield from carrier.hand_over(
            self.sender, recipient.address, message, lambda: self.journal.hand(identity, "given")
        )
        # deferred is not final: whether it is given up is decided where the tries are counted
        self.journal.hand(identity, delivery.state)
        return delivery

    def go_on(self, turn: Turn, late: OSError | None = None) -> None:
        """Let a carrier do what it can, until it has to wait or is done."""
        try:
            wait = turn.conversation.throw(late) if late else next(turn.conversation)
        except StopIteration as done:
            self.idle.append(turn.carrier)
            self.judge(turn.recipient, done.value)
            self.answers.append(Answer(turn.recipient, done.value))
        except BaseException as error:
            self.idle.append(turn.carrier)
            self.answers.append(Answer(turn.recipient, None, error))  # it ends the sending, where that can be said
        else:
            if isinstance(wait, Future):
                self.opening.append((turn, wait))
                wait.add_done_callback(lambda _: os.write(self.rope, b"."))
            else:
                number = turn.carrier.fileno()
                self.waiting[number] = turn, time.monotonic() + wait
                self.poll.register(number, select.POLLIN)

    def listen(self, seconds: float) -> None:
        """Wait for at most so long until there is something, and let those go on for whom it is."""
        for number, _ in self.poll.poll(seconds * 1000):
            if number == self.bell:
                self.let_in()
            else:
                self.go_on(self.woken(number))
        moment = time.monotonic()
        for number in [number for number, (_, until) in self.waiting.items() if until < moment]:
            self.go_on(self.woken(number), TimeoutError(SILENT))

    def woken(self, number: int) -> Turn:
        self.poll.unregister(number)
        return self.waiting.pop(number)[0]

    def let_in(self) -> None:
        """Let those go on whose session is open, or cannot be."""
        with suppress(BlockingIOError):
            os.read(self.bell, 4096)
        done = [turn for turn, future in self.opening if future.done()]
        self.opening = [(turn, future) for turn, future in self.opening if not future.done()]
        for turn in done:
            self.go_on(turn)

    def finish(self) -> None:
        """Wait for what was begun."""
        while self.busy:
            self.listen(1.0)

    def close(self) -> None:
        """End every session."""
        for carrier in self.each:
            carrier.close()
        if not self.opening:  # else a thread still holds the rope, and the program ends
            os.close(self.bell)
            os.close(self.rope)
