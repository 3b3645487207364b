"""The YAML between two lines of dashes at the head of a Markdown file."""

from __future__ import annotations

import re
from typing import Any

PAIR = re.compile(r"^([A-Za-z][\w-]*):[^\S\n]+(\S.*)$", re.M)
FENCE = re.compile(r"\A\ufeff?---[^\S\n]*\n(.*?)^(?:---|\.\.\.)[^\S\n]*(?:\n|\Z)", re.S | re.M)


def split_front_matter(text: str) -> tuple[dict[str, Any] | None, str, str]:
    """The mapping (None when there is none), the text after it, and what was wrong or ''.

    Values keep the spelling of the file: a date stays the string it is, for no YAML type knows `2015-07-03 16:09 CEST`.
    """
    normal = text.replace("\r\n", "\n").replace("\r", "\n")
    found = FENCE.match(normal)
    if found is None:
        return None, normal.removeprefix("\ufeff"), ""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    reader = YAML(typ="base", pure=True)  # every scalar a string: no dates mangled, no `no` read as False
    rest = normal[found.end() :]
    try:
        tree = reader.load(found[1])
    except (YAMLError, ValueError, RecursionError) as error:
        first = str(error).split("\n", 1)[0]
        return (
            dict(plain_pairs(found[1])),
            rest,
            f"Its front matter is not valid YAML ({first}); it was read line by line.",
        )
    if tree is None:
        return {}, rest, ""
    if not isinstance(tree, dict):
        return None, normal, ""
    return {str(key).strip().casefold(): value for key, value in tree.items()}, rest, ""


def plain_pairs(block: str) -> list[tuple[str, str]]:
    """The lines that read `key: value`; a title with a colon in it is the usual reason that YAML gives up."""
    return [(key.casefold(), value.strip().strip("\"'")) for key, value in PAIR.findall(block)]
