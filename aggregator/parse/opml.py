"""Lists of subscriptions as other readers write them: OPML 1.0 and 2.0 (http://opml.org/spec2.opml), however nested."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree


@dataclass(frozen=True, slots=True)
class Subscription:
    """One blog of a list: its feed, else its page. Strings are as the list gives them."""

    name: str
    url: str


def subscriptions(body: bytes) -> tuple[Subscription, ...]:
    """The blogs in `body`, in their order, whatever folders they stand in; () where it is no list of them.

    What is not well-formed is read as far as it can be; entities are not resolved and nothing is fetched.
    """
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError:
        return ()
    found = []
    for outline in root.iter("outline") if root is not None else ():
        said = {str(name).casefold(): " ".join(str(value).split()) for name, value in outline.attrib.items()}
        page = said.get("htmlurl") or (said.get("url") if said.get("type") == "link" else "")
        url = said.get("xmlurl") or page
        if url:
            found.append(Subscription(said.get("title") or said.get("text") or url, url))
    return tuple(found)
