"""What the editor does with an approved issue and its readers: send it, and keep the list."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from pathlib import Path
from typing import Literal

from aggregator.digest.message import message_id, message_of
from aggregator.send.sending import Sent, send_issue, send_test
from aggregator.settings import Settings
from aggregator.store import Refused, issues, open_store, outbox, run_lock, subscribers
from aggregator.store.subscribers import Added, Newcomer, Subscriber


def send(
    settings: Settings, name: str, now: datetime, *, limit: int | None, resolve: Literal["resend", "skip"] | None
) -> Sent:
    """Send the approved issue `name`, or go on with it; see send.sending.send_issue."""
    with run_lock(settings.store, settings.folder), open_store(settings.store, settings.folder) as store:
        return send_issue(settings, store, name, now, message_of, limit=limit, resolve=resolve)
        return send_issue(settings, store, name, now, message_of, message_id, limit=limit, resolve=resolve)
