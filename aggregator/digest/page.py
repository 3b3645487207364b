"""What the templates of an issue show: plain text and checked addresses, in the publication's language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from aggregator.digest.markdown import as_html, as_text
from aggregator.digest.plain import direction_of, safe, shortened, web, without_control
from aggregator.digest.select import groups_of
from aggregator.digest.words import Words, direction, words_for
from aggregator.model import Issue, IssueItem
from aggregator.months import month_window
from aggregator.settings import Settings

LEAD_EXCERPT = 240
EXCERPT = 160
LONGEST_TITLE = 200
LONGEST_NAME = 80
LONGEST_LIST = 12
"""Lines of the list at the top."""
MOST_PEOPLE = 3


@dataclass(frozen=True, slots=True)
class Room:
    """How much of each post is shown; the planner makes it smaller until a mail is not clipped."""

    pictures: bool = True
    excerpt: int = EXCERPT
    lead_excerpt: int = LEAD_EXCERPT
    facts: bool = True
    most: int | None = None
    """Posts that are shown; None: all."""


def page_of(issue: Issue, settings: Settings, room: Room) -> dict[str, Any]:
    """The values for the templates, in the measure of `room`."""
    publication, digest, mail = settings.publication, settings.digest, settings.mail
    words = words_for(publication.language, settings.folder)
    shown = issue.items[: room.most]
    online = f"{publication.url}digest/{issue.name}/"
    end = issue.end - timedelta(seconds=1)
    return {
        "language": publication.language,
        "direction": direction(publication.language),
        "words": words,
        "title": safe(digest.title or publication.title),
        "heading": safe(heading_of(issue, settings)),
        "subject": safe(issue.subject),
        "preheader": safe(issue.preheader),
        "intro": as_html(without_control(issue.intro)),
        "intro_text": as_text(without_control(issue.intro)),
        "number": words("number", number=issue.number),
        "facts": words(
            "facts",
            posts=words("posts", count=len(issue.items)),
            blogs=words("blogs", count=len({item.source for item in issue.items})),
        ),
        "window": words(
            "window",
            start=words.date(issue.start, "d MMMM", publication.timezone),
            end=words.date(end, "d MMMM y", publication.timezone),
        ),
        "compact": not room.facts,
        "leads": [shown_item(item, settings, words, room, room.lead_excerpt) for item in shown if item.lead],
        "groups": shown_groups(issue, shown, settings, words, room),
        "overview": overview(issue.items, settings, words),
        "newcomers": [{"name": name_of(name), "link": web(link)} for name, link in issue.newcomers],
        "rest": words("rest", count=len(issue.items) - len(shown)) if len(shown) < len(issue.items) else "",
        "online": online,
        "site": publication.url,
        "noindex": publication.noindex,
        "feed": f"{publication.url}atom.xml",
        "issues": f"{publication.url}digest/",
        "issues_feed": f"{publication.url}digest/atom.xml",
        "sender": safe(mail.sender.name if mail else publication.author.name),
        "address": safe(digest.address),
        "unsubscribe": "{{unsubscribe}}" if mail and (mail.unsubscribe or mail.unsubscribe_by_mail) else "",
    }


def heading_of(issue: Issue, settings: Settings) -> str:
    """`Blogoverzicht oktober 2026`: the month that is covered."""
    publication = settings.publication
    words = words_for(publication.language, settings.folder)
    month = words.date(month_window(issue.name, publication.timezone)[0], "MMMM y", publication.timezone)
    return words("heading", title=settings.digest.title or publication.title, month=month)


def overview(items: Sequence[IssueItem], settings: Settings, words: Words) -> list[dict[str, str]]:
    """What the issue holds at a glance, in few lines: its titles, or how many posts of each blog when they are many."""
    if len(items) <= LONGEST_LIST:
        return [
            {"text": title_of(item), "by": name_of(item.source), "link": item.link, **foreign(item, settings)}
            for item in items
        ]
    counts = Counter(item.source for item in items)
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0].casefold()))
    lines = [f"{name_of(name)} ({count})" for name, count in ranked[:LONGEST_LIST]]
    if len(ranked) > LONGEST_LIST:
        lines.append(words("others", count=len(ranked) - LONGEST_LIST))
    return [{"text": line, "by": "", "link": "", "language": "", "direction": ""} for line in lines]


def foreign(item: IssueItem, settings: Settings) -> dict[str, str]:
    """The language of a post that is in another than the publication, and its direction; '' for others.

    A post whose language nobody knows runs as the letters of its title do.
    """
    own = settings.publication.language
    if item.language.split("-")[0] not in ("und", own.split("-")[0]):
        return {"language": item.language, "direction": direction(item.language)}
    runs = direction_of(item.title)
    return {"language": "", "direction": runs if runs != direction(own) else ""}


def shown_groups(
    issue: Issue, shown: Sequence[IssueItem], settings: Settings, words: Words, room: Room
) -> list[dict[str, Any]]:
    """The groups after the leads, each with how many more its source has where a cap left some out."""
    by_source = settings.digest.group_by == "source"
    recent = [item for item in issue.left_out if item.date >= issue.start]  # those of all months before wait as well
    more = Counter(item.source for item in recent if not item.for_good and web(item.source_link))
    links = {item.source: item.source_link for item in issue.left_out}
    return [
        {
            "name": name_of(name),
            "posts": [shown_item(item, settings, words, room, room.excerpt, named=not by_source) for item in items],
            "more": words("more_of", count=more[name], source=name_of(name)) if by_source and more[name] else "",
            "more_link": links.get(name, ""),
        }
        for name, items in groups_of(shown, settings.digest)
    ]


def shown_item(
    item: IssueItem, settings: Settings, words: Words, room: Room, excerpt: int, *, named: bool = True
) -> dict[str, Any]:
    """What is shown of one post; its source too where `named`, or where it stands under no other name."""
    publication = settings.publication
    facts = [name_of(item.source)] if named else []
    if room.facts:
        if item.authors:
            facts.append(", ".join(name_of(name) for name in item.authors[:MOST_PEOPLE]))
        day = words.date(item.date, "d MMMM y", publication.timezone)
        facts.append(words("seen", day=day) if item.undated else day)
        if item.reading_minutes:
            facts.append(words("minutes", count=item.reading_minutes))
    copies = item.copies if room.facts else ()
    return {
        "title": title_of(item),
        "link": item.link,
        "facts": [fact for fact in facts if fact],
        "excerpt": safe(shortened(item.excerpt, excerpt)),
        "note": safe(item.note),
        **foreign(item, settings),
        "picture": item.picture if room.pictures else None,
        "copies": words("copies", names=", ".join(name_of(copy.rpartition(": ")[0]) for copy in copies))
        if copies
        else "",
        "copy_links": [copy.rpartition(": ")[2] for copy in copies],
    }


def title_of(item: IssueItem) -> str:
    """The title, or the address of a post whose title holds nothing that shows."""
    return shortened(safe(item.title[: 2 * LONGEST_TITLE]), LONGEST_TITLE) or item.link


def name_of(name: str) -> str:
    return shortened(safe(name[: 2 * LONGEST_NAME]), LONGEST_NAME)
