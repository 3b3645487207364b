"""Text as a crawler leaves it: one post, or several told apart by rules, without the page's furniture."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence

from aggregator.settings import Split

SCRIPT = re.compile(
    r"^\s*(?:\(?function\s*\(|document\.|window\.|var \w+\s*=|\{?\s*\"@context\"|gtag\(|_gaq\b|!function)"
)
FILE_NAME = re.compile(r"^.{1,150}\.(?:png|jpe?g|gif|webp|svg)\s*$", re.IGNORECASE)
ITEM = re.compile(r"^\s*(?:(\d{1,2})[.)]|[•\-*–])\s+(?=\S)")
PARTICLES = "van de der den het ten ter te 't in op aan bij von zu du di da la le el".split()
NAME = re.compile(r"[A-ZÀ-Þ][\w'’.-]*")
LONGEST_HEADING = 60


def told_apart(text: str, split: Split | None) -> list[str]:
    """The posts that `text` holds, as the rules say; one when there are none."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ").split("\n")
    posts: list[list[str]] = [[]]
    ended = False
    for line in lines:
        starts = split is not None and split.starts is not None and re.search(split.starts, line) is not None
        if (starts or (ended and line.strip())) and any(kept.strip() for kept in posts[-1]):
            posts.append([])
        ended = ended and not line.strip()
        posts[-1].append(line)
        if split is not None and split.ends is not None and re.search(split.ends, line):
            ended = True
    return ["\n".join(kept) for lines in posts if (kept := list(without_furniture(lines, split))) and any(kept)]


def without_furniture(lines: Sequence[str], split: Split | None) -> Iterable[str]:
    """The lines of one post: no scripts that leaked as text, no names of picture files, nothing that a rule drops."""
    for line in lines:
        if split is not None and split.until is not None and re.search(split.until, line):
            return
        dropped = split is not None and any(re.search(pattern, line) for pattern in split.drop)
        if not dropped and not SCRIPT.match(line) and not FILE_NAME.match(line):
            yield line


def title_and_body(text: str) -> tuple[str, str]:
    """The first line with text, and what follows it; a title that stands there several times is one title."""
    lines = text.strip("\n").split("\n")
    while lines and not lines[0].strip():
        lines.pop(0)
    title = lines.pop(0).strip() if lines else ""
    while True:
        rest = [line for line in lines if line.strip()]
        if not rest or rest[0].strip().casefold() != title.casefold():
            return title, "\n".join(lines)
        title = rest[0].strip()  # the later one is the heading on the page, the earlier its file or menu
        del lines[: lines.index(rest[0]) + 1]


def signed_by(body: str) -> str | None:
    """The author who signs at the end: a line of its own that is a person's name and nothing else."""
    lines = [line.strip() for line in body.split("\n") if line.strip()]
    for line in reversed(lines[-3:]):
        words = line.split()
        names = [word for word in words if word.casefold() not in PARTICLES]
        if 2 <= len(words) <= 6 and len(names) >= 2 and all(NAME.fullmatch(word) for word in names):
            return line
    return None


def as_html(body: str) -> str:
    """Blocks between empty lines as paragraphs, lists and short headings."""
    blocks = [block.strip("\n") for block in re.split(r"\n[^\S\n]*\n", body) if block.strip()]
    made = []
    for index, block in enumerate(blocks):
        lines = block.split("\n")
        following = blocks[index + 1] if index + 1 < len(blocks) else ""
        if is_list(lines):
            made.append(list_of(lines))
        elif len(lines) == 1 and is_heading(block.strip(), following):
            made.append(f"<h3>{html.escape(block.strip(), quote=False)}</h3>")
        else:
            joined = "<br>".join(html.escape(line.strip(), quote=False) for line in lines if line.strip())
            made.append(f"<p>{joined}</p>")
    return "\n".join(made)


def is_list(lines: Sequence[str]) -> bool:
    """Whether the lines are items, each with its mark, and lines indented under them."""
    marked = [line for line in lines if ITEM.match(line)]
    continued = all(ITEM.match(line) or line.startswith("   ") for line in lines)
    return len(marked) >= 2 and bool(ITEM.match(lines[0])) and continued


def list_of(lines: Sequence[str]) -> str:
    items: list[list[str]] = []
    for line in lines:
        mark = ITEM.match(line)
        if mark:
            items.append([line[mark.end() :].strip()])
        else:
            items[-1].append(line.strip())
    numbered = ITEM.match(lines[0])
    name = "ol" if numbered and numbered[1] else "ul"
    made = "".join(f"<li>{'<br>'.join(html.escape(part, quote=False) for part in item)}</li>" for item in items)
    return f"<{name}>{made}</{name}>"


def is_heading(line: str, following: str) -> bool:
    """A short line without a full stop, before a block of text."""
    return len(line) <= LONGEST_HEADING and line[-1] not in ".,;:…!)" and len(following) >= 2 * LONGEST_HEADING
