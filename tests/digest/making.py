"""Issues made of as little as a test wants to say, and a month of posts as blogs write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aggregator.model import Issue, IssueItem
from aggregator.months import month_window
from aggregator.settings import Digest, Mail, Person, Publication, Settings

ZONE = "Europe/Amsterdam"
NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
TITLES = (
    "Wat een klacht je leert", "De wachtrij is ook een gesprek", "Bel eens zonder reden", "Drie vragen voor het eind",
    "Waarom wij geen script meer hebben", "Een klant die blijft", "De kunst van het afscheid", "Luisteren kost tijd",
)  # fmt: skip
SENTENCES = (
    "Elke week zitten we een uur met de mensen die de telefoon opnemen.",
    "Ze vertellen wat hun opviel, en wij schrijven mee.",
    "Na een half jaar belden minder mensen voor dezelfde vraag.",
    "Niet omdat het antwoord beter werd, maar omdat de brief duidelijker was.",
)


def a_setting(folder: Path, **more: Any) -> Settings:
    publication = Publication(title="Klantenpost", url="https://example.org/", author=Person(name="Redactie"))
    sender = Person(name="Redactie Ümlaut", email="redactie@example.org")
    mail = Mail(sender=sender, list_id="klantenpost.example.org", unsubscribe="https://example.org/u/{token}")
    values: dict[str, Any] = {
        "publication": publication,
        "sources": (),
        "mail": mail,
        "file": folder / "sources.yaml",
        "digest": Digest(address="Postbus 1, Utrecht"),
    } | more
    return Settings(**values)


def an_item(number: int, **more: Any) -> IssueItem:
    values: dict[str, Any] = {
        "post_id": f"{number:032x}", "title": f"{TITLES[number % 8]}, deel {number}",
        "link": f"https://blog{number % 7}.example/2026/10/{TITLES[number % 8].lower().replace(' ', '-')}-{number}/",
        "source": f"Blog {number % 7}", "authors": ("Anna de Vries",), "date": NOW - timedelta(hours=number),
        "excerpt": " ".join(SENTENCES), "language": "nl", "reading_minutes": 3, "lead": number < 3,
    } | more  # fmt: skip
    return IssueItem(**values)


def an_issue(count: int, **more: Any) -> Issue:
    start, end = month_window("2026-10", ZONE)
    values: dict[str, Any] = {
        "name": "2026-10", "state": "built", "start": start, "end": end, "items": tuple(an_item(n) for n in range(count)),
        "subject": "Klantenpost oktober: wat een klacht je leert", "number": 3,
        "preheader": "De wachtrij is ook een gesprek · Bel eens zonder reden",
    } | more  # fmt: skip
    return Issue(**values)
