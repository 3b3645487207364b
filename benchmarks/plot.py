"""A plot as SVG: one line for each thing that was done, CPU seconds over size, both logarithmic."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.measuring import Point

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 760, 420, 70, 210, 40, 50
COLOURS = ("#0b6e99", "#b4430b", "#3c7a1f", "#7a3fa0", "#8a6d00", "#a3125a", "#4a5560", "#00796b")


def plot(title: str, points: Sequence[Point]) -> str:
    """The points as a picture that stands on its own."""
    sizes = [point.size for point in points]
    costs = [max(point.cpu, 1e-4) for point in points]
    across = Scale(min(sizes), max(sizes), LEFT, WIDTH - RIGHT)
    up = Scale(min(costs), max(costs), HEIGHT - BOTTOM, TOP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"',
        ' font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text x="{LEFT}" y="22" font-size="15">{html.escape(title)}: CPU seconds by size</text>',
    ]
    for value in across.ticks():
        place = across.place(value)
        parts.append(f'<path d="M{place:.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#ddd"/>')
        parts.append(f'<text x="{place:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{value:g}</text>')
    for value in up.ticks():
        place = up.place(value)
        parts.append(f'<path d="M{LEFT} {place:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{place + 4:.1f}" text-anchor="end">{value:g}</text>')
    names = list(dict.fromkeys(point.what for point in points))
    for number, name in enumerate(names):
        colour = COLOURS[number % len(COLOURS)]
        line = sorted((point.size, max(point.cpu, 1e-4)) for point in points if point.what == name)
        places = [(across.place(size), up.place(cost)) for size, cost in line]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places]
        height = TOP + 10 + 18 * number
        parts.append(f'<rect x="{WIDTH - RIGHT + 16}" y="{height - 9}" width="10" height="10" fill="{colour}"/>')
        parts.append(f'<text x="{WIDTH - RIGHT + 32}" y="{height}">{html.escape(name)}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


class Scale:
    """Places values between two edges of the picture, by their logarithm."""

    def __init__(self, least: float, most: float, start: float, end: float) -> None:
        self.low, self.high = math.floor(math.log10(least)), math.ceil(math.log10(most))
        self.high = max(self.high, self.low + 1)
        self.start, self.end = start, end

    def place(self, value: float) -> float:
        share = (math.log10(value) - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def ticks(self) -> list[float]:
        return [10.0**power for power in range(self.low, self.high + 1)]
