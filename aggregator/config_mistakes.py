"""What is wrong in sources.yaml, in sentences with their place: what pydantic says, in the words of the file."""

from __future__ import annotations

from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from aggregator import settings as types
from aggregator.settings import Settings, without_login

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


def lines_of(text: str) -> list[str]:
    """The lines of `text` with their ends, as YAML 1.2 counts them: of str.splitlines(), some are letters to it."""
    return list(StringIO(text, newline=""))


def render(file: Path, mistake: Mistake, lines: list[str]) -> str:
    """The mistake as `file:line:column: key: message`, with the line and a caret below it; names no login."""
    place = f"{file}:{mistake.line}:{mistake.column}" if mistake.line else str(file)
    text = f"{place}: {mistake.where + ': ' if mistake.where else ''}{without_login(mistake.message)}"
    if 0 < mistake.line <= len(lines):
        margin, line = f"{mistake.line:6} | ", lines[mistake.line - 1].rstrip("\r\n")
        before = without_login(line[: mistake.column - 1])
        text += f"\n{margin}{without_login(line)}\n{' ' * (len(margin) + len(before))}^"
    return f"{text}\n{' ' * 9}{without_login(mistake.hint)}" if mistake.hint else text


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
        # of 0123, 1_000 and the like another number is known than was written
        hint = f'Put it in quotes: "{given}"' if type(given) is int else "Put it in quotes."
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
            if isinstance(part, int):
                place, key = marks.item(part), part
            else:
                key = next((one for one in node if str(one) == part), part)  # keys may be numbers
                place = marks.key(key)
            line, column, node = place[0] + 1, place[1] + 1, node[key]
        except (AttributeError, KeyError, IndexError, TypeError):
            break
    return line, column
