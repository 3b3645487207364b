"""What may stand in a post: the one allow-list, applied last by nh3 (https://nh3.readthedocs.io)."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import nh3

TAGS = set(
    "a abbr b bdi bdo blockquote br caption cite code col colgroup dd del details dfn div dl dt em figcaption figure "
    "h3 h4 h5 h6 hr i img ins kbd li mark ol p picture pre q rp rt ruby s samp small source span strike strong sub "
    "summary sup table tbody td tfoot th thead time tr tt u ul var wbr audio video track".split()
)
ATTRIBUTES = {
    "*": {"lang", "dir", "title", "id"},
    "a": {"href", "hreflang"},
    "img": {"src", "srcset", "sizes", "alt", "width", "height"},
    "source": {"src", "srcset", "type", "media", "sizes"},
    "audio": {"src", "controls"},
    "video": {"src", "controls", "poster", "width", "height"},
    "track": {"src", "kind", "srclang", "label"},
    "td": {"colspan", "rowspan", "headers"},
    "th": {"colspan", "rowspan", "headers", "scope"},
    "col": {"span"},
    "colgroup": {"span"},
    "ol": {"start", "reversed", "type"},
    "li": {"value"},
    "time": {"datetime"},
    "blockquote": {"cite"},
    "q": {"cite"},
    "ins": {"cite", "datetime"},
    "del": {"cite", "datetime"},
}
DROPPED_WHOLE = {"script", "style", "iframe", "embed", "form", "noscript", "template", "svg", "math", "title"}


@cache
def sorter() -> nh3.Cleaner:
    """nh3 as a parser only: puts mis-nested markup in the order that browsers see, and keeps what repairing needs.

    Without it the tree that is repaired and the one that is sanitised would be two different readings of a bad post.
    """
    import nh3

    repaired = {
        "class",
        "id",
        "style",
        "src",
        "srcset",
        "sizes",
        "width",
        "height",
        "alt",
        "href",
        "name",
        "poster",
        "cite",
    }
    return nh3.Cleaner(
        tags=TAGS
        | {"div", "section", "article", "aside", "header", "footer", "nav", "center", "font", "main"}
        | {"address", "fieldset", "legend", "hgroup"}
        | {"h1", "h2", "iframe", "form"},
        clean_content_tags=DROPPED_WHOLE - {"iframe", "form"},
        attributes={
            "*": repaired | ATTRIBUTES["*"],
            **{tag: names | repaired for tag, names in ATTRIBUTES.items() if tag != "*"},
        },
        generic_attribute_prefixes={"data-"},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel=None,
        strip_comments=True,
    )


@cache
def cleaner() -> nh3.Cleaner:
    """nh3 with the list above; http, https, mailto and tel are the only schemes."""
    import nh3

    return nh3.Cleaner(
        tags=TAGS,
        clean_content_tags=DROPPED_WHOLE,
        attributes=ATTRIBUTES,
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel=None,
        strip_comments=True,
    )
