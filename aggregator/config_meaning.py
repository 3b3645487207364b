"""What is well-formed in sources.yaml and still cannot be meant."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set
from difflib import get_close_matches
from pathlib import Path
from unicodedata import category
from urllib.parse import urlsplit

from aggregator.config_mail import doubts_about_mail
from aggregator.config_sources import HEADER, Doubt, Place, doubts_about_source, is_language, is_web_address
from aggregator.settings import Correction, Network, Publication, Settings, Withheld

SHIPPED = Path(__file__).parent.parent
PLAIN_URL = re.compile(r"[!-~]+")
"""What can stand in a header and in an id as it is."""


BOUNDS: Mapping[str, Mapping[str, tuple[float, float]]] = {
    "network": {
        "per_host": (1, 100), "connections": (1, 1_000), "connect_seconds": (0.1, 3_600), "read_seconds": (0.1, 3_600),
        "total_seconds": (0.1, 86_400), "megabytes": (0.001, 1_000), "redirects": (0, 100),
    },
    "digest": {
        "day": (1, 31), "hour": (0, 23), "max_posts": (1, 1_000), "max_per_source": (1, 1_000), "lead": (0, 100),
        "min_posts": (0, 1_000),
    },
    "mail": {
        "connections": (1, 100), "per_minute": (1, 1_000_000), "per_domain_per_minute": (1, 1_000_000),
        "hard_bounces": (1, 100),
    },
}  # fmt: skip
"""The least and the most that numbers may be."""


def doubts(settings: Settings) -> Iterator[Doubt]:
    """Every doubt about `settings`, in the order of the file's parts."""
    yield from doubts_about_publication(settings.publication)
    yield from doubts_about_feeds(settings)
    yield from doubts_about_numbers(settings)
    yield from doubts_about_network(settings.network)
    if not settings.store.startswith(("sqlite:///", "postgresql://")):
        yield ("store",), "must start with sqlite:/// or postgresql://", ""
    elif settings.store.startswith("sqlite:///") and settings.store.endswith("/"):
        yield ("store",), "names no file", "Write sqlite:///state/aggregator.db, or leave the key out."
    if not settings.sources:
        yield ("sources",), "holds no source", "Add one with `aggregator sources add URL`."
    yield from doubts_about_digest(settings)
    yield from doubts_about_mail(settings.mail)
    lines: dict[str, int] = {}
    for index, source in enumerate(settings.sources):
        if (name := source.name.casefold()) in lines:
            hint = "A source's name is its identity: each must have its own."
            yield ("sources", index, "name"), f"{source.name!r} is already the name on line {lines[name]}", hint
        lines.setdefault(name, source.line)
        for place, message, hint in doubts_about_source(source):
            yield ("sources", index, *place), message, hint
    for index, correction in enumerate(settings.corrections):
        for place, message, hint in doubts_about_correction(correction):
            yield ("corrections", index, *place), message, hint


def doubts_about_numbers(settings: Settings) -> Iterator[Doubt]:
    for part, bounds in BOUNDS.items():
        for key, (least, most) in bounds.items():
            number = getattr(getattr(settings, part), key, None)
            if number is not None and not least <= number <= most:
                yield (part, key), f"must be from {least} to {most}, not {number}", ""


def doubts_about_digest(settings: Settings) -> Iterator[Doubt]:
    digest = settings.digest
    if digest.theme is not None and not re.fullmatch(r"[\w-]+", digest.theme):
        yield ("digest", "theme"), "must be the name of a folder", "It is looked for in templates/themes/."
    elif digest.theme and not any(
        (place / "templates" / "themes" / digest.theme).is_dir() for place in (settings.folder, SHIPPED)
    ):
        hint = "Make it, with a digest.mjml.j2 of its own; what it lacks is taken from the templates that ship."
        yield ("digest", "theme"), f"there is no folder templates/themes/{digest.theme}", hint


def doubts_about_network(network: Network) -> Iterator[Doubt]:
    if network.contact is not None and not HEADER.fullmatch(f"From: {network.contact}"):
        yield ("network", "contact"), "cannot be sent: plain ASCII on one line, without blanks around it, can", ""


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
    for place, text in shown_everywhere(publication):
        if any(category(letter) in ("Cc", "Cs") and letter not in "\t\n" for letter in text):
            yield ("publication", *place), "holds a character that cannot be shown", ""
    if not is_web_address(publication.url):
        hint = "The address at which out/ is served, such as https://example.org/blogs/."
        yield ("publication", "url"), "must be an absolute http(s) address", hint
    elif not publication.url.endswith("/"):
        yield ("publication", "url"), "must end with a slash", f"Write {publication.url}/"
    elif not PLAIN_URL.fullmatch(publication.url) or "?" in publication.url or "#" in publication.url:
        hint = "The host as xn--..., other letters as %C3%A9, no blank, no ? and no #."
        yield ("publication", "url"), "must be a plain address, as ids are made of it", hint
    elif "@" in urlsplit(publication.url).netloc:
        yield ("publication", "url"), "holds a name or a password, and stands in all that is published", ""
    if not is_time_zone(publication.timezone):
        message = f"no time zone is called {publication.timezone!r}"
        yield ("publication", "timezone"), message, "Use a name such as Europe/Amsterdam."
    if not is_language(publication.language):
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


def shown_everywhere(publication: Publication) -> Iterator[tuple[Place, str]]:
    """What is said of the publication in feeds and on pages, with the path of its key."""
    yield ("title",), publication.title
    yield ("subtitle",), publication.subtitle or ""
    yield ("author", "name"), publication.author.name
    for index, tag in enumerate(publication.feeds.tags):
        yield ("feeds", "tags", index), tag


def doubts_about_feeds(settings: Settings) -> Iterator[Doubt]:
    names = {source.name for source in settings.sources}
    wanted = settings.publication.feeds.sources
    for index, name in enumerate(wanted if wanted != "all" else ()):
        if name not in names:
            place = ("publication", "feeds", "sources", index)
            yield doubt_about_name(place, name, names, "Write the name of one of the sources, or `all`.")


def strangers(settings: Settings) -> dict[int, str]:
    """What `withhold` names as a source and is none of `sources`, by its place in the list."""
    names = {source.name for source in settings.sources}
    asked = enumerate(settings.publication.withhold)
    return {index: one.source for index, one in asked if one.source is not None and one.source not in names}


def doubts_about_strangers(settings: Settings, former: Set[str]) -> Iterator[Doubt]:
    """Those of them that are none of the `former` sources either, whose posts stay published."""
    names = {source.name for source in settings.sources} | former
    for index, name in strangers(settings).items():
        if name not in former:
            place = ("publication", "withhold", index, "source")
            hint = "Write the name of a source, or of a former one whose posts are stored; else take the line out."
            yield doubt_about_name(place, name, names, hint)


def doubt_about_name(place: Place, name: str, names: Set[str], otherwise: str) -> Doubt:
    by_case = {one.casefold(): one for one in sorted(names)}
    near = get_close_matches(name.casefold(), by_case, n=1)
    return place, f"no source is called {name!r}", f"Did you mean {by_case[near[0]]!r}?" if near else otherwise


def is_time_zone(name: str) -> bool:
    """Whether the time zone database knows `name`."""
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True
