"""Several hands that each give one mail at a time, each in a thread: what they are given goes in, outcomes come out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Protocol

from aggregator.send.journal import Journal
from aggregator.send.smtp import Delivery
from aggregator.store.outbox import Recipient


class Carrier(Protocol):
    """Somewhere a mail is given to: a session with a mail server, or a folder."""

    def open(self) -> object:
        """Be ready for the first mail. Raises SendError when that cannot be."""

    def hand_over(self, sender: str, recipient: str, message: bytes, giving: Callable[[], None]) -> Delivery:
        """Give one message and say what became of it; `giving` is called before anybody may have it."""

    def close(self) -> None:
        """Nothing more is given."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a carrier says of one recipient; `delivery` is None when nothing was tried, or when it broke."""

    recipient: Recipient
    delivery: Delivery | None
    broke: BaseException | None = None


@dataclass
class Carriers:
    """The hands, and the two queues between them and the one who claims and settles."""

    each: Sequence[Carrier]
    sender: str
    compose: Callable[[Recipient], bytes]
    journal: Journal
    tasks: SimpleQueue[Recipient | None] = field(default_factory=SimpleQueue)
    answers: SimpleQueue[Answer | None] = field(default_factory=SimpleQueue)
    """None only wakes whoever waits."""
    judge: Callable[[Recipient, Delivery], None] = lambda recipient, delivery: None
    """Told of each delivery before its carrier goes on to the next."""
    wanted: Callable[[Recipient], bool] = lambda recipient: True
    """Whether to begin; who is not wanted any more is given back untried."""
    judging: Lock = field(default_factory=Lock)

    @contextmanager
    def working(self) -> Iterator[None]:
        """The threads; all have ended after it."""
        threads = [Thread(target=self.carry, args=(carrier,), daemon=True) for carrier in self.each]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            for _ in threads:
                self.tasks.put(None)
            for thread in threads:
                thread.join()

    def carry(self, carrier: Carrier) -> None:
        while (recipient := self.tasks.get()) is not None:
            if not self.wanted(recipient):
                self.answers.put(Answer(recipient, None))
                continue
            try:
                delivery = self.carried(carrier, recipient)
                with self.judging:
                    self.judge(recipient, delivery)
                self.answers.put(Answer(recipient, delivery))
            except BaseException as error:
                # it ends the sending, in the thread that can say so
                self.answers.put(Answer(recipient, None, error))

    def carried(self, carrier: Carrier, recipient: Recipient) -> Delivery:
        identity = recipient.identity
        try:
            message = self.compose(recipient)
        except ValueError as error:
            return Delivery("refused", f"No mail can be made for this address: {error}")
        delivery = carrier.hand_over(
            self.sender, recipient.address, message, lambda: self.journal.hand(identity, "given")
        )
        # deferred is not final: whether it is given up is decided where the tries are counted
        self.journal.hand(identity, delivery.state)
        return delivery

    def answered(self, seconds: float | None) -> list[Answer]:
        """All that was answered, at least one unless `seconds` pass or somebody is woken before."""
        found: list[Answer] = []
        try:
            first = self.answers.get(timeout=seconds)
            while True:
                if first is None:
                    return found
                found.append(first)
                first = self.answers.get_nowait()
        except Empty:
            return found

    def close(self) -> None:
        for carrier in self.each:
            carrier.close()
