"""Whether the text of a mail stands out from its background (WCAG 2.2, 1.4.3), in the light and in the dark palette.

Colours are read from the elements, and for the dark palette from the rules of the style sheet that a dark screen
switches on. What a mail program makes of them by itself is beyond us.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

ENOUGH = 4.5
WHITE, BLACK = (255, 255, 255), (0, 0, 0)
DARK = re.compile(r"@media\s*\(prefers-color-scheme:\s*dark\)\s*\{((?:[^{}]*\{[^{}]*\})*)\s*\}")
RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
Colour = tuple[int, int, int]


def weak_contrasts(tree: Any) -> list[str]:
    """A sentence for each pair of colours that is too near, in either palette."""
    found: dict[str, None] = {}
    for palette, text, colour, ground in shown_texts(tree):
        if (ratio := contrast(colour, ground)) < ENOUGH:
            shown = f"{hexadecimal(colour)} on {hexadecimal(ground)}"
            found.setdefault(
                f"In the {palette} palette {text[:40]!r} has a contrast of {ratio:.1f}:1 ({shown}); {ENOUGH}:1 is "
                "the least."
            )
    return list(found)


def weakest_contrast(tree: Any) -> float:
    """Of all text, in the palette where it is weaker; 21 where there is no text."""
    return min((contrast(colour, ground) for _, _, colour, ground in shown_texts(tree)), default=21.0)


def shown_texts(tree: Any) -> Iterator[tuple[str, str, Colour, Colour]]:
    """Every piece of text in each palette, with its colours."""
    for palette, rules in (("light", {}), ("dark", dark_rules(tree))):
        for text, colour, ground in texts(tree.find("body"), rules, BLACK, WHITE):
            yield palette, text, colour, ground


def dark_rules(tree: Any) -> Mapping[Any, Mapping[str, str]]:
    """What the dark style sheet says of each element."""
    from cssselect import GenericTranslator, SelectorError

    said: dict[Any, dict[str, str]] = {}
    for style in tree.iter("style"):
        for block in DARK.findall(style.text or ""):
            for selectors, body in RULE.findall(block):
                try:
                    paths = [GenericTranslator().css_to_xpath(one.strip()) for one in selectors.split(",")]
                except SelectorError:
                    continue
                for path in paths:
                    for element in tree.xpath(path):
                        said.setdefault(element, {}).update(declarations(body))
    return said


def texts(
    element: Any, rules: Mapping[Any, Mapping[str, str]], colour: Colour, ground: Colour
) -> Iterator[tuple[str, Colour, Colour]]:
    """Every piece of text that shows, with its colour and its background."""
    if not isinstance(element.tag, str):
        return
    own = {**declarations(element.get("style") or ""), **rules.get(element, {})}
    if own.get("display") == "none":
        return
    colour = parsed(own.get("color")) or colour
    ground = parsed(own.get("background-color") or element.get("bgcolor")) or ground
    if (element.text or "").strip():
        yield element.text.strip(), colour, ground
    for child in element:
        yield from texts(child, rules, colour, ground)
        if (child.tail or "").strip():
            yield child.tail.strip(), colour, ground


def declarations(body: str) -> dict[str, str]:
    """`color: red; margin: 0` by property; a background is its colour."""
    pairs = (part.partition(":") for part in body.lower().split(";"))
    said = {name.strip(): value.replace("!important", "").strip() for name, _, value in pairs if value}
    return {"background-color" if name == "background" else name: value for name, value in said.items()}


def parsed(value: str | None) -> Colour | None:
    """A colour as red, green and blue; None for what is none, such as `inherit`."""
    from PIL import ImageColor

    for word in (value or "").split():
        try:
            return ImageColor.getrgb(word)[:3]
        except ValueError:
            continue
    return None


def contrast(one: Colour, other: Colour) -> float:
    """The ratio that WCAG defines, from 1 to 21."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: Colour) -> float:
    parts = [part / 255 for part in colour]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def hexadecimal(colour: Colour) -> str:
    return "#" + "".join(f"{part:02x}" for part in colour)
