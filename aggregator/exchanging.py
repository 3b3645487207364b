"""Sources from and to other readers: what `sources import` and `sources export` do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from aggregator.config_sources import is_web_address
from aggregator.normalise.urls import compare_key
from aggregator.run import states_of
from aggregator.settings import Settings
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

    listed = subscriptions(file.read_bytes())
    if not listed:
        raise ValueError(f"{file}: holds no list of blogs (OPML with xmlUrl); export one from your reader.")
    known = {compare_key(source.url): source.name for source in settings.sources if source.url}
    names = {source.name.casefold() for source in settings.sources}
    added: list[dict[str, str]] = []
    left_out = []
    for one in listed:
        key = compare_key(one.url)
        if not is_web_address(one.url):
            left_out.append(f"{one.name}: {one.url!r} is no absolute http(s) address.")
        elif key in known:
            left_out.append(f"{one.name}: {one.url} is followed already, as {known[key]}.")
        else:
            name = unused(one.name, names)
            names.add(name.casefold())
            known[key] = name
            added.append({"name": name, "url": one.url})
    if added:
        add_sources(settings.file, added)
    return Imported(tuple(one["name"] for one in added), tuple(left_out))


def why_not(settings: Settings, url: str) -> str:
    """Why `url` cannot be added to the sources; '' when it can."""
    if not is_web_address(url):
        whole = f"https://{url}"
        hint = f"; write {whole}" if "." in url and is_web_address(whole) else ""
        return f"{url!r} is no absolute http(s) address{hint}."
    key = compare_key(url)
    known = next((one.name for one in settings.sources if one.url and compare_key(one.url) == key), None)
    return f"{url} is followed already, as {known}." if known else ""


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
