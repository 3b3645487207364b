"""Many blogs in; one clean Atom feed, one page to read and one newsletter out."""

__version__ = "0.1.0"

RARELY = 90_000, 20, 100
"""How often Python looks for what refers to itself in a circle, which next to nothing here does: a tenth of a run."""
