"""Who wrote an article and when, by its time elements and the words near its heading ("3 juli 2015 door ...")."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aggregator.parse.boilerplate import label_of

if TYPE_CHECKING:
    from lxml.html import HtmlElement

MONTH = (
    r"jan(?:uari|uary)?|feb(?:ruari|ruary)?|m(?:aart|rt|arch|ar)|apr(?:il)?|mei|may|juni?|june?|juli?|july?|"
    r"aug(?:ustus|ust)?|sep(?:t(?:ember)?)?|o[kc]t(?:ober)?|nov(?:ember)?|de[cz](?:ember)?"
)
WRITTEN_DATE = re.compile(
    rf"\b(\d{{1,2}}[\s./-]+(?:{MONTH})\.?[\s./,-]+\d{{4}}(?:\s*(?:om|at|,)?\s*\d{{1,2}}[:.]\d{{2}}(?::\d{{2}})?)?"
    rf"|(?:{MONTH})\.?\s+\d{{1,2}},?\s+\d{{4}}|\d{{1,2}}[-/]\d{{1,2}}[-/]\d{{4}}"
    r"|\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}\S*)?)",
    re.IGNORECASE,
)
BYLINE = re.compile(
    r"(?:\b(?:geschreven|geplaatst|gepost|gepubliceerd)\s+door|\bdoor|\bauteur:?|\bwritten\s+by|\bby)[:\s]+"
    r"((?:[A-ZÀ-Þ][\w'’.-]+|van|de|der|den|het|ten|ter|te|von|'t)(?:\s+(?:[A-ZÀ-Þ][\w'’.-]+|van|de|der|den|het|ten|ter|te|von|'t)){0,5})"
)
DATE_LABEL = re.compile(
    r"(?:^|[\s_-])(?:date|datum|published|dt-published|entry-date|post-date|time|posted-on|p?-?meta)(?:$|[\s_-])", re.I
)
UPDATED_LABEL = re.compile(r"(?:^|[\s_-])(?:updated|modified|dateModified)(?:$|[\s_-])")
AUTHOR_LABEL = re.compile(
    r"(?:^|[\s_-])(?:byline|author|auteur|p-author|vcard|posted-by|\w*author\w*|p-meta|meta)(?:$|[\s_-])", re.I
)


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
    return ()


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
    return None


def time_label(element: HtmlElement) -> str:
    return f"{label_of(element)} {element.get('itemprop') or ''}"
