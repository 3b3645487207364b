"""What is well-formed of a source in sources.yaml and still cannot be meant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aggregator.settings import Rule, Selectors, Source

HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+: (?:[!-~](?:[\t -~]*[!-~])?)?")
Place = tuple[str | int, ...]
Doubt = tuple[Place, str, str]
"""The path of the key, what is wrong with it, and a hint or ''."""


def doubts_about_source(source: Source) -> Iterator[Doubt]:
    if not source.name.strip():
        yield ("name",), "is empty", ""
    elif not source.name.isprintable():
        yield ("name",), "holds a line end or another character that cannot be shown", ""
    if (source.url is None) == (source.path is None):
        yield (), "needs a `url` or a `path`, one of the two", ""
    for key, address in (("url", source.url), ("site", source.site)):
        if address is not None and not is_web_address(address):
            yield (key,), f"{address!r} is no absolute http(s) address", ""
    if source.path is not None and not source.path.strip():
        yield ("path",), "is empty", "Write which files they are, such as archief/*.md."
    elif source.path is not None and (Path(source.path).is_absolute() or ".." in Path(source.path).parts):
        yield ("path",), "must stay within the folder of this file", ""
    for key, number, least in (("max_new", source.max_new, 0), ("pages", source.pages, 1)):
        if number is not None and number < least:
            yield (key,), f"must be {least} or more, not {number}", ""
    documents = (("kind", source.kind == "documents"), ("link", source.link), ("split", source.split))
    for key in (key for key, said in documents if said and source.path is None):
        yield (key,), "is for documents on disk, and would say nothing of a `url`", ""
    if source.link is not None and source.path is not None:
        yield from doubts_about_link(source.link, source.site)
    for place, tag in languages(source):
        if tag is not None and not is_language(tag):
            yield place, f"{tag!r} is no language tag", "Use a BCP 47 tag such as nl or en-GB."
    for key, rules in (("include", source.include), ("exclude", source.exclude)):
        for index, rule in enumerate(rules):
            for part, message in doubts_about_rule(rule):
                yield (key, index, *part), message, ""
    if source.selectors is not None:
        yield from doubts_about_selectors(source.selectors)
    for name, value in source.headers.items():
        if not HEADER.fullmatch(f"{name}: {value}"):
            yield ("headers", name), "cannot be sent: plain ASCII on one line, without blanks around it, can", ""
    for place, pattern in patterns(source):
        try:
            re.compile(pattern)
        except re.error as error:
            yield place, f"is no regular expression: {error}", ""


def patterns(source: Source) -> Iterator[tuple[Place, str]]:
    """Every regular expression of a source, with the path of its key."""
    groups: list[tuple[Place, Any]] = [(("split",), source.split)]
    groups += [(("include", index), rule) for index, rule in enumerate(source.include)]
    groups += [(("exclude", index), rule) for index, rule in enumerate(source.exclude)]
    if source.split is not None:
        yield from ((("split", "drop", index), pattern) for index, pattern in enumerate(source.split.drop))
    for path, group in groups:
        for key in ("starts", "ends", "until", "author", "tag", "title", "text"):
            pattern = getattr(group, key, None)
            if isinstance(pattern, str):
                yield (*path, key), pattern


def doubts_about_link(template: str, site: str | None) -> Iterator[Doubt]:
    hint = "It may hold {slug}, {stem} and {published:%Y/%m/%d}."
    try:
        filled = template.format(slug="slug", stem="stem", published=date(2026, 1, 31))
    except (ValueError, LookupError, AttributeError) as error:
        yield ("link",), f"is no template of an address: {error}", hint
    else:
        if site is None and not is_web_address(filled):
            yield ("link",), "is joined to `site`, which is missing", "Add `site:`, the address of the blog."


def languages(source: Source) -> Iterator[tuple[Place, str | None]]:
    """Every language that is named, with the path of its key."""
    yield ("language",), source.language
    yield ("override", "language"), source.override.language
    for key, rules in (("include", source.include), ("exclude", source.exclude)):
        for index, rule in enumerate(rules):
            yield (key, index, "language"), rule.language


def doubts_about_rule(rule: Rule) -> Iterator[tuple[Place, str]]:
    if rule == Rule():
        yield (), "says nothing, and would match every post"
    for key, day in (("before", rule.before), ("after", rule.after)):
        if day is not None and not is_day(day):
            yield (key,), f"{day!r} is no day; write it as 2026-01-31"
    for key, number in (("min_words", rule.min_words), ("max_words", rule.max_words)):
        if number is not None and number < 0:
            yield (key,), f"must be 0 or more, not {number}"


def doubts_about_selectors(selectors: Selectors) -> Iterator[Doubt]:
    from cssselect import GenericTranslator, SelectorError

    named: list[tuple[Place, str | None]] = [
        ((key,), getattr(selectors, key)) for key in Selectors.__dataclass_fields__ if key != "remove"
    ]
    named += [(("remove", index), pattern) for index, pattern in enumerate(selectors.remove)]
    for place, pattern in named:
        if pattern is None:
            continue
        try:
            GenericTranslator().css_to_xpath(pattern)
        except SelectorError as error:
            yield ("selectors", *place), f"is no CSS selector: {error}", ""


def is_day(text: str) -> bool:
    """Whether `text` is a day as YYYY-MM-DD."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def is_language(tag: str) -> bool:
    """Whether `tag` is a language tag as BCP 47 has them."""
    return re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", tag) is not None


def is_web_address(address: str) -> bool:
    """Whether `address` is an absolute http or https URL with a host."""
    try:
        parts = urlsplit(address)
        _, blank = parts.port, re.search(r"\s", parts.netloc)  # a port that is none is a ValueError
        return parts.scheme in ("http", "https") and bool(parts.hostname) and blank is None
    except ValueError:
        return False
