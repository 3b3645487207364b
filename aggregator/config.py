"""sources.yaml -> Settings. Every error at once, each with file, line, column, key and what was expected."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aggregator import settings as types
from aggregator.config_cache import cache, cached
from aggregator.settings import Settings

RENAMED = {"from": "sender"}
"""Keys of `mail` whose natural name is a Python keyword."""
OURS = ("file", "line", *RENAMED.values())
"""Fields of the settings that sources.yaml does not give."""
EXPECTED = {
    "tuple_type": ("must be a list", "Write `[one, two]`, or each on a line of its own after a dash."),
    "dataclass_type": ("must be keys with values", "Write `{key: value}`, or each key on a line of its own."),
}
"""pydantic's kinds of mistakes of which it speaks as to a programmer: what is wrong, and how to write it."""
SHOWN = 20
"""Mistakes that are told at once: one key spelt wrong may stand in a thousand sources."""
LABELS = ("function-", "literal[", "tuple[")
"""How pydantic begins what it puts into a path beside keys: which of several kinds of value it tried."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing wrong in sources.yaml. `line` and `column` count from 1; 0 where there is no place to point at."""

    where: str
    message: str
    line: int = 0
    column: int = 0
    hint: str = ""


class ConfigurationError(Exception):
    """sources.yaml cannot be used; the text shows each mistake, or the first of many, with its line."""

    def __init__(self, file: Path, mistakes: list[Mistake], lines: list[str] | None = None) -> None:
        self.mistakes = mistakes
        shown = [render(file, mistake, lines or []) for mistake in mistakes[:SHOWN]]
        more = len(mistakes) - len(shown)
        super().__init__("\n".join([*shown, f"{file}: and {more} more such places"] if more else shown))


def render(file: Path, mistake: Mistake, lines: list[str]) -> str:
    """The mistake as `file:line:column: key: message`, with the line and a caret below it."""
    place = f"{file}:{mistake.line}:{mistake.column}" if mistake.line else str(file)
    text = f"{place}: {mistake.where + ': ' if mistake.where else ''}{mistake.message}"
    if 0 < mistake.line <= len(lines):
        margin = f"{mistake.line:6} | "
        text += f"\n{margin}{lines[mistake.line - 1]}\n{' ' * (len(margin) + mistake.column - 1)}^"
    return f"{text}\n{' ' * 9}{mistake.hint}" if mistake.hint else text


def load(file: Path, *, without_sources: bool = False) -> Settings:
    """The settings in `file`, which may be `without_sources` where one is to be added.

    Raises ConfigurationError; nothing is touched but what is remembered of `file`.
    """
    try:
        written = file.read_bytes()
    except FileNotFoundError:
        hint = "Give its place with --config FILE or AGGREGATOR_CONFIG, or start from the sources.yaml that ships."
        raise ConfigurationError(file, [Mistake("", "there is no such file", hint=hint)]) from None
    except OSError as error:
        raise ConfigurationError(file, [Mistake("", f"cannot be read: {error.strerror}")]) from None
    known = cached(file, written)
    if known is not None:
        return known
    settings = settings_in(written, file, without_sources=without_sources)
    if settings.sources:
        cache(settings, written)
    return settings


def settings_in(written: bytes, file: Path, *, without_sources: bool = False) -> Settings:
    """What `written`, which stands in `file` or is to, says; as `load` does."""
    try:
        text = written.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = written.count(b"\n", 0, error.start) + 1
        hint = "Have your editor save the file as UTF-8."
        raise ConfigurationError(file, [Mistake("", "is not UTF-8 text", line, 1, hint)]) from None
    tree = parse(file, text)
    if without_sources and not tree.get("sources"):
        tree["sources"] = []
    lines = text.splitlines()
    from aggregator.config_meaning import doubts

    mistakes, settings = validate(tree, file)
    if settings is not None:
        mistakes = [
            Mistake(spell(path), message, *locate(tree, path), hint)
            for path, message, hint in doubts(settings)
            if path != ("sources",) or not without_sources
        ]
    if mistakes or settings is None:
        raise ConfigurationError(file, sorted(mistakes, key=lambda mistake: mistake.line), lines)
    return settings


def parse(file: Path, text: str) -> Any:
    """The YAML 1.2 tree of `text`, whose nodes know their lines. A day stays the text it is: 1.2 knows no dates."""
    from ruamel.yaml import YAML
    from ruamel.yaml.constructor import RoundTripConstructor
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    class AsWritten(RoundTripConstructor):
        pass

    AsWritten.add_constructor("tag:yaml.org,2002:timestamp", RoundTripConstructor.construct_scalar)
    reader = YAML(typ="rt")
    reader.Constructor = AsWritten
    try:
        tree = reader.load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        problem = error.problem or error.context or "unreadable"
        if problem.startswith("but "):
            problem = f"{error.context}, {problem}"
        message = f"not valid YAML: {problem.splitlines()[0]}"
        raise ConfigurationError(file, [Mistake("", message, line, column)], text.splitlines()) from None
    except (YAMLError, ValueError, LookupError, AttributeError) as error:  # the last three, of a tag such as `!!int x`
        raise ConfigurationError(file, [Mistake("", f"not valid YAML: {error}")]) from None
    except RecursionError:
        raise ConfigurationError(file, [Mistake("", "is nested too deeply to be read")]) from None
    if not isinstance(tree, dict):
        hint = "It starts with `publication:` and `sources:`; see docs/configuration.md."
        message = "is empty" if tree is None else "must be a mapping of keys, not a list or a single value"
        raise ConfigurationError(file, [Mistake("", message, hint=hint)])
    return tree


def validate(tree: Any, file: Path) -> tuple[list[Mistake], Settings | None]:
    """The tree as Settings, or what keeps it from being that."""
    from pydantic import TypeAdapter, ValidationError

    for kind in vars(types).values():
        if isinstance(kind, type) and hasattr(kind, "__dataclass_fields__"):
            setattr(kind, "__pydantic_config__", {"extra": "forbid"})  # noqa: B010  (settings.py stays free of pydantic)
    plain = copied(tree)
    sources, mail = plain.get("sources"), plain.get("mail")
    listed = [(("sources", index), one) for index, one in enumerate(sources if isinstance(sources, list) else [])]
    given = [((), plain), (("mail",), mail), *listed]
    taken = [(*place, key) for place, one in given if isinstance(one, dict) for key in OURS if key in one]
    plain["file"] = file
    for place, source in listed:
        if isinstance(source, dict):
            source["line"] = locate(tree, place)[0]
    if isinstance(mail, dict):
        plain["mail"] = {RENAMED.get(key, key): value for key, value in mail.items()}
    mistakes = [Mistake(spell(path), "unknown key", *locate(tree, path)) for path in taken]
    try:
        settings = TypeAdapter(Settings).validate_python(plain)
    except ValidationError as error:
        return mistakes + [mistake_of(detail, tree) for detail in error.errors(include_url=False)], None
    return mistakes, None if mistakes else settings


def copied(node: Any) -> Any:
    """A plain copy of the tree, its keys as text."""
    if isinstance(node, dict):
        return {str(key): copied(value) for key, value in node.items()}
    if isinstance(node, list):
        return [copied(value) for value in node]
    return node


def mistake_of(detail: Any, tree: Any) -> Mistake:
    """pydantic's account of one error in the words of this file."""
    backwards = {new: old for old, new in RENAMED.items()}
    path = tuple(backwards.get(part, part) for part in detail["loc"] if not str(part).startswith(LABELS))
    line, column = locate(tree, path)
    key = str(path[-1]) if path else ""
    where = spell(path)
    kind = detail["type"]
    if kind in ("unexpected_keyword_argument", "extra_forbidden"):
        known = sorted({backwards.get(name, name) for name in fields_at(path[:-1])} - set(OURS))
        from difflib import get_close_matches

        near = get_close_matches(key, known, n=1)
        hint = f"Did you mean `{near[0]}`?" if near else f"Known here: {', '.join(known)}."
        return Mistake(where, "unknown key", line, column, hint)
    if kind in ("missing", "missing_argument"):
        hint = f"Add `{key}:` here." if isinstance(path[-1], str) else "One more belongs into the list."
        return Mistake(where, "is missing", line, column, hint)
    given = detail.get("input")
    if given is None:
        named = path and isinstance(path[-1], str)
        hint = f"Write a value after `{key}:`, or leave the key out." if named else "Take its dash away, too."
        return Mistake(where, "is empty", line, column, hint)
    message = str(detail["msg"]).removeprefix("Value error, ")
    message, hint = EXPECTED.get(kind, (message[:1].lower() + message[1:], ""))
    if kind == "string_type" and isinstance(given, int | float):
        hint = f'Put it in quotes: "{given}"'
    shown = f", not {given!r}" if isinstance(given, str | int | float | bool) else ""
    return Mistake(where, message + shown, line, column, hint)


def spell(path: tuple[Any, ...]) -> str:
    """A path as people write it: sources[2].url."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")


def fields_at(path: tuple[Any, ...]) -> set[str]:
    """The keys that sources.yaml may hold at `path`."""
    by_key: dict[str, type] = {
        "publication": types.Publication, "network": types.Network, "sources": types.Source,
        "digest": types.Digest, "mail": types.Mail, "author": types.Person, "from": types.Person,
        "selectors": types.Selectors, "split": types.Split, "include": types.Rule, "exclude": types.Rule,
        "override": types.Override, "dkim": types.Dkim, "corrections": types.Correction, "feeds": types.Feeds,
        "withhold": types.Withheld,
    }  # fmt: skip
    named = [part for part in path if isinstance(part, str)]
    kind = by_key.get(named[-1], Settings) if named else Settings
    return set(kind.__dataclass_fields__)  # type: ignore[attr-defined]  # every value above is a dataclass


def locate(tree: Any, path: tuple[Any, ...]) -> tuple[int, int]:
    """Line and column (from 1) of the key at `path`, or of the nearest thing above it that exists."""
    line, column = 1, 1
    node: Any = tree
    for part in path:
        try:
            marks: Any = node.lc
            place = marks.item(part) if isinstance(part, int) else marks.key(part)
            line, column, node = place[0] + 1, place[1] + 1, node[part]
        except (AttributeError, KeyError, IndexError, TypeError):
            break
    return line, column
