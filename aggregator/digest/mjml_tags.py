"""MJML's own list of tags, as MJML 5 has it: what each may carry, and what it may hold.

Without what mjml-python does not do: mj-html-attributes, and mj-raw at the start of the file. `padding*` stands for
`padding` and its four sides; `border*` likewise; `font*` for family, size, style and weight. Everything may also carry
`css-class`, and `mj-class`.
"""

from __future__ import annotations

SIDES = ("top", "right", "bottom", "left")
FONT = ("family", "size", "style", "weight")
EVERYWHERE = frozenset({"css-class", "mj-class"})

TAGS: dict[str, tuple[str, str]] = {
    "mj-accordion": (
        "border container-background-color font-family icon-align icon-height icon-position icon-unwrapped- "
        "alt icon-unwrapped-url icon-width icon-wrapped-alt icon-wrapped-url padding*",
        "mj-accordion-element mj-raw",
    ),
    "mj-accordion-element": (
        "background-color border font-family icon-align icon-height icon-position icon-unwrapped-alt icon- "
        "unwrapped-url icon-width icon-wrapped-alt icon-wrapped-url",
        "mj-accordion-title mj-accordion-text mj-raw",
    ),
    "mj-accordion-text": (
        "background-color color font-family font-size font-weight letter-spacing line-height padding*",
        "",
    ),
    "mj-accordion-title": ("background-color color font-family font-size font-weight padding*", ""),
    "mj-attributes": ("", "*"),
    "mj-body": ("background-color id width", "mj-raw mj-section mj-wrapper mj-hero"),
    "mj-breakpoint": ("width", ""),
    "mj-button": (
        "align background-color border* border-radius color container-background-color font* height href "
        "inner-padding letter-spacing line-height name padding* rel target text-align text-decoration text- "
        "transform title vertical-align width",
        "",
    ),
    "mj-carousel": (
        "align border-radius container-background-color icon-width left-icon padding* right-icon tb-border "
        "tb-border-radius tb-hover-border-color tb-selected-border-color tb-width thumbnails",
        "mj-carousel-image",
    ),
    "mj-carousel-image": ("alt border-radius href rel src target tb-border tb-border-radius thumbnails-src title", ""),
    "mj-column": (
        "background-color border* border-radius direction inner-background-color inner-border* inner-border- "
        "radius padding* vertical-align width",
        "mj-accordion mj-button mj-carousel mj-divider mj-image mj-raw mj-social mj-spacer mj-table mj-text mj-navbar",
    ),
    "mj-divider": ("align border-color border-style border-width container-background-color padding* width", ""),
    "mj-font": ("href name", ""),
    "mj-group": ("background-color direction vertical-align width", "mj-column mj-raw"),
    "mj-head": ("", "mj-attributes mj-breakpoint mj-font mj-preview mj-style mj-title mj-raw"),
    "mj-hero": (
        "background-color background-height background-position background-url background-width border-radius "
        "height inner-background-color inner-padding* mode padding* vertical-align",
        "mj-accordion mj-button mj-carousel mj-divider mj-image mj-social mj-spacer mj-table mj-text mj- navbar mj-raw",
    ),
    "mj-image": (
        "align alt border* border-radius container-background-color fluid-on-mobile font-size height href "
        "max-height name padding* rel sizes src srcset target title usemap width",
        "",
    ),
    "mj-navbar": (
        "align base-url hamburger ico-align ico-close ico-color ico-font-family ico-font-size ico-line-height "
        "ico-open ico-padding* ico-text-decoration ico-text-transform padding*",
        "mj-navbar-link mj-raw",
    ),
    "mj-navbar-link": (
        "color font* href letter-spacing line-height name padding* rel target text-decoration text-transform",
        "",
    ),
    "mj-preview": ("", ""),
    "mj-raw": ("", ""),
    "mj-section": (
        "background-color background-position background-position-x background-position-y background-repeat "
        "background-size background-url border* border-radius direction full-width gutter padding* text-align "
        "text-padding",
        "mj-column mj-group mj-raw",
    ),
    "mj-social": (
        "align border border-radius color container-background-color font* icon-height icon-padding icon-size "
        "inner-padding line-height mode padding* table-layout text-decoration text-padding vertical-align",
        "mj-social-element mj-raw",
    ),
    "mj-social-element": (
        "align alt background-color border border-radius color font* href icon-height icon-padding icon- "
        "position icon-size line-height name padding* rel sizes src srcset target text-decoration text- "
        "padding title vertical-align",
        "",
    ),
    "mj-spacer": ("border* container-background-color height padding*", ""),
    "mj-style": ("inline", ""),
    "mj-table": (
        "align border cellpadding cellspacing color container-background-color font-family font-size font- "
        "weight line-height padding* role table-layout vertical-align width",
        "",
    ),
    "mj-text": (
        "align background-color color container-background-color font* height letter-spacing line-height "
        "padding* text-decoration text-transform vertical-align",
        "",
    ),
    "mj-title": ("", ""),
    "mj-wrapper": (
        "background-color background-position background-position-x background-position-y background-repeat "
        "background-size background-url border* border-radius direction full-width gap gutter padding* text- "
        "align text-padding",
        "mj-hero mj-raw mj-section",
    ),
    "mjml": ("dir lang owa", "mj-body mj-head mj-raw"),
}
"""By tag, its attributes and the tags it may hold; '*' for any."""


def attributes_of(tag: str) -> frozenset[str]:
    """Every attribute that `tag` may carry."""
    found = set(EVERYWHERE)
    for name in TAGS[tag][0].split():
        base = name.rstrip("*")
        if name == "font*":
            found |= {f"font-{part}" for part in FONT}
        elif name.endswith("*"):
            found |= {base, *(f"{base}-{side}" for side in SIDES)}
        else:
            found.add(name)
    return frozenset(found)


def children_of(tag: str) -> frozenset[str]:
    """The tags that `tag` may hold."""
    return frozenset(TAGS[tag][1].split())
