"""One hand that claims before and settles after, while several carriers take turns.

Claims and outcomes are written in groups: what is claimed and not begun when the program is killed is known not to be
begun, by the journal, so that only what a line was giving at that moment is in doubt.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from aggregator.send.carriers import Carriers
from aggregator.send.interrupting import interruptible
from aggregator.send.journal import Journal
from aggregator.send.judging import Judgement, domain_of
from aggregator.send.no_mailbox import count_those_without
from aggregator.send.pacing import Pace
from aggregator.store import Store, claiming, outbox, readers, settling
from aggregator.store.outbox import Recipient
from aggregator.store.settling import Outcome

RECIPIENTS_A_LINE = 25
"""Fewer recipients need no second line."""
CLAIMED_A_LINE, MOST_CLAIMED_A_LINE = 12, 60
"""So many are claimed at once for each line, and again when half of them are done; more where they go so quickly that
the disk would be waited for more often than every twentieth of a second."""
OFTEN = 0.05
LONG = 5.0
"""Seconds: who waited so long since being claimed, at a slow server or a stated pace, is looked up again."""
LINGER = 0.1
"""Seconds after which what came back is written down, however little it is, and a signal is heard."""


@dataclass
class Delivering:
    """One sending of one issue. Its judgement tells how it went; the outbox has the rest."""

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
    judgement: Judgement = field(default_factory=Judgement)
    claimed: int = 0
    """How many were claimed and not given back, for the limit."""
    ready: deque[Recipient] = field(default_factory=deque)
    """Claimed, and waiting for a carrier and for their time."""
    claimed_at: dict[str, float] = field(default_factory=dict)
    """When those who are ready were claimed, by identity; of a clock that only goes forward."""
    unwanted: list[Recipient] = field(default_factory=list)
    """Claimed, and to be given back."""
    most: int = 0
    """How many are claimed and not tried, at most."""
    settled_at: float = 0.0
    nothing_at: float = 0.0
    """When nothing was there to be written down; of a clock that only goes forward."""

    def deliver(self) -> None:
        """Send to everyone who is due, up to the limit, or until going on would do harm."""
        self.carriers.judge = self.judgement.judge
        with interruptible(self.judgement.stop, self.issue):
            try:
                self.settle()
                while self.ready or self.carriers.busy or self.carriers.answers or self.unwanted:
                    self.step()
                nobody = not outbox.counts(self.store, self.issue)["accepted"]
                settling.try_again(self.store, self.judgement.wronged(nobody_has_it=nobody), self.now)
            except Exception as error:
                self.judgement.stop(f"Stopped by an error: {error}")
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
            if self.judgement.wanted(one) and not self.has_left(one, moment - self.claimed_at.pop(one.identity)):
                self.pace.took(domain_of(one), moment)
                self.carriers.begin(one)
            else:
                self.unwanted.append(one)
        return LINGER

    def has_left(self, recipient: Recipient, waited: float) -> bool:
        """Whether somebody who was claimed so many seconds ago unsubscribed meanwhile; whoever did is skipped later."""
        if waited < LONG:
            return False
        known = readers.known_of(self.store, recipient.address)
        return "suppression" in known or "erased" in known

    def free_at(self, recipient: Recipient) -> float:
        return self.pace.free_at(domain_of(recipient))

    @property
    def in_hand(self) -> int:
        """How many are claimed and not tried."""
        return len(self.ready) + self.carriers.busy

    def settle(self) -> None:
        """Write down what came back, in the journal and in the store, and claim others in their place."""
        self.give_back()
        answers, self.carriers.answers = self.carriers.answers, []
        self.most = self.suiting(len(answers))
        outcomes = [self.judgement.outcome(one.recipient, one.delivery, self.now) for one in answers if one.delivery]
        broke = next((one.broke for one in answers if one.broke is not None), None)
        if not (self.judgement.stopped or broke) and (room := self.room()) > 0:
            self.refill(room, outcomes)
        elif outcomes:
            self.journal.sync()
            settling.settle(self.store, outcomes, self.now)
        self.judgement.problems += count_those_without(self.store, outcomes, self.now, self.hard_bounces)
        self.progress(sum(one.state != "deferred" for one in outcomes))
        if broke is not None:
            raise broke

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
                self.store, self.issue, self.now, count, spared=self.judgement.spared(), note=self.note, settled=settled
            )
            fresh = [one for one in mine if not self.was_given(one)]
            self.settle_from_journal([one for one in mine if self.was_given(one)])
            self.ready.extend(fresh)
            self.claimed_at |= dict.fromkeys((one.identity for one in fresh), time.monotonic())
            self.claimed += len(fresh)
            if fresh or not mine:
                return
            settled = ()

    def note(self, claimed: Sequence[Recipient]) -> None:
        """Have the journal keep who is claimed, and what the carriers wrote into it, before the store does."""
        self.journal.note([one.identity for one in claimed if not self.was_given(one)], "claimed")

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
            self.judgement.problems.append(f"{one.address}: not sent again. {reply}")
        settling.settle(self.store, found, self.now)
        self.progress(len(found))

    def give_back(self) -> None:
        """What was claimed and not begun waits as before."""
        unwanted, self.unwanted = self.unwanted, []
        if unwanted:
            self.journal.note([one.identity for one in unwanted], "released")
            settling.release(self.store, unwanted, self.now)
            self.claimed -= len(unwanted)
