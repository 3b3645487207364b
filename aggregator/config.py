"""sources.yaml -> Settings. Every error at once, each with file, line, column, key and what was expected."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aggregator import settings as types
from aggregator.config_cache import cache, cached
from aggregator.config_mistakes import (
    OURS,
    RENAMED,
    ConfigurationError,
    Mistake,
    lines_of,
    locate,
    mistake_of,
    render,
    spell,
)
from aggregator.settings import Settings

if TYPE_CHECKING:
    from pydantic import TypeAdapter

    from aggregator.config_sources import Doubt

__all__ = [
    "ConfigurationError",
    "Mistake",
    "load",
    "locate",
    "parse",
    "refuse",
    "render",
    "rules",
    "settings_in",
    "spell",
]


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
    lines = lines_of(text)
    from aggregator.config_meaning import doubts

    mistakes, settings = validate(tree, file)
    if settings is not None:
        told = [doubt for doubt in doubts(settings) if doubt[0] != ("sources",) or not without_sources]
        mistakes = placed(told, tree)
    if mistakes or settings is None:
        raise ConfigurationError(file, sorted(mistakes, key=lambda mistake: mistake.line), lines)
    return settings


def placed(told: Iterable[Doubt], tree: Any) -> list[Mistake]:
    """The doubts as mistakes, with the places of their keys in `tree`."""
    return [Mistake(spell(path), message, *locate(tree, path), hint) for path, message, hint in told]


def refuse(file: Path, told: Iterable[Doubt]) -> None:
    """Raises ConfigurationError with what is doubted of `file`, where anything is; else it was read without mistake."""
    if told := list(told):
        text = file.read_text("utf-8-sig")
        raise ConfigurationError(file, placed(told, parse(file, text)), lines_of(text))


def parse(file: Path, text: str) -> Any:
    """The YAML 1.2 tree of `text`, whose nodes know their lines. A day stays the text it is: 1.2 knows no dates."""
    from ruamel.yaml import YAML
    from ruamel.yaml.constructor import RoundTripConstructor
    from ruamel.yaml.error import MarkedYAMLError, YAMLError
    from ruamel.yaml.reader import ReaderError

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
        told, _, _ = problem.splitlines()[0].partition(
            " with value "
        )  # of a key that stands twice: all that is below it
        message = f"not valid YAML: {told}"
        raise ConfigurationError(file, [Mistake("", message, line, column)], lines_of(text)) from None
    except ReaderError as error:
        before = lines_of(text[: error.position]) or [""]
        message = f"holds the character U+{error.character:04X}, which no YAML may hold; take it out"
        raise ConfigurationError(file, [Mistake("", message, len(before), len(before[-1]) + 1)]) from None
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
    from pydantic import ValidationError

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
        settings = rules().validate_python(plain)
    except ValidationError as error:
        return mistakes + [mistake_of(detail, tree) for detail in error.errors(include_url=False)], None
    return mistakes, None if mistakes else settings


def rules() -> TypeAdapter[Settings]:
    """What pydantic makes of settings.py, which stays free of it: kinds of values, and no key but those it names."""
    from pydantic import TypeAdapter

    for kind in vars(types).values():
        if isinstance(kind, type) and hasattr(kind, "__dataclass_fields__"):
            setattr(kind, "__pydantic_config__", {"extra": "forbid"})  # noqa: B010  (of another class, to mypy)
    return TypeAdapter(Settings)


def copied(node: Any) -> Any:
    """A plain copy of the tree, its keys as text."""
    if isinstance(node, dict):
        return {str(key): copied(value) for key, value in node.items()}
    if isinstance(node, list):
        return [copied(value) for value in node]
    return node
