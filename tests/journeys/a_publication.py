"""A publication that has everything a page can show, brought out by the program itself; and the kinds of its pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from aggregator.config import load
from aggregator.serving import front
from aggregator.settings import Settings
from tests.journeys.conftest import Site

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
SUBJECTS = (
    "Wie belt er eigenlijk nog?", "De wachtrij als visitekaartje", "Een klacht is een cadeau met een slordig strikje",
    "Vijf vragen voor u een CRM-pakket kiest & waarom <de prijs> de zesde is", "Zo meten wij tevredenheid: niet",
)  # fmt: skip
TEXT = (
    "Wie een vraag heeft wil antwoord, geen nummer. Toch begint bijna elk gesprek met een keuzemenu dat niemand bedacht "
    "heeft om te helpen. Wij telden een maand lang hoe vaak mensen ophingen voordat zij iemand spraken, en wat zij daarna "
    "deden. De uitkomst verraste ons: de meesten schreven een brief. "
)
CONFIGURATION = """
publication:
  title: {title}
  subtitle: {subtitle}
  url: https://blogs.example/klant/
  language: {language}
  author: {{name: Redactie}}
  feeds: {{sources: all, tags: [Klantcontact]}}
network: {{allow_private: true, connect_seconds: 1}}
sources:
  - {{name: Loket, path: 'loket/*.md', site: 'https://loket.example/', link: '{{slug}}.html'}}
  - {{name: The Front Desk, path: 'desk/*.md', site: 'https://desk.example/', link: '{{slug}}.html', language: en}}
  - {{name: Onbereikbaar, url: 'http://127.0.0.1:9/feed.xml', kind: feed}}
digest: {{min_posts: 0, approval: false, address: 'Redactie, Postbus 1, 1000 AA Ergens'}}
mail: {{from: {{name: Redactie, email: redactie@blogs.example}}}}
"""
TEXTS = {
    "nl": ("Klant centraal", "Wat vakgenoten schrijven over klanten, loketten en wachtrijen"),
    "en": ("The customer first", "What colleagues write on customers, desks and queues"),
}


@dataclass(frozen=True)
class Brought:
    settings: Settings
    kinds: dict[str, str]
    """The path of a page of each kind, by what kind it is."""


def a_publication(site: Callable[..., Site], language: str, posts: int = 60) -> Brought:
    """Two blogs of `posts` posts in all, one source in trouble, an issue of the newsletter; published at NOW."""
    title, subtitle = TEXTS[language]
    made = site(CONFIGURATION.format(language=language, title=title, subtitle=subtitle), name=language)
    for number in range(posts):
        write_post(made, number, NOW - timedelta(days=3 * number, hours=2))
    run(made, "run")
    run(made, "digest", "build", "2026-10")
    run(made, "run", "--all")
    kinds = {
        "index": "", "archive": "archive/2026-10.html", "months": "archive/", "status": "status.html",
        "digest": "digest/2026-10/", "error": "archive/nothing.html",
    }  # fmt: skip
    return Brought(load(made.folder / "sources.yaml"), kinds)


def write_post(made: Site, number: int, date: datetime, **more: Any) -> None:
    folder = "desk" if number % 4 == 3 else "loket"
    title = f"Notes on queueing, part {number}" if folder == "desk" else f"{SUBJECTS[number % 5]} ({number})"
    text = TEXT if folder == "loket" else "Whoever asks a question wants an answer and not a number. " * 8
    place = made.folder / folder / f"post-{number}.md"
    place.parent.mkdir(exist_ok=True)
    author = "Femke de Jonge" if number % 3 else "Jeroen van Denderen"
    place.write_text(
        f'---\ntitle: "{title}"\ndate: {date.isoformat()}\nauthor: {author}\ntags: [Klantcontact]\n---\n\n'
        f"{text * (1 + number % 3)}\n\nBericht nummer {number}: {' '.join(str((number + 3) ** k) for k in range(2, 40))}.\n",
        encoding="utf-8",
    )


def run(made: Site, *arguments: str) -> None:
    ended = made.run(*arguments, now=NOW.isoformat())
    assert ended.returncode in (0, 3), ended.stderr


__all__ = ["NOW", "Brought", "a_publication", "front", "run", "write_post"]
