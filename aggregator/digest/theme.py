"""Whether a theme's MJML is MJML: mjml-python says nothing of tags and attributes it does not know."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

from aggregator.config import Mistake, render
from aggregator.digest.mjml_tags import TAGS, attributes_of, children_of
from aggregator.settings import Settings

JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.S)
TAG = re.compile(r"<(?P<end>/?)(?P<name>mj[\w-]*)(?P<rest>(?:[^<>\"']|\"[^\"]*\"|'[^']*')*?)(?P<alone>/?)>", re.S)
ATTRIBUTE = re.compile(r"([\w:-]+)\s*=\s*(?:\"[^\"]*\"|'[^']*')")
SHIPPED = Path(__file__).parent.parent.parent / "templates"


def mistakes_in_theme(settings: Settings) -> list[str]:
    """What is wrong with the tags of the digest.mjml.j2 in use, each with its line; none in the one that ships."""
    theme = settings.digest.theme
    own = settings.folder / "templates"
    places = [*([own / "themes" / theme, SHIPPED / "themes" / theme] if theme else []), own]
    for place in places:
        file = place / "digest.mjml.j2"
        if file.is_file():
            text = file.read_text("utf-8", errors="replace")
            return [render(file, mistake, text.splitlines()) for mistake in mistakes_in(text)]
    return []


def mistakes_in(text: str) -> list[Mistake]:
    """Tags and attributes that MJML does not have, and tags where they may not stand, in a template's text."""
    blank = JINJA.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
    return list(read(blank))


def read(text: str) -> Iterator[Mistake]:
    open_tags: list[str] = []
    for found in TAG.finditer(text):
        name = found["name"]
        if found["end"]:
            if name in open_tags:
                while open_tags.pop() != name:
                    pass
            continue
        if "mj-attributes" in open_tags and name in ("mj-all", "mj-class"):
            pass  # these name no tag, but all or some of them
        elif name not in TAGS:
            hint = (
                "mjml-python does not do this." if name in ("mj-html-attributes", "mj-include") else close(name, TAGS)
            )
            yield at(text, found.start(), name, "is no tag of MJML", hint)
        else:
            yield from wrongly_placed(text, found.start(), name, open_tags[-1] if open_tags else "")
            if "mj-attributes" not in open_tags:
                allowed = attributes_of(name)
                for attribute in ATTRIBUTE.finditer(found["rest"]):
                    if attribute[1] not in allowed:
                        start = found.start("rest") + attribute.start()
                        yield at(
                            text, start, f"{name} {attribute[1]}", "is no attribute of it", close(attribute[1], allowed)
                        )
        if not found["alone"]:
            open_tags.append(name)


def wrongly_placed(text: str, start: int, name: str, parent: str) -> Iterator[Mistake]:
    """MJML's tags hold certain others only; elsewhere they are dropped or break the layout."""
    allowed = children_of(parent) if parent in TAGS else {name}
    if parent and "*" not in allowed and name not in allowed:
        places = ", ".join(sorted(tag for tag in TAGS if name in children_of(tag)))
        yield at(text, start, name, f"may not stand in {parent}", f"It stands in: {places}." if places else "")
    elif not parent and name != "mjml":
        yield at(text, start, name, "must stand in mjml")


def close(name: str, known: object) -> str:
    near = get_close_matches(name, list(known), n=1)  # type: ignore[call-overload]  # a set or the keys of a mapping
    return f"Did you mean `{near[0]}`?" if near else ""


def at(text: str, start: int, where: str, message: str, hint: str = "") -> Mistake:
    line = text.count("\n", 0, start) + 1
    return Mistake(where, message, line, start - text.rfind("\n", 0, start), hint)
