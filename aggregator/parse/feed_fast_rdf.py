"""How ordinary RSS 1.0 holds its items: beside the channel, each named in it (https://web.resource.org/rss/1.0/spec)."""

from __future__ import annotations

from typing import Any

from aggregator.parse.feed_fast_elements import XML, Declined, elements, name_of, no_attributes, words

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
ABOUT = f"{RDF}about"
"""The attribute that says which resource an element is about: of an item, its id."""
ATOM = "http://www.w3.org/2005/Atom"
ITEMS, ITEM = "rss1:items", "rss1:item"


def is_rdf(root: Any) -> bool:
    return bool(root.tag == f"{RDF}RDF")


def parts_of(root: Any) -> list[Any]:
    """What the channel says, and its items. Raises Declined for whatever else may stand there."""
    no_attributes(root, f"{XML}lang")
    channel, *items = elements(root) or [root]
    if name_of(channel) != "rss1:channel" or any(name_of(item) != ITEM for item in items):
        raise Declined
    if ATOM in root.nsmap.values():
        raise Declined  # the namespace that is declared first is what feedparser takes for the format
    no_attributes(channel, ABOUT)
    said = []
    for part in elements(channel):
        if name_of(part) == ITEMS:
            only_names_items(part)
        else:
            said.append(part)
    return said + items


def only_names_items(part: Any) -> None:
    """Raises Declined where a list of the items holds anything else."""
    for sequence in elements(part):
        if sequence.tag != f"{RDF}Seq":
            raise Declined
        for name in elements(sequence):
            if name.tag != f"{RDF}li" or words(name).strip():
                raise Declined
