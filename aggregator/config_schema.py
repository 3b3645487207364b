"""The JSON Schema of sources.yaml, by which editors complete its keys and mark mistakes: docs/sources.schema.json.

    python -m aggregator.config_schema > docs/sources.schema.json

What it accepts is accepted, but for what a schema cannot say: what must differ or exist, addresses, patterns. It is the
stricter of the two in one thing: the program also takes `yes` for `true`, and a number in quotes.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

from aggregator.config import rules
from aggregator.config_meaning import BOUNDS
from aggregator.config_mistakes import OURS, RENAMED

Node = dict[str, Any]
LEAST = {"Source": {"max_new": 0, "pages": 1}, "Rule": {"min_words": 0, "max_words": 0}}
"""The least that further numbers may be, by where they stand."""


def schema() -> Node:
    """The schema, in the draft 2020-12."""
    told: Node = rules().json_schema()
    for node in list(nodes(told)):
        if isinstance(node.get("title"), str):
            del node["title"]  # pydantic's, of the name of the key
        if "prefixItems" in node:
            node["items"] = node.pop("prefixItems")[0]
    kinds: Node = told["$defs"]
    backwards = {new: old for old, new in RENAMED.items()}
    for kind in (told, *kinds.values()):
        kind["properties"] = {
            backwards.get(key, key): one
            for key, one in kind["properties"].items()
            if key in backwards or key not in OURS
        }
        kind["required"] = [backwards.get(key, key) for key in kind.get("required", [])]
    for part, bounds in BOUNDS.items():
        for key, (least, most) in bounds.items():
            number_of(kinds[part.capitalize()], key).update(minimum=least, maximum=most)
    for part, several in LEAST.items():
        for key, least in several.items():
            number_of(kinds[part], key)["minimum"] = least
    told["properties"]["sources"]["minItems"] = 1
    kinds["Source"]["oneOf"] = [{"required": [key], "properties": {key: {"type": "string"}}} for key in ("url", "path")]
    kinds["Rule"]["minProperties"] = 1
    for one in ("Correction", "Withheld"):
        kinds[one].update(minProperties=1, maxProperties=1)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **told}


def nodes(tree: Any) -> Iterator[Node]:
    """Every mapping in `tree`, the outermost first."""
    if isinstance(tree, dict):
        yield tree
    for value in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from nodes(value)


def number_of(kind: Node, key: str) -> Node:
    """Where the schema says of what kind a number is that may be left empty, or may not."""
    said: Node = kind["properties"][key]
    return said["anyOf"][0] if "anyOf" in said else said


if __name__ == "__main__":
    sys.stdout.write(json.dumps(schema(), indent=1, ensure_ascii=False) + "\n")
