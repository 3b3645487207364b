"""Many blogs in; one clean Atom feed, one page to read and one newsletter out."""

__version__ = "0.1.0"
