"""How many examples of a property are tried: all on the build machine, a third of them at a desk, others each time."""

from __future__ import annotations

import os

ALL_OF_THEM = os.environ.get("AGGREGATOR_ALL_EXAMPLES") == "1"


def examples(most: int = 100) -> int:
    """So many where all are asked for, and a third of them elsewhere."""
    return most if ALL_OF_THEM else -(-most // 3)
