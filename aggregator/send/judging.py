"""What replies to mails mean: for one recipient, for all at its domain, and for whether to go on at all."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from aggregator.send.conversation import Delivery
from aggregator.store.outbox import Recipient
from aggregator.store.settling import Outcome, Settled

FIRST_RETRY, LONGEST_RETRY = timedelta(minutes=15), timedelta(days=1)
MOST_TRIES = 12
"""With the time between them doubled that is five days, as RFC 5321, 4.5.4.1 asks."""
TRIES_OF_OURS = 6
"""So many more, at once, where the fault seems to be ours; after them it may be this one mail that is never taken."""
OURS_IN_A_ROW = 3
UNCERTAIN_IN_A_ROW = 3
"""So many, and going on would put every reader in doubt."""
REFUSED_IN_A_ROW = 20
"""So many, and it is the mail that is refused, not the readers: they are tried again."""
DEFERRED_IN_A_ROW = 5
"""So many of one domain, and the others there are left alone for this time."""


@dataclass
class Judgement:
    """Of one sending. `problems` and `stopped` tell how it went."""

    problems: list[str] = field(default_factory=list)
    stopped: str = ""
    ours: int = 0
    uncertain: int = 0
    refused: int = 0
    refused_the_mail: list[Recipient] = field(default_factory=list)
    """Those since somebody got it for whom the server spoke of the message only."""
    deferred: Counter[str] = field(default_factory=Counter)
    """In a row, by domain."""

    def outcome(self, recipient: Recipient, delivery: Delivery, now: datetime) -> Outcome:
        """What a reply comes to: a mail that is deferred waits twice as long each time, and is given up in the end."""
        state: Settled = delivery.state
        reply = delivery.reply
        tries = recipient.tries - (TRIES_OF_OURS if delivery.ours else 0)
        if state == "deferred" and tries >= MOST_TRIES:
            state, reply = "refused", f"Given up after {recipient.tries} tries: {reply}"
        if state != "accepted":
            self.problems.append(f"{recipient.address}: {state}: {reply}")
        wait_for = min(FIRST_RETRY * 2 ** (tries - 1), LONGEST_RETRY) if tries > 0 else timedelta()
        return Outcome(recipient, state, reply, now + wait_for)

    def judge(self, recipient: Recipient, delivery: Delivery) -> None:
        """Stop where the fault is not one recipient's, before it is written down against all of them."""
        self.ours = self.ours + 1 if delivery.ours else 0
        self.uncertain = self.uncertain + 1 if delivery.state == "uncertain" else 0
        self.refused = self.refused + 1 if delivery.state == "refused" else 0
        if delivery.state == "accepted":
            self.refused_the_mail.clear()
        elif delivery.of_the_mail:
            self.refused_the_mail.append(recipient)
        if self.ours >= OURS_IN_A_ROW:
            self.stop(f"Stopped, for the mail server takes nothing from us: {delivery.reply}")
        elif self.uncertain >= UNCERTAIN_IN_A_ROW:
            self.stop(f"Stopped, for {self.uncertain} in a row are in doubt, the last because: {delivery.reply}")
        elif self.refused >= REFUSED_IN_A_ROW:
            self.stop(f"Stopped, for {self.refused} were refused in a row, the last with: {delivery.reply}")
        self.judge_domain(domain_of(recipient), delivery)

    def wronged(self, *, nobody_has_it: bool) -> list[Recipient]:
        """Whom the mail was refused for, when it is refused to everybody: to so many, or to all of a shorter list."""
        if len(self.refused_the_mail) >= REFUSED_IN_A_ROW:
            return self.refused_the_mail
        if nobody_has_it and self.refused_the_mail:
            self.stop("Stopped, for the mail server refused the mail itself, and nobody has it yet.")
            return self.refused_the_mail
        return []

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

    def wanted(self, recipient: Recipient) -> bool:
        """Whether to begin with this one."""
        return not self.stopped and self.deferred[domain_of(recipient)] < DEFERRED_IN_A_ROW

    def spared(self) -> list[str]:
        return [domain for domain, row in self.deferred.items() if row >= DEFERRED_IN_A_ROW]


def domain_of(recipient: Recipient) -> str:
    return recipient.identity.rpartition("@")[2]
