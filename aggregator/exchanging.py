"""Sources from and to other readers: what `sources import` and `sources export` do."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from pathlib import Path

from aggregator.config_sources import is_web_address
from aggregator.model import Reading
from aggregator.normalise.titles import title_of
from aggregator.normalise.urls import compare_key
from aggregator.run import states_of
from aggregator.settings import Settings, without_login
from aggregator.sources_file import add_sources


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of a list: the names of the sources that were added, and a sentence for each blog that was not."""

    added: tuple[str, ...]
    left_out: tuple[str, ...]


def import_sources(settings: Settings, file: Path) -> Imported:
    """Add the blogs of the OPML list in `file` to sources.yaml, each once, under a name that no other has.

    Raises ValueError, with a sentence, when the file holds no list, and OSError when it cannot be read.
    """
    from aggregator.parse.opml import subscriptions

    listed = subscriptions(legible(file.read_bytes()))
    if not listed:
        raise ValueError(f"{file}: holds no list of blogs (OPML with xmlUrl); export one from your reader.")
    known = {compare_key(source.url): source.name for source in settings.sources if source.url}
    names = {source.name.casefold() for source in settings.sources}
    added: list[dict[str, str]] = []
    left_out = []
    for one in listed:
        key = compare_key(one.url)
        shown = without_login(one.url)
        called = title_of(without_login(one.name), ()) or shown
        if not is_web_address(one.url):
            left_out.append(f"{called}: {shown!r} is no absolute http(s) address.")
        elif key in known:
            left_out.append(f"{called}: {shown} is followed already, as {known[key]}.")
        else:
            name = unused(called, names)
            names.add(name.casefold())
            known[key] = name
            added.append({"name": name, "url": one.url})
    if added:
        add_sources(settings.file, added)
    return Imported(tuple(one["name"] for one in added), tuple(left_out))


def legible(body: bytes) -> bytes:
    """`body` with what programs that paste text together do wrong set right: no encoding is named, `&` stands bare."""
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return body
    if re.match(rb"\s*<\?xml[^>]*encoding", body) is None:
        try:
            body.decode("utf-8")
        except UnicodeDecodeError:
            body = body.decode("cp1252", "replace").encode("utf-8")
    return BARE.sub(b"&amp;", body)


BARE = re.compile(rb"&(?!#?\w+;)")


def why_not(settings: Settings, url: str, name: str | None) -> str:
    """Why `url` cannot be added to the sources, as `name` where it is given one; '' when it can."""
    if not is_web_address(url):
        whole = f"https://{url}"
        hint = f"; write {whole}" if "." in url and is_web_address(whole) else ""
        return f"{without_login(url)!r} is no absolute http(s) address{hint}."
    key = compare_key(url)
    known = next((one.name for one in settings.sources if one.url and compare_key(one.url) == key), None)
    return f"{without_login(url)} is followed already, as {known}." if known else why_not_called(settings, name or "")


def why_not_as_found(settings: Settings, reading: Reading, name: str) -> str:
    """Why what was found is not to be added, though its address is new: another source reads the same feed or page."""
    found = {compare_key(url) for url in (reading.resolved_url, reading.moved_to) if url}
    urls = {one.name: one.url for one in settings.sources}
    for state in states_of(settings):
        for url in (urls[state.name], state.feed_url, state.moved_to):
            if url and compare_key(url) in found:
                return f"{without_login(url)} is followed already, as {state.name}."
    return why_not_called(settings, name)


def why_not_called(settings: Settings, name: str) -> str:
    """Why no further source can be called `name`; '' when one can."""
    taken = any(one.name.casefold() == name.casefold() for one in settings.sources)
    return f"A source is called {name!r} already; give this one another name with --name." if taken else ""


def unused(name: str, names: set[str]) -> str:
    """`name`, with a number behind it when a source is called so already."""
    number, tried = 1, name
    while tried.casefold() in names:
        number += 1
        tried = f"{name} ({number})"
    return tried


def export_sources(settings: Settings) -> bytes:
    """The sources as OPML 2.0, UTF-8: each by its feed where one is known, else by its page."""
    from aggregator.publish.opml import opml

    states = {state.name: state for state in states_of(settings)}
    return opml(settings.publication, settings.sources, states, ())
