"""What is well-formed in sources.yaml and still cannot be meant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aggregator.settings import Correction, Mail, Publication, Settings, Source, Withheld

HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+: (?:[!-~](?:[\t -~]*[!-~])?)?")
SHIPPED = Path(__file__).parent.parent
Place = tuple[str | int, ...]
Doubt = tuple[Place, str, str]
"""The path of the key, what is wrong with it, and a hint or ''."""


def doubts(settings: Settings) -> Iterator[Doubt]:
    """Every doubt about `settings`, in the order of the file's parts."""
    yield from doubts_about_publication(settings.publication)
    yield from doubts_about_feeds(settings)
    if not settings.store.startswith(("sqlite:///", "postgresql://")):
        yield ("store",), "must start with sqlite:/// or postgresql://", ""
    if not settings.sources:
        yield ("sources",), "holds no source", "Add one with `aggregator sources add URL`."
    yield from doubts_about_digest(settings)
    yield from doubts_about_mail(settings.mail)
    lines: dict[str, int] = {}
    for index, source in enumerate(settings.sources):
        first = lines.setdefault(source.name.casefold(), source.line)
        if first != source.line:
            hint = "A source's name is its identity: each must have its own."
            yield ("sources", index, "name"), f"{source.name!r} is already the name on line {first}", hint
        for place, message, hint in doubts_about_source(source):
            yield ("sources", index, *place), message, hint
    for index, correction in enumerate(settings.corrections):
        for place, message, hint in doubts_about_correction(correction):
            yield ("corrections", index, *place), message, hint


def doubts_about_digest(settings: Settings) -> Iterator[Doubt]:
    digest = settings.digest
    for key, number, least, most in (
        ("day", digest.day, 1, 31), ("hour", digest.hour, 0, 23), ("max_posts", digest.max_posts, 1, 1_000),
        ("max_per_source", digest.max_per_source, 1, 1_000), ("lead", digest.lead, 0, 100),
        ("min_posts", digest.min_posts, 0, 1_000),
    ):  # fmt: skip
        if number is not None and not least <= number <= most:
            yield ("digest", key), f"must be from {least} to {most}, not {number}", ""
    if digest.theme is not None and not re.fullmatch(r"[\w-]+", digest.theme):
        yield ("digest", "theme"), "must be the name of a folder", "It is looked for in templates/themes/."
    elif digest.theme and not any(
        (place / "templates" / "themes" / digest.theme).is_dir() for place in (settings.folder, SHIPPED)
    ):
        hint = "Make it, with a digest.mjml.j2 of its own; what it lacks is taken from the templates that ship."
        yield ("digest", "theme"), f"there is no folder templates/themes/{digest.theme}", hint


def doubts_about_mail(mail: Mail | None) -> Iterator[Doubt]:
    if mail is None:
        return
    for key, number, least, most in (
        ("connections", mail.connections, 1, 100), ("per_minute", mail.per_minute, 1, 1_000_000),
        ("per_domain_per_minute", mail.per_domain_per_minute, 1, 1_000_000),
        ("hard_bounces", mail.hard_bounces, 1, 100),
    ):  # fmt: skip
        if number is not None and not least <= number <= most:
            yield ("mail", key), f"must be from {least} to {most}, not {number}", ""


def doubts_about_correction(correction: Correction) -> Iterator[Doubt]:
    given = [name for name in Correction.__dataclass_fields__ if getattr(correction, name) is not None]
    if len(given) != 1:
        yield (), "says one thing: `apart`, `together`, `publish` or `hold`", ""
    for name in given:
        value = getattr(correction, name)
        for address in [value] if isinstance(value, str) else value:
            if not is_web_address(address):
                yield (name,), f"{address!r} is no absolute http(s) address of a post", ""


def doubts_about_publication(publication: Publication) -> Iterator[Doubt]:
    if not publication.title.strip():
        yield ("publication", "title"), "is empty", ""
    if not publication.author.name.strip():
        yield ("publication", "author", "name"), "is empty", ""
    if not is_web_address(publication.url):
        hint = "The address at which out/ is served, such as https://example.org/blogs/."
        yield ("publication", "url"), "must be an absolute http(s) address", hint
    elif not publication.url.endswith("/"):
        yield ("publication", "url"), "must end with a slash", f"Write {publication.url}/"
    if not is_time_zone(publication.timezone):
        message = f"no time zone is called {publication.timezone!r}"
        yield ("publication", "timezone"), message, "Use a name such as Europe/Amsterdam."
    if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", publication.language):
        message = f"{publication.language!r} is no language tag"
        yield ("publication", "language"), message, "Use a BCP 47 tag such as nl or en-GB."
    if publication.hub is not None and not is_web_address(publication.hub):
        yield ("publication", "hub"), f"{publication.hub!r} is no absolute http(s) address of a hub", ""
    for index, one in enumerate(publication.withhold):
        given = [name for name in Withheld.__dataclass_fields__ if getattr(one, name) is not None]
        if len(given) != 1:
            yield ("publication", "withhold", index), "says one thing: `post`, `author` or `source`", ""
        elif one.post is not None and not is_web_address(one.post):
            message = f"{one.post!r} is no absolute http(s) address of a post"
            yield ("publication", "withhold", index, "post"), message, ""


def doubts_about_feeds(settings: Settings) -> Iterator[Doubt]:
    names = {source.name for source in settings.sources}
    wanted = settings.publication.feeds.sources
    for index, name in enumerate(wanted if wanted != "all" else ()):
        if name not in names:
            near = get_close_matches(name, sorted(names), n=1)
            hint = f"Did you mean {near[0]!r}?" if near else "Write the name of one of the sources, or `all`."
            yield ("publication", "feeds", "sources", index), f"no source is called {name!r}", hint


def doubts_about_source(source: Source) -> Iterator[Doubt]:
    if not source.name.strip():
        yield ("name",), "is empty", ""
    if (source.url is None) == (source.path is None):
        yield (), "needs a `url` or a `path`, one of the two", ""
    for key, address in (("url", source.url), ("site", source.site)):
        if address is not None and not is_web_address(address):
            yield (key,), f"{address!r} is no absolute http(s) address", ""
    if source.path is not None and (Path(source.path).is_absolute() or ".." in Path(source.path).parts):
        yield ("path",), "must stay within the folder of this file", ""
    for key, number, least in (("max_new", source.max_new, 0), ("pages", source.pages, 1)):
        if number is not None and number < least:
            yield (key,), f"must be {least} or more, not {number}", ""
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


def is_web_address(address: str) -> bool:
    """Whether `address` is an absolute http or https URL with a host."""
    try:
        parts = urlsplit(address)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def is_time_zone(name: str) -> bool:
    """Whether the time zone database knows `name`."""
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True
