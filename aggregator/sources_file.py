"""Adding a source to sources.yaml as a careful person would: one entry more, every other byte as it was."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from aggregator.config import ConfigurationError, Mistake, parse, settings_in
from aggregator.config_mistakes import lines_of

ADDRESS = {
    flow: re.compile(rf"""^(?:"[^"]*"|'[^']*'|[^\s{ends}]+)""") for flow, ends in ((False, ""), (True, r",\[\]{}"))
}
"""An address as it is written; whether it stands between braces, which decides what ends it (YAML 1.2, 7.3.3)."""


def add_source(file: Path, fields: dict[str, str]) -> str:
    """Write `fields` as the last of the sources and return the lines added.

    The new text is read back before it replaces the old, so a file that was right stays right.
    Raises ConfigurationError when the file is not right before, or would not be after.
    """
    return add_sources(file, [fields])


def add_sources(file: Path, several: Sequence[dict[str, str]]) -> str:
    """The same for several sources at once: all of them are added, or none."""
    text, newline = read(file)
    before, addition, after = place(file, text, several)
    if not before.endswith("\n"):
        before += newline
    try:
        write(file, before + addition.replace("\n", newline) + after)
    except ConfigurationError as error:  # its lines are those of a text that nobody sees
        message = f"cannot be added to as the file is written ({error.mistakes[0].message})"
        raise ConfigurationError(file, [Mistake("sources", message, hint=f"By hand: {addition.strip()}")]) from None
    return addition.strip("\n")


def change_address(file: Path, name: str, url: str) -> None:
    """Put `url` in the place of the address of the source called `name`; every other byte stays as it was.

    Raises ConfigurationError as `add_source` does.
    """
    text, _ = read(file)
    sources = parse(file, text)["sources"]
    index, source = next((index, one) for index, one in enumerate(sources) if one.get("name") == name)
    line, column = source.lc.value("url")
    lines = lines_of(text)
    rest = ADDRESS[bool(source.fa.flow_style())].sub(lambda _: scalar(url), lines[line][column:], count=1)
    lines[line] = lines[line][:column] + rest
    changed = "".join(lines)
    wanted = [url if one is source else one.get("url") for one in sources]
    found = None
    with suppress(ConfigurationError):
        found = [one.get("url") for one in parse(file, changed)["sources"]]
    if found != wanted:
        mistake = Mistake(
            f"sources[{index}].url", f"cannot be changed as it is written; make it {url}", line + 1, column + 1
        )
        raise ConfigurationError(file, [mistake], lines_of(text))
    write(file, changed)


def read(file: Path) -> tuple[str, str]:
    """The text as it is, and the line end that the file uses."""
    text = file.read_bytes().decode("utf-8")
    return text, "\r\n" if "\r\n" in text else "\n"


def write(file: Path, changed: str) -> None:
    """Replace the file, or what it leads to where it is a link, by `changed`, once that was found right."""
    settings_in(changed.encode(), file)
    real = file.resolve()
    handle, name = tempfile.mkstemp(dir=real.parent, prefix=f".{real.name}.", suffix=".new")
    candidate = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(changed.encode())
            stream.flush()
            os.fsync(stream.fileno())
        before = real.stat()
        candidate.chmod(before.st_mode)
        with suppress(PermissionError):  # root leaves it to whom it belongs
            os.chown(candidate, before.st_uid, before.st_gid)
        candidate.replace(real)
    finally:
        candidate.unlink(missing_ok=True)


def place(file: Path, text: str, several: Sequence[dict[str, str]]) -> tuple[str, str, str]:
    """The text before the new entries, the entries, indented as their neighbours are, and the text after them."""
    tree = parse(file, text)
    sources = tree.get("sources")
    lines = lines_of(text)
    if "sources" not in tree:
        return text, "sources:\n" + entries(several, "  "), ""
    if not sources:
        if re.search(r"^sources:[^\S\n]*(\[\s*\])?[^\S\n]*(#.*)?$", text, re.M) is None:
            raise ConfigurationError(file, [Mistake("sources", "is not a list that an entry can be added to")])
        heading = next(index for index, line in enumerate(lines) if line.startswith("sources:"))
        lines[heading] = re.sub(r"[^\S\n]*\[\s*\]", "", lines[heading])
        return split_after(lines, heading, entries(several, "  "))
    if sources.fa.flow_style():
        hint = "Write the sources one below the other, each starting with `- name:`."
        raise ConfigurationError(file, [Mistake("sources", "is written on one line", hint=hint)])
    indent = " " * sources.lc.col
    end = last_line_of(lines, sources.lc.item(len(sources) - 1)[0], len(indent))
    return split_after(lines, end, entries(several, indent))


def split_after(lines: list[str], index: int, addition: str) -> tuple[str, str, str]:
    """The lines up to and with `index`, the addition, and the lines after it."""
    return "".join(lines[: index + 1]), addition, "".join(lines[index + 1 :])


def last_line_of(lines: list[str], start: int, indent: int) -> int:
    """Index of the last line of the block that starts at `start`, whose lines are indented deeper than `indent`.

    What looks like a comment there may be text of the block.
    """
    end = start
    for index in range(start + 1, len(lines)):
        content = lines[index].strip()
        deeper = len(lines[index]) - len(lines[index].lstrip()) > indent
        if content and deeper:
            end = index
        elif content and not content.startswith("#"):
            break
    return end


def entries(several: Sequence[dict[str, str]], indent: str) -> str:
    """Each of `several` as one YAML list item."""
    return "".join(entry(fields, indent) for fields in several)


def entry(fields: dict[str, str], indent: str) -> str:
    """The fields as one YAML list item."""
    lines = [f"{key}: {scalar(value)}" for key, value in fields.items()]
    return f"{indent}- " + f"\n{indent}  ".join(lines) + "\n"


def scalar(value: str) -> str:
    """`value` as a YAML string, quoted only where YAML would take it for something else."""
    plain = re.fullmatch(r"[^\W\d_][\w .,()/&+'-]*|https?://[^\s#'\",\[\]{}]+(?<!:)", value) is not None
    if plain and value == value.strip() and value.casefold() not in ("true", "false", "null", "yes", "no", "on", "off"):
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'
