"""The gate: whether an issue is a mail that arrives whole, asks nothing of anybody else, and that everybody can read.

Every rule here is one that a mail program or a reader with a screen reader has taught somebody; docs/newsletter.md
lists them.
"""

from __future__ import annotations

import email
import email.policy
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from aggregator.digest.contrast import weak_contrasts, weakest_contrast
from aggregator.digest.message import IN_HTML, IN_TEXT, message_of
from aggregator.digest.plain import CONTROL, INVISIBLE
from aggregator.digest.planning import LARGEST, LARGEST_ENCODED
from aggregator.digest.render import COLUMNS
from aggregator.digest.theme import mistakes_in_theme
from aggregator.model import Issue
from aggregator.settings import Settings

LONGEST_LINE = 78
LARGEST_STYLE = 16_000
"""Bytes: Gmail ignores a style sheet over 16 KB (https://github.com/hteumeuleu/email-bugs/issues/90)."""
ASKS = ("script", "iframe", "link", "object", "embed", "form", "video", "audio", "source")
LARGEST_PICTURE = 80_000


@dataclass(frozen=True, slots=True)
class Checked:
    """What one checker says of a mail: in a figure what it looked at, and a sentence for each thing that is wrong."""

    name: str
    figure: str = ""
    faults: tuple[str, ...] = ()
    missing: str = ""
    """Why it says nothing, and how to have it; '' when it was asked."""


def checked(issue: Issue, settings: Settings) -> Checked:
    """What the rules of this module say, with the figures they hold to."""
    from lxml.html import document_fromstring

    tree = document_fromstring(issue.html)
    longest = max(len(line) for line in message_of(issue, settings, issue.end).split(b"\r\n"))
    hosts = {urlsplit(image.get("src") or "").netloc for image in tree.iter("img")}
    figures = (
        f"{len(issue.html.encode(errors='replace')):,} bytes of HTML of {LARGEST:,}",
        f"longest line {longest} of {LONGEST_LINE}",
        f"weakest contrast {weakest_contrast(tree):.1f}:1",
        f"asks {', '.join(sorted(hosts)) or 'no host'}",
    )
    return Checked("our own rules", "; ".join(figures), faults_of(issue, settings))


def faults_of(issue: Issue, settings: Settings) -> tuple[str, ...]:
    """A sentence for each thing that is wrong with the issue as a mail; () when nothing is."""
    from lxml.html import document_fromstring

    tree = document_fromstring(issue.html)
    return (
        *mistakes_in_theme(settings),
        *faults_of_message(issue, settings),
        *faults_of_text(issue, settings),
        *faults_of_twin(issue, tree),
        *faults_of_markup(issue.html),
        *faults_of_structure(tree),
        *faults_of_links(tree),
        *faults_of_images(tree, settings),
        *weak_contrasts(tree),
    )


def faults_of_message(issue: Issue, settings: Settings) -> Iterator[str]:
    """Sizes, lines and form of the mail as it travels."""
    raw = message_of(issue, settings, issue.end)
    if (longest := max(len(line) for line in raw.split(b"\r\n"))) > LONGEST_LINE:
        yield f"The mail has a line of {longest} bytes; {LONGEST_LINE} is the most."
    parsed = email.message_from_bytes(raw, policy=email.policy.SMTP)
    for part in parsed.walk():
        yield from (f"The {part.get_content_type()} part is malformed: {defect!r}." for defect in part.defects)
        if part.get_content_type() == "text/html" and len(payload := str(part.get_payload())) > LARGEST_ENCODED:
            yield f"The HTML takes {len(payload)} bytes as it travels; mail programs clip over {LARGEST_ENCODED}."
    if (size := len(issue.html.encode(errors="replace"))) > LARGEST:
        yield f"The HTML takes {size} bytes; mail programs clip what is over 102 KB, and {LARGEST} is the most here."


def faults_of_text(issue: Issue, settings: Settings) -> Iterator[str]:
    """The text part: as good as the HTML, and no wider than a terminal."""
    lines = issue.text.splitlines()
    for line in lines:
        if len(line) > COLUMNS and " " in line.strip():
            yield f"The text part has a line of {len(line)} columns; {COLUMNS} is the most: {line[:60]!r}."
    for where, text in (("subject", issue.subject), ("text part", issue.text), ("HTML", issue.html)):
        if found := CONTROL.search(text.replace("\n", "")) or INVISIBLE.search(text):
            yield f"The {where} holds the character U+{ord(found[0][0]):04X}, which breaks a mail or hides in it."
    yield from faults_of_leaving(issue, settings)


def faults_of_leaving(issue: Issue, settings: Settings) -> Iterator[str]:
    """Whether each part has a reader's own link to unsubscribe, and where the mail can hold it."""
    mail = settings.mail
    if mail and not (mail.unsubscribe or mail.unsubscribe_by_mail):
        yield "No reader can unsubscribe: sources.yaml has no `unsubscribe` below `mail`."
        return
    for where, text, room, place in (
        ("text part", issue.text, IN_TEXT, "on a line of its own"),
        ("HTML", issue.html, IN_HTML, "as the whole of an `href`"),
    ):
        if mail and room not in text:
            yield f"The {where} has no link to unsubscribe: the template lacks `unsubscribe`, {place}."
        elif "{{unsubscribe}}" in text.replace(room, ""):
            yield f"The {where} would show {{{{unsubscribe}}}} to its readers, for it does not stand {place}."


def faults_of_twin(issue: Issue, tree: Any) -> Iterator[str]:
    """Whether the two parts name the same posts."""
    shown = {link.get("href") for link in tree.iter("a")}
    lines = set(issue.text.splitlines())
    for item in issue.items:
        if (item.link in shown) != (item.link in lines):
            lacking = "text part" if item.link in shown else "HTML"
            yield f"The {lacking} lacks the address of {item.title[:60]!r}, which the other part has."


def faults_of_markup(html: str) -> Iterator[str]:
    """What Outlook's conditional comments and Gmail's reading of style sheets ask for."""
    opened, closed = len(re.findall(r"<!--\[if|<!\[if", html)), len(re.findall(r"<!\[endif\]", html))
    if opened != closed:
        yield f"{opened} conditional comments for Outlook begin and {closed} end."
    styles = re.findall(r"<style[^>]*>(.*?)</style>", html, re.S)
    if (size := sum(len(style.encode()) for style in styles)) > LARGEST_STYLE:
        yield f"The style sheets take {size} bytes; Gmail ignores what is over {LARGEST_STYLE}."
    if any(re.search(r"@media[^{}]*\{[^{}]*@", style) for style in styles):
        yield "A style sheet has an @-rule within another; Gmail drops the whole sheet."
    if re.search(r"@import|@font-face|url\(\s*['\"]?(?!data:)", html):
        yield "The HTML fetches a style sheet, a font or a background from elsewhere."
    if not re.search(r"<meta[^>]+charset=[\"']?utf-8", html, re.I):
        yield "The HTML does not say that it is UTF-8."


def faults_of_structure(tree: Any) -> Iterator[str]:
    """Language, direction, headings, tables: what a screen reader goes by (WCAG 1.3.1, 2.4.6, 3.1.1)."""
    wrapped = next(
        (one for one in tree.find("body") if isinstance(one.tag, str) and one.tag == "div" and len(one)), None
    )
    for name, element in (("html", tree), ("the first element of body", wrapped)):
        for attribute in ("lang", "dir"):
            if element is None or element.get(attribute) in (None, "", "und", "auto"):
                yield f"{name} has no `{attribute}`."
    levels = [int(one.tag[1]) for one in tree.iter("h1", "h2", "h3", "h4", "h5", "h6")]
    if levels.count(1) != 1 or levels[:1] != [1]:
        yield f"There are {levels.count(1)} headings of the first level; there must be one, before all others."
    for before, after in itertools.pairwise(levels):
        if after > before + 1:
            yield f"A heading of level {after} follows one of level {before}."
    if any(table.get("role") not in ("presentation", "none") for table in tree.iter("table")):
        yield "A table for the layout has no role=presentation: a screen reader reads it out as a table."
    yield from (f"The HTML holds <{one.tag}>, which mail programs drop." for one in tree.iter(*ASKS))
    handlers = {name for one in tree.iter() for name in one.attrib if name.startswith("on")}
    yield from (f"The HTML holds the script attribute {name}." for name in sorted(handlers))


def faults_of_links(tree: Any) -> Iterator[str]:
    """Links that are nameless, ambiguous, or lead nowhere (WCAG 2.4.4)."""
    by_name: dict[str, set[str]] = {}
    for link in tree.iter("a"):
        address = link.get("href") or ""
        pictured = " ".join(image.get("alt") or "" for image in link.iter("img"))
        name = " ".join(f"{link.text_content()} {pictured}".split())
        if not name:
            yield f"The link to {address} has no text."
        elif not address.startswith(("https://", "http://", "mailto:", "{{unsubscribe}}")):
            yield f"The link {name[:40]!r} leads to {address[:60]!r}, which is no address on the web."
        else:
            by_name.setdefault(name.casefold(), set()).add(address)
    for name, addresses in by_name.items():
        if len(addresses) > 1:
            yield f"{len(addresses)} links to different places are all called {name[:60]!r}."


def faults_of_images(tree: Any, settings: Settings) -> Iterator[str]:
    """Images: our own only, described, sized, and none that counts who looks."""
    ours = urlsplit(settings.publication.url).netloc
    for image in tree.iter("img"):
        address = image.get("src") or ""
        if urlsplit(address).netloc != ours:
            yield f"The image {address[:80]!r} is asked from elsewhere, which tells that host who reads the mail."
        if not (image.get("alt") or "").strip():
            yield f"The image {address[:80]!r} has no description (`alt`)."
        if not (image.get("width") or "").isdigit() or int(image.get("width")) < 16:
            yield f"The image {address[:80]!r} has no width, or the width of a tracker."
        if "height:auto" not in (image.get("style") or "").replace(" ", ""):
            yield f"The image {address[:80]!r} lacks `height:auto`: a phone would squeeze it."
