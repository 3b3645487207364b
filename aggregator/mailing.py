"""What the editor does with an approved issue and its readers: send it, and keep the list."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from pathlib import Path
from typing import Literal

from aggregator.digest.message import mails_of, message_id, message_of
from aggregator.send.sending import Sent, send_issue, send_test
from aggregator.settings import Settings
from aggregator.store import Refused, issues, open_store, outbox, sender_lock, subscribers
from aggregator.store.subscribers import Added, Newcomer, Subscriber


def send(
    settings: Settings, name: str, now: datetime, *, limit: int | None, resolve: Literal["resend", "skip"] | None
) -> Sent:
    """Send the approved issue `name`, or go on with it; see send.sending.send_issue."""
    with sender_lock(settings.store, settings.folder), open_store(settings.store, settings.folder) as store:
        return send_issue(settings, store, name, now, mails_of, message_id, limit=limit, resolve=resolve)


def rehearse(settings: Settings, name: str) -> tuple[int, int]:
    """How many recipients the issue has or would have, and the bytes of one mail; nothing is changed."""
    with open_store(settings.store, settings.folder) as store:
        issue = issues.load(store, name)
        if issue is None:
            raise Refused(f"There is no issue {name}; `aggregator digest list` shows those there are.")
        waiting = outbox.counts(store, name)
        active = len(subscribers.list_subscribers(store, "active"))
    return sum(waiting.values()) or active, len(message_of(issue, settings, issue.end))


def test(settings: Settings, name: str, address: str, now: datetime) -> str:
    """Send one copy of the issue to `address`, approved or not; the server's reply."""
    with open_store(settings.store, settings.folder) as store:
        issue = issues.load(store, name)
    if issue is None:
        raise Refused(f"There is no issue {name}; `aggregator digest list` shows those there are.")
    return send_test(settings, issue, address, now, mails_of)


def add(settings: Settings, newcomers: list[Newcomer], now: datetime) -> tuple[Added, ...]:
    """Add subscribers; what came of each."""
    with open_store(settings.store, settings.folder) as store:
        return subscribers.add(store, newcomers, now)


def every(settings: Settings) -> tuple[Subscriber, ...]:
    with open_store(settings.store, settings.folder) as store:
        return subscribers.list_subscribers(store)


def remove(settings: Settings, address: str, now: datetime) -> bool:
    """End a subscription for good; whether there was one."""
    with open_store(settings.store, settings.folder) as store:
        return subscribers.remove(store, address, "unsubscribed by the editor", now)


def read_csv(file: Path) -> list[Newcomer]:
    """The rows of a CSV file with the columns address (or email), name and consent; any usual separator or encoding."""
    raw = file.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("windows-1252", "replace")
    first = text.split("\n", 1)[0]
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count))
    found = []
    for row in rows:
        plain = {
            (key or "").strip().casefold(): (value or "").strip()
            for key, value in row.items()
            if isinstance(value, str)
        }
        address = plain.get("address") or plain.get("email") or plain.get("e-mail") or plain.get("adres") or ""
        consent = plain.get("consent") or f"imported from {file.name}"
        found.append(Newcomer(address, plain.get("name") or plain.get("naam") or "", consent))
    return found


def as_csv(rows: tuple[Subscriber, ...]) -> str:
    """The subscribers as CSV. A cell that a spreadsheet would take for a formula gets an apostrophe before it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["address", "name", "state", "consent", "added"])
    for row in rows:
        cells = [row.address, row.name, row.state, row.consent, row.added.isoformat()]
        writer.writerow([f"'{cell}" if cell[:1] in "=+-@\t" and cell else cell for cell in cells])
    return out.getvalue()
