"""The files of an issue under out/digest/, and the list and the feed of all issues."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from aggregator.digest.page import heading_of
from aggregator.digest.plain import safe
from aggregator.digest.render import Rendered, content_of, templates
from aggregator.digest.words import direction, words_for
from aggregator.model import Issue
from aggregator.settings import Settings
from aggregator.templating import rendered

FILES = ("index.html", "mail.html", "digest.txt", "digest.mjml", "issue.json", "message.eml")
"""What an issue is, under out/digest/ and its name."""
PUBLISHED = ("approved", "sending", "sent", "stopped")
"""The states in which an issue is shown in the list and in the feed: somebody stands behind it."""
NEWEST = 24
"""Issues in the feed."""


def put_out(
    issue: Issue, rendered: Rendered, settings: Settings, write: Callable[[str, bytes], bool]
) -> tuple[str, ...]:
    """Write the issue's files; the paths that changed."""
    from aggregator.digest.message import message_of

    folder = f"digest/{issue.name}"
    values = asdict(issue)
    for key in ("html", "text", "state", "edited"):
        del values[key]
    files = {
        "index.html": rendered.web.encode(errors="replace"),
        "mail.html": without_placeholder(issue.html, settings).encode(errors="replace"),
        "digest.txt": without_placeholder(issue.text, settings).encode(errors="replace"),
        "digest.mjml": rendered.mjml.encode(errors="replace"),
        "issue.json": (json.dumps(values, indent=1, default=datetime.isoformat) + "\n").encode(),
        "message.eml": message_of(issue, settings, issue.end),
    }
    return tuple(f"{folder}/{name}" for name, content in files.items() if write(f"{folder}/{name}", content))


def without_placeholder(text: str, settings: Settings) -> str:
    """The public copy, in which nobody in particular can unsubscribe."""
    return text.replace("{{unsubscribe}}", settings.publication.url)


def put_out_list(issues: Sequence[Issue], settings: Settings, write: Callable[[str, bytes], bool]) -> tuple[str, ...]:
    """Write out/digest/index.html and atom.xml from the issues that somebody stands behind; the paths that changed."""
    shown = sorted((one for one in issues if one.state in PUBLISHED), key=lambda one: one.name, reverse=True)
    files = {"digest/index.html": list_page(shown, settings), "digest/atom.xml": feed_of(shown[:NEWEST], settings)}
    return tuple(path for path, content in files.items() if write(path, content))


def list_page(issues: Sequence[Issue], settings: Settings) -> bytes:
    """Every issue, newest first, with a link."""
    publication = settings.publication
    words = words_for(publication.language, settings.folder)
    page: dict[str, Any] = {
        "language": publication.language,
        "direction": direction(publication.language),
        "words": words,
        "title": safe(settings.digest.title or publication.title),
        "site": publication.url,
        "noindex": publication.noindex,
        "issues": [
            {
                "name": one.name,
                "heading": safe(heading_of(one, settings)),
                "number": words("number", number=one.number),
                "posts": words("posts", count=len(one.items)),
                "subject": safe(one.subject),
            }
            for one in issues
        ],
    }
    return rendered(templates(settings), "digest_list.html.j2", page).encode(errors="replace")


def feed_of(issues: Sequence[Issue], settings: Settings) -> bytes:
    """The issues as Atom (RFC 4287), each with all that it holds; through feedgen."""
    from feedgen.feed import FeedGenerator

    publication = settings.publication
    address = f"{publication.url}digest/"
    feed = FeedGenerator()
    feed.id(address)
    feed.title(safe(settings.digest.title or publication.title))
    feed.author({"name": publication.author.name})
    feed.language(publication.language)
    feed.link(href=f"{address}atom.xml", rel="self", type="application/atom+xml")
    feed.link(href=address, rel="alternate", type="text/html")
    feed.updated(max((one.end for one in issues), default=datetime.fromisoformat("2000-01-01T00:00:00+00:00")))
    for one in issues:
        entry = feed.add_entry(order="append")
        entry.id(f"{address}{one.name}/")
        entry.title(safe(one.subject) or one.name)
        entry.link(href=f"{address}{one.name}/", rel="alternate", type="text/html")
        entry.published(one.end)
        entry.updated(one.end)
        entry.summary(safe(one.preheader) or one.name)
        entry.content(content_of(one, settings), type="html")
    written: bytes = feed.atom_str(pretty=True)
    return written + b"\n"
