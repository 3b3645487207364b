"""Several lines to the mail server at once, and one hand that claims before and settles after."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from queue import SimpleQueue

from aggregator.send.journal import Journal
from aggregator.send.server import Server
from aggregator.send.smtp import Delivery, Line
from aggregator.store import Store, StoreError, outbox
from aggregator.store.outbox import Recipient

LINES = 4
RECIPIENTS_A_LINE = 25
"""Fewer recipients need no second line."""
FIRST_RETRY, LONGEST_RETRY = timedelta(minutes=15), timedelta(days=1)
MOST_TRIES = 12
"""With the time between them doubled that is five days, as RFC 5321, 4.5.4.1 asks."""
OURS_IN_A_ROW = 3
UNCERTAIN_IN_A_ROW = 3
"""So many, and going on would put every reader in doubt."""
REFUSED_IN_A_ROW = 20
"""So many, and it is the mail that is refused, not the readers."""


class Lines:
    """Sessions with one server, each used by one thread at a time."""

    def __init__(self, server: Server, count: int) -> None:
        self.every = [Line(server) for _ in range(count)]
        self.free: SimpleQueue[Line] = SimpleQueue()
        for line in self.every:
            self.free.put(line)

    def hand_over(self, sender: str, recipient: str, message: bytes) -> Delivery:
        line = self.free.get()
        try:
            return line.hand_over(sender, recipient, message)
        finally:
            self.free.put(line)

    def close(self) -> None:
        for line in self.every:
            line.close()


@dataclass
class Delivering:
    """One sending of one issue. `problems` and `stopped` tell how it went; the outbox has the rest."""

    store: Store
    journal: Journal
    issue: str
    sender: str
    compose: Callable[[Recipient], bytes]
    lines: Lines
    now: datetime
    limit: int | None
    told: frozenset[str]
    """Identities to which the mail goes again whatever the journal says, because somebody decided so."""
    problems: list[str] = field(default_factory=list)
    stopped: str = ""
    begun: int = 0
    ours: int = 0
    uncertain: int = 0
    refused: int = 0

    def deliver(self) -> None:
        """Send to everyone who is due, up to the limit, or until going on would do harm."""
        flying: dict[Future[Delivery], Recipient] = {}
        with ThreadPoolExecutor(len(self.lines.every)) as pool:
            try:
                while True:
                    while not self.stopped and len(flying) < len(self.lines.every):
                        begun = self.begin_next(pool)
                        if begun is None:
                            break
                        flying[begun[0]] = begun[1]
                    if not flying:
                        return
                    for future in wait(flying, return_when=FIRST_COMPLETED).done:
                        self.settle(flying.pop(future), future.result())
            except BaseException:
                # Interrupted: nobody else is claimed, and what the server is answering is still written down.
                for future, recipient in flying.items():
                    with suppress(StoreError, OSError):
                        self.settle(recipient, future.result())
                raise

    def begin_next(self, pool: ThreadPoolExecutor) -> tuple[Future[Delivery], Recipient] | None:
        """Claim the next recipient, in the store and in the journal, and begin; None when nobody is due."""
        while self.limit is None or self.begun < self.limit:
            recipient = outbox.claim(self.store, self.issue, self.now)
            if recipient is None:
                return None
            if self.had_it(recipient):
                continue
            try:
                message = self.compose(recipient)
            except ValueError as error:
                self.settle(recipient, Delivery("refused", f"No mail can be made for this address: {error}"))
                continue
            self.begun += 1
            self.journal.note([recipient.identity], "claimed", self.now)
            return pool.submit(self.lines.hand_over, self.sender, recipient.address, message), recipient
        return None

    def had_it(self, recipient: Recipient) -> bool:
        """Settle one to whom, by the journal, this issue went before: the store was put back from a backup."""
        said = self.journal.said(recipient.identity)
        if recipient.identity in self.told or said not in ("claimed", "accepted", "uncertain"):
            return False
        known: bool = said == "accepted"
        reply = f"The journal beside the store says: {said}. The store must have been put back from a backup."
        outbox.settle(self.store, recipient, "accepted" if known else "uncertain", reply, self.now)
        self.problems.append(f"{recipient.address}: not sent again. {reply}")
        return True

    def settle(self, recipient: Recipient, delivery: Delivery) -> None:
        """Write down what became of one mail, in the journal and in the store, and judge whether to go on."""
        state, reply = delivery.state, delivery.reply
        if state == "deferred" and not delivery.ours and recipient.tries >= MOST_TRIES:
            state, reply = "refused", f"Given up after {recipient.tries} tries: {reply}"
        wait_for = timedelta() if delivery.ours else min(FIRST_RETRY * 2 ** (recipient.tries - 1), LONGEST_RETRY)
        self.journal.note([recipient.identity], state, self.now)
        outbox.settle(self.store, recipient, state, reply, self.now, self.now + wait_for)
        if state != "accepted":
            self.problems.append(f"{recipient.address}: {state}: {reply}")
        self.judge(delivery)

    def judge(self, delivery: Delivery) -> None:
        """Stop where the fault is not one recipient's, before it is written down against all of them."""
        self.ours = self.ours + 1 if delivery.ours else 0
        self.uncertain = self.uncertain + 1 if delivery.state == "uncertain" else 0
        self.refused = self.refused + 1 if delivery.state == "refused" else 0
        if self.ours >= OURS_IN_A_ROW:
            self.stopped = f"Stopped, for the mail server takes nothing from us: {delivery.reply}"
        elif self.uncertain >= UNCERTAIN_IN_A_ROW:
            self.stopped = f"Stopped, for {self.uncertain} in a row are in doubt, the last because: {delivery.reply}"
        elif self.refused >= REFUSED_IN_A_ROW:
            self.stopped = f"Stopped, for {self.refused} were refused in a row, the last with: {delivery.reply}"
