"""Our statements and values as PostgreSQL takes them: numbered marks, its names of types, text that it can hold."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from aggregator.store.database import encodable

TYPES = {"TEXT": 'TEXT COLLATE "C"', "REAL": "DOUBLE PRECISION", "INTEGER": "BIGINT", "BLOB": "BYTEA"}
"""What SQLite means by its types: text that sorts by its bytes, and numbers of eight bytes."""

COLUMNS_OF = """SELECT column_name AS name FROM information_schema.columns
    WHERE table_schema = ? AND table_name = ? ORDER BY ordinal_position"""
KEY_OF = """SELECT attname AS name FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey)
    WHERE indrelid = ?::regclass AND indisprimary ORDER BY array_position(indkey::int2[], attnum)"""


def with_types(definition: str) -> str:
    """A statement that makes or changes a table, with the types that SQLite's are here."""
    types = re.sub(r"\b(TEXT|REAL|INTEGER|BLOB)\b", lambda match: TYPES[match[1]], definition)
    return types.replace("/*clustered*/", "").replace("/*whole*/", "USING hash")


@lru_cache(maxsize=2048)
def numbered(statement: str) -> str:
    """Question marks outside quotes as PostgreSQL writes them: $1, $2 ..."""
    count = 0

    def number(match: re.Match[str]) -> str:
        nonlocal count
        if match[0] != "?":
            return match[0]
        count += 1
        return f"${count}"

    return re.sub(r"'[^']*'|\?", number, statement)


def storable(values: Sequence[Any]) -> Sequence[Any]:
    """`values` without what PostgreSQL's text cannot hold: U+0000, and half surrogates."""
    if not any(isinstance(value, str) and ("\0" in value or not value.isascii()) for value in values):
        return values
    return tuple(value.replace("\0", "\ufffd") if isinstance(value, str) else value for value in encodable(values))
