"""Who wrote an article and when, by its time elements and the words near its heading ("3 juli 2015 door ...")."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from aggregator.parse.boilerplate import label_of

if TYPE_CHECKING:
    from lxml.html import HtmlElement

MONTH = (
    r"jan(?:uari?|uary|vier)?|feb(?:ruari?|ruary|rero|braio)?|f[ée]v(?:r(?:ier)?)?|m(?:aart|rt|arch|ars|ärz|arzo|ar)|"
    r"a[pv]r(?:ile?)?|abr(?:il)?|m(?:ei|ay|ai|ayo|aggio)|jui?n[ie]?|jui?l(?:i|y|let)?|[jg]i?u[ln](?:io|gno)|luglio|"
    r"aug(?:ustus|ust)?|août|agosto|sep(?:t(?:emb(?:er|re))?)?|septiembre|settembre|o[kc]t(?:ob(?:er|re))?|octubre|ottobre|"
    r"nov(?:emb(?:er|re))?|noviembre|d[eé][cz](?:emb(?:er|re))?|dicembre|diciembre|ene(?:ro)?|gen(?:naio)?"
)
DATE = (
    rf"(?:\d{{1,2}}(?:er)?[\s./-]+(?:de\s+)?(?:{MONTH})\.?[\s./,-]+(?:de\s+)?\d{{4}}"
    rf"(?:\s*(?:om|at|,)?\s*\d{{1,2}}[:.]\d{{2}}(?::\d{{2}})?)?"
    rf"|(?:{MONTH})\.?\s+\d{{1,2}},?\s+\d{{4}}|\d{{1,2}}[-/]\d{{1,2}}[-/]\d{{4}}"
    r"|\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}\S*)?)"
)
WRITTEN_DATE = re.compile(rf"\b({DATE})", re.IGNORECASE)
WORDS = r"(?:op|door|on|by|am|von|le|par)"
STAMP = re.compile(
    r"^\W*(?:geplaatst|gepubliceerd|geschreven|gepost|posted|published|written|veröffentlicht|publié)\s+"
    rf"(?:{WORDS}\s+)?(?:{DATE}(?:\W+{WORDS}\s+.{{2,60}})?|.{{2,60}}?\s+{WORDS}\s+{DATE})\W*$",
    re.IGNORECASE,
)
"""A line that says when, and by whom, and nothing else: it needs no mark."""
READING_TIME = re.compile(
    r"^(?:(?:leestijd|reading\s+time|lesezeit)\W+)?\d{1,2}\s*min(?:\.|uten|utes?|uut)?"
    r"(?:\s+(?:leestijd|lezen|lees|read|reading\s+time|lesezeit))?\W*$",
    re.IGNORECASE,
)
LONGEST_STAMP = 300
"""Characters, of which many may be blanks."""
BYLINE = re.compile(
    r"(?:\b(?i:(?:geschreven|geplaatst|gepost|gepubliceerd)\s+door|door|auteur:?|written\s+by|by)|"
    r"(?:^|(?<=\d\s))(?i:von|par))[:\s]+"
    r"((?:[A-ZÀ-Þ][\w'’.-]+|van|de|der|den|het|ten|ter|te|von|'t)(?:\s+(?:[A-ZÀ-Þ][\w'’.-]+|van|de|der|den|het|ten|ter|te|von|'t)){0,5})"
)
DATE_LABEL = re.compile(
    r"(?:^|[\s_-])(?:date|datum|published|dt-published|entry-date|post-date|time|posted-on|p?-?meta)(?:$|[\s_-])", re.I
)
UPDATED_LABEL = re.compile(r"(?:^|[\s_-])(?:updated|modified|dateModified)(?:$|[\s_-])")
AUTHOR_LABEL = re.compile(
    r"(?:^|[\s_-])(?:byline|author|auteur|p-author|vcard|posted-by|\w*author\w*|p-meta|meta)(?:$|[\s_-])", re.I
)
SOFTWARE = re.compile(r"(?:admin(?:istrator)?|beheerder|webmaster|wordpress|root|user)\d*\s*$", re.IGNORECASE)


def authors_of(tree: HtmlElement, metas: Mapping[str, str]) -> tuple[str, ...]:
    """People whom metas, rel=author or a byline near the heading name; nobody where none of them does."""
    told = named(
        [metas[name] for name in ("author", "article:author", "dc.creator", "parsely-author") if name in metas]
    )
    if told:
        return told[:1]
    for element in tree.iter("a", "span", "address"):
        if "author" in (element.get("rel") or "").split() or element.get("itemprop") == "author":
            name = " ".join(element.text_content().split())
            if 0 < len(name) < 60:
                return (name,)
    return byline_of(tree)


def named(names: Sequence[str]) -> tuple[str, ...]:
    """Those that are no address, nor what software calls its first user: the byline that people see may tell more."""
    return tuple(name for name in names if "://" not in name and not SOFTWARE.match(name))


def byline_of(tree: HtmlElement) -> tuple[str, ...]:
    """The name in a line such as "Geplaatst door Anna de Vries op 3 maart", in an element that is marked as one."""
    for element in tree.iter("p", "div", "span", "time", "small", "address"):
        if not AUTHOR_LABEL.search(label_of(element)):
            continue
        text = " ".join(element.text_content().split())
        if len(text) < 300 and (found := BYLINE.search(text)):
            return (found[1].strip(),)
        bare = " ".join((element.text_content() or "").split())
        if "author" in label_of(element) and re.fullmatch(r"[A-ZÀ-Þ][\w'’.-]+(?:\s+[\w'’.-]+){1,4}", bare):
            return (bare,)
        icon = first_words(element)
        if "meta" in label_of(element) and icon:
            return (icon,)
    found = BYLINE.search(stamp_of(tree))
    return (found[1].strip(),) if found else ()


def stamp_of(tree: HtmlElement) -> str:
    """The first line that is a STAMP; '' without one."""
    for element in tree.iter("p", "div", "span", "em", "small"):
        if STAMP.match(text := short_text(element)):
            return text
    return ""


def is_stamp(element: HtmlElement) -> bool:
    """Whether it says when and by whom, or how long it takes to read, and nothing else."""
    text = short_text(element)
    return STAMP.match(text) is not None or READING_TIME.match(text) is not None


def short_text(element: HtmlElement) -> str:
    """The words in an element; '' where there are many."""
    found, length = [], 0
    for text in element.itertext():
        length += len(text)
        if length > LONGEST_STAMP:
            return ""
        found.append(text)
    return " ".join("".join(found).split())


def first_words(element: HtmlElement) -> str | None:
    """The text of the first span of a meta line, when it looks like a name: themes put an icon and the name there."""
    span = next(iter(element.iter("span")), None)
    text = " ".join(span.text_content().split()) if span is not None else ""
    is_name = re.fullmatch(r"[A-ZÀ-Þ][\w'’.-]+(?:\s+(?:van|de|der|den|het|ten|ter|te|[A-ZÀ-Þ][\w'’.-]+)){1,4}", text)
    return text if is_name and not WRITTEN_DATE.search(text) else None


def written_date(tree: HtmlElement) -> str | None:
    """A time element, one that is marked as the day it appeared first; else a date written out where one is marked."""
    for element in sorted(tree.iter("time"), key=lambda time: bool(UPDATED_LABEL.search(time_label(time)))):
        stamp = element.get("datetime") or element.text_content()
        if stamp and stamp.strip():
            return str(stamp).strip()
    for element in tree.iter("p", "div", "span", "abbr", "small", "li"):
        if element.get("itemprop") == "datePublished" and element.get("content"):
            return str(element.get("content"))
        if DATE_LABEL.search(label_of(element)) or AUTHOR_LABEL.search(label_of(element)):
            text = " ".join(element.text_content().split())
            if len(text) < 300 and (found := WRITTEN_DATE.search(text)):
                return found[1]
    found = WRITTEN_DATE.search(stamp_of(tree))
    return found[1] if found else None


def time_label(element: HtmlElement) -> str:
    return f"{label_of(element)} {element.get('itemprop') or ''}"
