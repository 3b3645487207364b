"""One hand that claims before and settles after, and judges whether to go on, while several lines to the server work.

Claims and outcomes are written in groups: what is claimed and not begun when the program is killed is known not to be
begun, by the journal, so that only what a line was giving at that moment is in doubt.
"""

from __future__ import annotations

import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from aggregator.send.carriers import Answer, Carriers
from aggregator.send.journal import Journal
from aggregator.send.pacing import Pace
from aggregator.send.smtp import Delivery
from aggregator.store import Store, outbox
from aggregator.store.outbox import Outcome, Recipient, Settled

RECIPIENTS_A_LINE = 25
"""Fewer recipients need no second line."""
CLAIMED_A_LINE = 12
"""So many are claimed at once for each line, and again when half of them are done."""
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
    told: frozenset[str]
    """Identities to which the mail goes again whatever the journal says, because somebody decided so."""
    progress: Callable[[int], None] = lambda settled: None
    """Told how many more are settled."""
    problems: list[str] = field(default_factory=list)
    stopped: str = ""
    claimed: int = 0
    """How many were claimed and not given back, for the limit."""
    ready: list[Recipient] = field(default_factory=list)
    """Claimed, and waiting for their time."""
    flying: int = 0
    """With the carriers."""
    ours: int = 0
    uncertain: int = 0
    refused: int = 0
    deferred: Counter[str] = field(default_factory=Counter)
    """In a row, by domain."""

    def deliver(self) -> None:
        """Send to everyone who is due, up to the limit, or until going on would do harm."""
        self.carriers.judge, self.carriers.wanted = self.judge, self.wanted
        with self.interruptible(), self.carriers.working():
            try:
                while self.step():
                    pass
            except BaseException as error:
                self.stop(f"Stopped by an error: {error}")  # before the carriers take what is queued
                raise

    def step(self) -> bool:
        """Claim, give out, and settle what came back; False when nothing is left to do."""
        if not self.stopped:
            self.refill()
        seconds = self.dispatch()
        if not self.flying and not self.ready:
            return False
        self.settle(self.carriers.answered(seconds))
        return True

    def refill(self) -> None:
        """Claim more, in the store and in the journal, when few of those that were are left."""
        most = CLAIMED_A_LINE * len(self.carriers.each)
        have = self.flying + len(self.ready)
        count = most - have if self.limit is None else min(most - have, self.limit - self.claimed)
        while have <= most // 2 and count > 0:
            mine = outbox.claim(
                self.store, self.issue, self.now, count, spared=self.spared(),
                note=lambda claimed: self.journal.note(
                    [one.identity for one in claimed if not self.was_given(one)], "claimed"
                ),
            )  # fmt: skip
            fresh = [one for one in mine if not self.was_given(one)]
            self.settle_from_journal([one for one in mine if self.was_given(one)])
            self.ready += fresh
            self.claimed += len(fresh)
            if fresh or not mine:
                return

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
        outbox.settle(self.store, found, self.now)
        self.progress(len(found))

    def dispatch(self) -> float | None:
        """Give the carriers whoever may go now; in how many seconds the next one may, None when nobody waits."""
        moment = time.monotonic()
        self.give_back([one for one in self.ready if not self.wanted(one)])
        self.ready = [one for one in self.ready if self.wanted(one)]
        waiting = []
        for one in self.ready:
            domain = domain_of(one)
            if self.pace.free_at(domain) > moment:
                waiting.append(one)
                continue
            self.pace.took(domain, moment)
            self.flying += 1
            self.carriers.tasks.put(one)
        self.ready = waiting
        return max(0.0, min(self.pace.free_at(domain_of(one)) for one in waiting) - moment) if waiting else None

    def give_back(self, recipients: list[Recipient]) -> None:
        """What was claimed and not begun waits as before."""
        if recipients:
            self.journal.note([one.identity for one in recipients], "released")
            outbox.release(self.store, recipients, self.now)
            self.claimed -= len(recipients)

    def settle(self, answers: list[Answer]) -> None:
        """Write down what became of some mails, in the journal and in the store, and judge whether to go on."""
        self.flying -= len(answers)
        outcomes = [self.outcome(one.recipient, one.delivery) for one in answers if one.delivery]
        if outcomes:
            self.journal.sync()
            outbox.settle(self.store, outcomes, self.now)
            self.progress(sum(one.state != "deferred" for one in outcomes))
        self.give_back([one.recipient for one in answers if one.delivery is None and one.broke is None])
        for one in answers:
            if one.broke is not None:
                raise one.broke

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
        """Whether to begin with this one; called by the carriers' threads too."""
        return not self.stopped and self.deferred[domain_of(recipient)] < DEFERRED_IN_A_ROW

    def judge(self, recipient: Recipient, delivery: Delivery) -> None:
        """Stop where the fault is not one recipient's, before it is written down against all of them.

        Called by the carriers' threads, one at a time.
        """
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
            self.carriers.answers.put(None)

        for number in before:
            signal.signal(number, asked)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def domain_of(recipient: Recipient) -> str:
    return recipient.identity.rpartition("@")[2]
