"""Addresses that the mail server itself knows to be none: told as mails go out, and not by a report later."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from aggregator.store import Store, readers
from aggregator.store.settling import Outcome

NO_MAILBOX = re.compile(r"5\d\d (5\.1\.(?:[0-6]|10))\b")
"""Of the reader's address (RFC 3463, 3.2; 5.1.10 is RFC 7505): 5.1.7 and 5.1.8 are of the sender's."""


def count_those_without(store: Store, outcomes: Iterable[Outcome], now: datetime, enough: int) -> list[str]:
    """Count each of them as a mail that came back, and suppress its reader at `enough` issues; a sentence for each."""
    told = []
    for one in outcomes:
        if one.state == "refused" and (said := NO_MAILBOX.match(one.reply)):
            reader = one.recipient
            count, suppressed = readers.bounced(store, reader.identity, reader.issue, said[1], one.reply, now, enough)
            what = "gets nothing any more" if suppressed else f"is suppressed at {enough}"
            told.append(f"{reader.address}: refused for {count} of its issues by now; {what}.")
    return told
