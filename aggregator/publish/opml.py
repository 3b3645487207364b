"""The sources as OPML 2.0 (http://opml.org/spec2.opml): what another reader needs to follow the same blogs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aggregator.model import SourceState
from aggregator.publish.presentable import NAME, address, line
from aggregator.settings import Publication, Source


def opml(
    publication: Publication,
    sources: Sequence[Source],
    states: Mapping[str, SourceState],
    own: Sequence[tuple[str, str]],
) -> bytes:
    """The list of `sources`, and in a group of their own the feeds of single sources and tags that are published here
    (`own`: title and address). The combined feed is not among them: who imports the list would get every post twice.

    A source without a feed is a link to its page: a reader is not sent to where there is nothing for it.
    """
    from lxml import etree

    root = etree.Element("opml", version="2.0")
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = line(publication.title, NAME)
    etree.SubElement(head, "ownerName").text = line(publication.author.name, NAME)
    etree.SubElement(head, "docs").text = "http://opml.org/spec2.opml"
    body = etree.SubElement(root, "body")
    for source in sources:
        state = states.get(source.name)
        page = address((state.link if state else "") or source.page)
        feed = address(state.feed_url) if state and state.kind == "feed" else ""
        if feed:
            add_feed(body, line(source.name, NAME), feed, page)
        elif page:
            etree.SubElement(body, "outline", type="link", text=line(source.name, NAME), url=page)
    if own:
        published = etree.SubElement(body, "outline", text=line(publication.title, NAME))
        for title, url in own:
            add_feed(published, line(title, NAME), url, publication.url)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def add_feed(above: object, title: str, feed: str, page: str) -> None:
    """One feed as readers import it."""
    from lxml import etree

    said = {"type": "rss", "text": title, "title": title, "xmlUrl": feed}
    etree.SubElement(above, "outline", said | ({"htmlUrl": page} if page else {}))  # type: ignore[arg-type]
