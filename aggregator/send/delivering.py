"""One hand that claims before and settles after, and judges whether to go on, while several carriers take turns.

Claims and outcomes are written in groups: what is claimed and not begun when the program is killed is known not to be
begun, by the journal, so that only what a line was giving at that moment is in doubt.
"""

from __future__ import annotations

import re
import signal
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from aggregator.send.carriers import Carriers
from aggregator.send.conversation import Delivery
from aggregator.send.journal import Journal
from aggregator.send.pacing import Pace
from aggregator.store import Store, claiming, readers, settling
from aggregator.store.outbox import Recipient
from aggregator.store.settling import Outcome, Settled

RECIPIENTS_A_LINE = 25
"""Fewer recipients need no second line."""
CLAIMED_A_LINE, MOST_CLAIMED_A_LINE = 12, 60
"""So many are claimed at once for each line, and again when half of them are done; more where they go so quickly that
the disk would be waited for more often than every twentieth of a second."""
OFTEN = 0.05
LINGER = 0.1
"""Seconds after which what came back is written down, however little it is, and a signal is heard."""
FIRST_RETRY, LONGEST_RETRY = timedelta(minutes=15), timedelta(days=1)
MOST_TRIES = 12
"""With the time between them doubled that is five days, as RFC 5321, 4.5.4.1 asks."""
TRIES_OF_OURS = 6
"""So many more, at once, where the fault seems to be ours; after them it may be this one mail that is never taken."""
OURS_IN_A_ROW = 3
UNCERTAIN_IN_A_ROW = 3
"""So many, and going on would put every reader in doubt."""
REFUSED_IN_A_ROW = 20
"""So many, and it is the mail that is refused, not the readers."""
NO_MAILBOX = re.compile(r"5\d\d (5\.1\.(?:[0-6]|10))\b")
"""Of the reader's address (RFC 3463, 3.2; 5.1.10 is RFC 7505): 5.1.7 and 5.1.8 are of the sender's."""
DEFERRED_IN_A_ROW = 5
"""So many of one domain, and the others there are left alone for this time."""


@dataclass
class Delivering:
    """One sending of one issue. `problems` and `stopped` tell how it went; the outbox has the rest."""

    store: Store
    journal: Journal
    issue: str
    carriers: Carriers
    pace: Pace
    now: datetime
    limit: int | None
    hard_bounces: int
    """Of so many issues a mail must come back before its reader gets nothing more."""
    told: frozenset[str]
    """Identities to which the mail goes again whatever the journal says, because somebody decided so."""
    progress: Callable[[int], None] = lambda settled: None
    """Told how many more are settled."""
    problems: list[str] = field(default_factory=list)
    stopped: str = ""
    claimed: int = 0
    """How many were claimed and not given back, for the limit."""
    ready: deque[Recipient] = field(default_factory=deque)
    """Claimed, and waiting for a carrier and for their time."""
    unwanted: list[Recipient] = field(default_factory=list)
    """Claimed, and to be given back."""
    most: int = 0
    """How many are claimed and not tried, at most."""
    settled_at: float = 0.0
    nothing_at: float = 0.0
    """When nothing was there to be written down; of a clock that only goes forward."""
    ours: int = 0
    uncertain: int = 0
    refused: int = 0
    deferred: Counter[str] = field(default_factory=Counter)
    """In a row, by domain."""

    def deliver(self) -> None:
        """Send to everyone who is due, up to the limit, or until going on would do harm."""
        self.carriers.judge = self.judge
        with self.interruptible():
            try:
                self.settle()
                while self.ready or self.carriers.busy or self.carriers.answers or self.unwanted:
                    self.step()
            except Exception as error:
                self.stop(f"Stopped by an error: {error}")
                self.carriers.finish()
                raise

    def step(self) -> None:
        """Give out what may go; then write down what came back, where that is worth it, or listen for more."""
        seconds = self.dispatch()
        back = self.carriers.answers or self.unwanted
        if not back:
            self.nothing_at = time.monotonic()
        lingering = time.monotonic() > self.nothing_at + LINGER
        if back and (lingering or not self.carriers.busy or self.in_hand <= self.most // 2):
            self.settle()
        else:
            self.carriers.listen(seconds)

    def dispatch(self) -> float:
        """Give idle carriers whoever may go now; for how many seconds to listen before the next one may."""
        while self.carriers.idle and self.ready:
            moment = time.monotonic()
            one = next((one for one in self.ready if self.free_at(one) <= moment), None)
            if one is None:
                return max(0.0, min(LINGER, min(map(self.free_at, self.ready)) - moment))
            self.ready.remove(one)
            if self.wanted(one):
                self.pace.took(domain_of(one), moment)
                self.carriers.begin(one)
            else:
                self.unwanted.append(one)
        return LINGER

    def free_at(self, recipient: Recipient) -> float:
        return self.pace.free_at(domain_of(recipient))

    @property
    def in_hand(self) -> int:
        """How many are claimed and not tried."""
        return len(self.ready) + self.carriers.busy

    def settle(self) -> None:
        """Write down what came back, in the journal and in the store, and claim others in their place."""
        answers, self.carriers.answers = self.carriers.answers, []
        self.most = self.suiting(len(answers))
        outcomes = [self.outcome(one.recipient, one.delivery) for one in answers if one.delivery]
        broke = next((one.broke for one in answers if one.broke is not None), None)
        if not (self.stopped or broke) and (room := self.room()) > 0:
            self.refill(room, outcomes)
        elif outcomes:
            self.journal.sync()
            settling.settle(self.store, outcomes, self.now)
        self.count_bounces(outcomes)
        self.progress(sum(one.state != "deferred" for one in outcomes))
        self.give_back()
        if broke is not None:
            raise broke

    def count_bounces(self, outcomes: Sequence[Outcome]) -> None:
        """An address that the server knows to be none counts as a mail that came back: it is told here, not later."""
        for one in outcomes:
            if one.state == "refused" and (said := NO_MAILBOX.match(one.reply)):
                recipient = one.recipient
                count, suppressed = readers.bounced(
                    self.store, recipient.identity, self.issue, said[1], one.reply, self.now, self.hard_bounces
                )
                what = "gets nothing any more" if suppressed else f"is suppressed at {self.hard_bounces}"
                self.problems.append(f"{recipient.address}: refused for {count} of its issues by now; {what}.")

    def suiting(self, answered: int) -> int:
        """How many to have claimed, by how many were answered since the last time."""
        before, self.settled_at = self.settled_at, time.monotonic()
        lines = len(self.carriers.each)
        if self.store.shared:  # there, what was claimed and not begun is in doubt after a kill
            return CLAIMED_A_LINE * lines
        passed = max(self.settled_at - before, 0.001)
        at_this_pace = int(2 * OFTEN * answered / passed)
        return max(CLAIMED_A_LINE * lines, min(at_this_pace, MOST_CLAIMED_A_LINE * lines))

    def room(self) -> int:
        """How many to claim; nobody while there are enough."""
        if self.in_hand > self.most // 2:
            return 0
        free = self.most - self.in_hand
        return free if self.limit is None else min(free, self.limit - self.claimed)

    def refill(self, count: int, settled: Sequence[Outcome]) -> None:
        """Claim `count` more, in the journal and in the store; what is settled is kept in the same transaction."""
        while True:
            mine = claiming.claim(
                self.store, self.issue, self.now, count, spared=self.spared(), note=self.note, settled=settled
            )
            fresh = [one for one in mine if not self.was_given(one)]
            self.settle_from_journal([one for one in mine if self.was_given(one)])
            self.ready.extend(fresh)
            self.claimed += len(fresh)
            if fresh or not mine:
                return
            settled = ()

    def note(self, claimed: Sequence[Recipient]) -> None:
        """Have the journal keep who is claimed, and what the carriers wrote into it, before the store does."""
        self.journal.note([one.identity for one in claimed if not self.was_given(one)], "claimed")

    def spared(self) -> list[str]:
        return [domain for domain, row in self.deferred.items() if row >= DEFERRED_IN_A_ROW]

    def was_given(self, recipient: Recipient) -> bool:
        """Whether, by the journal, this issue went there before: the store was put back from a backup."""
        if recipient.identity in self.told:
            return False
        return self.journal.said(recipient.identity) in ("given", "accepted", "uncertain")

    def settle_from_journal(self, recipients: list[Recipient]) -> None:
        if not recipients:
            return
        found = []
        for one in recipients:
            said = self.journal.said(one.identity)
            reply = f"The journal beside the store says: {said}. The store must have been put back from a backup."
            found.append(Outcome(one, "accepted" if said == "accepted" else "uncertain", reply))
            self.problems.append(f"{one.address}: not sent again. {reply}")
        settling.settle(self.store, found, self.now)
        self.progress(len(found))

    def give_back(self) -> None:
        """What was claimed and not begun waits as before."""
        unwanted, self.unwanted = self.unwanted, []
        if unwanted:
            self.journal.note([one.identity for one in unwanted], "released")
            settling.release(self.store, unwanted, self.now)
            self.claimed -= len(unwanted)

    def outcome(self, recipient: Recipient, delivery: Delivery) -> Outcome:
        state: Settled = delivery.state
        reply = delivery.reply
        tries = recipient.tries - (TRIES_OF_OURS if delivery.ours else 0)
        if state == "deferred" and tries >= MOST_TRIES:
            state, reply = "refused", f"Given up after {recipient.tries} tries: {reply}"
        if state != "accepted":
            self.problems.append(f"{recipient.address}: {state}: {reply}")
        wait_for = min(FIRST_RETRY * 2 ** (tries - 1), LONGEST_RETRY) if tries > 0 else timedelta()
        return Outcome(recipient, state, reply, self.now + wait_for)

    def wanted(self, recipient: Recipient) -> bool:
        """Whether to begin with this one."""
        return not self.stopped and self.deferred[domain_of(recipient)] < DEFERRED_IN_A_ROW

    def judge(self, recipient: Recipient, delivery: Delivery) -> None:
        """Stop where the fault is not one recipient's, before it is written down against all of them."""
        self.ours = self.ours + 1 if delivery.ours else 0
        self.uncertain = self.uncertain + 1 if delivery.state == "uncertain" else 0
        self.refused = self.refused + 1 if delivery.state == "refused" else 0
        if self.ours >= OURS_IN_A_ROW:
            self.stop(f"Stopped, for the mail server takes nothing from us: {delivery.reply}")
        elif self.uncertain >= UNCERTAIN_IN_A_ROW:
            self.stop(f"Stopped, for {self.uncertain} in a row are in doubt, the last because: {delivery.reply}")
        elif self.refused >= REFUSED_IN_A_ROW:
            self.stop(f"Stopped, for {self.refused} were refused in a row, the last with: {delivery.reply}")
        self.judge_domain(domain_of(recipient), delivery)

    def judge_domain(self, domain: str, delivery: Delivery) -> None:
        """Leave a domain alone that puts off one reader after another: pressing on makes it worse."""
        if delivery.state != "deferred" or delivery.ours:
            self.deferred.pop(domain, None)
            return
        self.deferred[domain] += 1
        if self.deferred[domain] == DEFERRED_IN_A_ROW:
            self.problems.append(
                f"{domain}: puts off one reader after another; the others there wait for the next `aggregator send`."
            )

    def stop(self, sentence: str) -> None:
        """Claim nobody any more; what a line is giving is still written down."""
        self.stopped = self.stopped or sentence

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Ctrl-C and SIGTERM stop as above; a second one ends the program, and what was being given is in doubt."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

        def asked(number: int, frame: object) -> None:
            self.stop(f"Stopped by {signal.Signals(number).name}; `aggregator send {self.issue}` goes on.")
            signal.signal(number, before[signal.Signals(number)])

        for number in before:
            signal.signal(number, asked)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def domain_of(recipient: Recipient) -> str:
    return recipient.identity.rpartition("@")[2]
