"""What a Markdown file says of itself at its head: YAML, TOML or JSON, or lines of `Key: value`.

Values keep the spelling of the file: a date stays the string it is, for no YAML type knows `2015-07-03 16:09 CEST`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

PAIR = re.compile(r"^([A-Za-z][\w-]*)[^\S\n]*(?::[^\S\n]+|=[^\S\n]*)(\S.*)$", re.M)
YAML_BLOCK = re.compile(r"\A---[^\S\n]*\n(.*?)^(?:---|\.\.\.)[^\S\n]*(?:\n|\Z)", re.S | re.M)
TOML_BLOCK = re.compile(r"\A\+\+\+[^\S\n]*\n(.*?)^\+\+\+[^\S\n]*(?:\n|\Z)", re.S | re.M)
JSON_BLOCK = re.compile(r"\A(\{[^\S\n]*\n.*?^\})[^\S\n]*(?:\n|\Z)", re.S | re.M)
LINES = re.compile(r"\A(?=Title:)((?:[A-Za-z][\w -]*:[^\n]*\n|[^\S\n]+\S[^\n]*\n)+)(?:[^\S\n]*\n|\Z)", re.I)
"""As Pelican and MultiMarkdown have it; a text that happens to begin with a colon in its first line has no title."""
TABLES = ("params", "extra", "taxonomies")
"""In which Hugo and Zola hold what they do not know themselves."""
Matter = dict[str, Any]


def split_front_matter(text: str, *, by_line: bool = True) -> tuple[Matter | None, str, str]:
    """The mapping (None when there is none), the text after it, and what was wrong or ''.

    Whether lines without any fence around them are taken for it, is for who knows what else the text may be to say.
    """
    normal = text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")
    for block, kind, load in BLOCKS if by_line else BLOCKS[:-1]:
        found = block.match(normal)
        if found is None:
            continue
        try:
            tree = load(found[1])
        except (ValueError, RecursionError) as error:
            first, pairs = str(error).split("\n", 1)[0], plain_pairs(found[1])
            remark = f"Its front matter is not valid {kind} ({first}); it was read line by line."
            return (pairs, normal[found.end() :], remark) if pairs else (None, normal, "")
        if tree is None:
            return {}, normal[found.end() :], ""
        return (level(tree), normal[found.end() :], "") if isinstance(tree, dict) else (None, normal, "")
    return None, normal, ""


def of_yaml(block: str) -> Any:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        return YAML(typ="base", pure=True).load(block)  # every scalar a string: no dates mangled, no `no` read as False
    except YAMLError as error:
        raise ValueError(str(error)) from error


def of_toml(block: str) -> Any:
    import tomllib

    return spelt(tomllib.loads(block))


def of_json(block: str) -> Any:
    return spelt(json.loads(block))


def plain_pairs(block: str) -> Matter:
    """The lines that read `key: value`; a title with a colon in it is the usual reason that YAML gives up."""
    return {key.casefold(): listed(value.strip()) for key, value in PAIR.findall(block)}


def listed(value: str) -> str | list[str]:
    """The value without quotation marks; of `[a, "b"]`, its parts."""
    if value.startswith("[") and value.endswith("]"):
        return [part.strip().strip("\"'") for part in value[1:-1].split(",")]
    return value.strip("\"'")


BLOCKS: tuple[tuple[re.Pattern[str], str, Callable[[str], Any]], ...] = (
    (YAML_BLOCK, "YAML", of_yaml),
    (TOML_BLOCK, "TOML", of_toml),
    (JSON_BLOCK, "JSON", of_json),
    (LINES, "lines", plain_pairs),
)


def level(tree: Matter) -> Matter:
    """Keys in small letters, those of TABLES among the others."""
    found = {str(key).strip().casefold(): value for key, value in tree.items()}
    for name in TABLES:
        if isinstance(inner := found.get(name), dict):
            found = inner | found
    return found


def spelt(value: Any) -> Any:
    """Every scalar as text; not of YAML, whose aliases may make a tree of a few lines endless."""
    if isinstance(value, dict):
        return {str(key).strip().casefold(): spelt(one) for key, one in value.items()}
    if isinstance(value, list):
        return [spelt(one) for one in value]
    if isinstance(value, bool):
        return str(value).casefold()
    return "" if value is None else str(value)
