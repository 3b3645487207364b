"""A feed as RSS 2.0, for readers that know nothing else."""

from __future__ import annotations

from collections.abc import Mapping

from aggregator.model import SourceState
from aggregator.publish.atom import written
from aggregator.publish.document import Document
from aggregator.settings import Publication


def rss(
    publication: Publication, document: Document, states: Mapping[str, SourceState]
) -> tuple[bytes, tuple[str, ...]]:
    """The feed of `document`, its entries in their order, and a sentence for each that could not be written."""
    return written("rss", publication, document, states)
