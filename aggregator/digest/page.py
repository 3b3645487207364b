"""What the templates of an issue show: plain text and checked addresses, in the publication's language."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from aggregator.digest.select import groups_of
from aggregator.digest.words import counted, words_for, written
from aggregator.model import Issue, IssueItem
from aggregator.settings import Digest as DigestSettings
from aggregator.settings import Mail, Publication

LEAD_EXCERPT = 240
EXCERPT = 160
FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)


def page_of(
    issue: Issue,
    publication: Publication,
    digest: DigestSettings,
    mail: Mail | None,
    *,
    excerpts: int = EXCERPT,
    most: int = 10_000,
) -> dict[str, Any]:
    """The values for the templates. `excerpts` and `most` are how a size is kept: characters, and posts shown."""
    language, zone = publication.language, publication.timezone
    words = words_for(language)
    shown = issue.items[:most]
    sources = len({item.source for item in issue.items})
    facts = words["facts"].format(
        posts=counted(words, "post", "posts", len(issue.items)), sources=counted(words, "source", "sources", sources)
    )
    end = issue.end - timedelta(seconds=1)
    lead_excerpt = LEAD_EXCERPT if excerpts >= EXCERPT else excerpts
    return {
        "language": language,
        "words": words,
        "title": safe(digest.title or publication.title),
        "heading": safe(heading_of(issue, publication, digest)),
        "subject": safe(issue.subject),
        "preheader": safe(issue.preheader),
        "intro": [safe(part) for part in re.split(r"\n\s*\n", issue.intro) if part.strip()],
        "number": words["number"].format(number=issue.number),
        "facts": facts,
        "window": words["window"].format(
            start=written(issue.start, "d MMMM", language, zone), end=written(end, "d MMMM y", language, zone)
        ),
        "leads": [shown_item(item, publication, lead_excerpt) for item in shown if item.lead],
        "groups": [
            {"name": safe(name), "posts": [shown_item(item, publication, excerpts) for item in items]}
            for name, items in groups_of(shown, digest)
        ],
        "overview": overview(issue.items),
        "rest": words["rest"].format(count=len(issue.items) - len(shown)) if len(shown) < len(issue.items) else "",
        "online": f"{publication.url}digest/{issue.name}/",
        "site": publication.url,
        "feed": f"{publication.url}atom.xml",
        "sender": safe(mail.sender.name if mail else publication.author.name),
        "address": safe(digest.address),
        "unsubscribe": "{{unsubscribe}}" if mail and mail.unsubscribe else "",
    }


def heading_of(issue: Issue, publication: Publication, digest: DigestSettings) -> str:
    words = words_for(publication.language)
    month = written(issue.start, "MMMM y", publication.language, publication.timezone)
    return words["heading"].format(title=digest.title or publication.title, month=month)


def overview(items: Sequence[IssueItem]) -> list[str]:
    """How many posts of each blog, the most first: what the issue holds at a glance."""
    counts: dict[str, int] = {}
    for item in items:
        counts[item.source] = counts.get(item.source, 0) + 1
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0].casefold()))
    return [f"{safe(name)} ({count})" for name, count in ranked]


def shown_item(item: IssueItem, publication: Publication, excerpt: int) -> dict[str, Any]:
    """What is shown of one post."""
    words = words_for(publication.language)
    facts = [item.source, *([", ".join(item.authors)] if item.authors else [])]
    day = written(item.date, "d MMMM y", publication.language, publication.timezone)
    facts.append(words["seen"].format(day=day) if item.undated else day)
    if item.reading_minutes:
        facts.append(words["minutes"].format(count=item.reading_minutes))
    foreign = item.language != "und" and item.language.split("-")[0] != publication.language.split("-")[0]
    return {
        "title": safe(item.title),
        "link": item.link,
        "facts": [safe(fact) for fact in facts],
        "excerpt": safe(shortened(item.excerpt, excerpt)),
        "note": safe(item.note),
        "language": item.language if foreign else "",
        "copies": words["copies"].format(names=", ".join(safe(name.partition(":")[0]) for name in item.copies))
        if item.copies
        else "",
        "copy_links": [copy.partition(": ")[2] for copy in item.copies],
    }


def shortened(text: str, longest: int) -> str:
    """The first sentences or words of `text` that fit; '' when nothing may be shown."""
    if len(text) <= longest or longest == 0:
        return text if longest else ""
    ends = [mark.end() for mark in re.finditer(r"[.!?…]+[\"”’)]*(?=\s)", text[:longest])]
    if ends and ends[-1] >= longest // 2:
        return text[: ends[-1]]
    return text[: longest - 1].rsplit(None, 1)[0].rstrip(" ,;:-–—.") + "…"


def safe(text: str) -> str:
    """`text` on one line, without characters that break a mail or turn its direction."""
    return " ".join(FORBIDDEN.sub(" ", text).split())
