"""Subscribers as a CSV file, in and out: whatever program wrote it, and whatever program opens it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from aggregator.store import Refused
from aggregator.store.addresses import identity_of
from aggregator.store.subscribers import Added, Newcomer, Subscriber, shown_address

NAMES = {
    "address": (
        "email address", "e mailadres", "emailadres", "email", "e mail", "mail", "mailadres", "address", "adres",
    ),
    "name": ("name", "naam", "full name"),
    "consent": ("consent", "toestemming", "how"),
    "consent_at": (
        "consent at", "consent date", "datum toestemming", "when", "confirm time", "optin time", "inschrijfdatum",
    ),
    "state": (
        "state", "status", "global status", "list status", "subscribed to emails", "accepts email marketing",
        "subscribed",
    ),
}  # fmt: skip
"""What the columns may be called, the surest first: an `address` beside an `email` is where somebody lives."""
LEFT = re.compile(
    r"unsub|opt ?out|clean time|clean campaign|black ?list|block ?list|uitschrij|uitgeschr|afmeld|afgemeld|abgemeldet"
)
"""Columns that hold something only of those who left: programs write these into a table of its own, without a state."""
NOTHING = ("", "0", "false", "no", "nee", "nein", "null", "none")
SUBSCRIBED = (
    "", "true", "yes", "ja", "active", "actief", "enabled", "subscribed", "aangemeld", "ingeschreven", "confirmed",
    "bevestigd", "regular",
)  # fmt: skip
ASKED = ("pending", "unconfirmed")
"""What programs call a reader who gets the newsletter, and one who is asked to confirm; others have left."""
DAY_FIRST = re.compile(r"(\d\d?)-(\d\d?)-(\d{4})((?: \d\d:\d\d.*)?)")
"""As Excel writes dates in Dutch; with slashes, the month may come first."""
FORMULA = "=+-@\t\r"
"""A cell that begins so is a formula to a spreadsheet."""
WORKBOOK = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
"""How files of Excel begin, and of other such programs."""
LONGEST_CELL = 100_000


def read(file: Path) -> tuple[list[Newcomer], list[Added]]:
    """The rows of a CSV file, and those that cannot be read, each with its line and why.

    Any usual separator and encoding. Raises Refused when it is no table, or has no column of addresses.
    """
    raw = file.read_bytes()
    if raw.startswith(WORKBOOK):
        raise Refused(
            f"{file}: this is a workbook, not CSV; open it in the program it is of, and save it as CSV (UTF-8)"
        )
    text = decoded(raw)
    first = text.split("\n", 1)[0]
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count))
    rows = numbered(reader, file)
    columns, found, refused = None, [], []
    for line, cells in rows:
        if columns is None:
            if cells[0].casefold().startswith("sep="):
                continue  # so Excel is told the separator
            columns = columns_in(cells)
            if columns is None and not any(identity_of(restored(cell)) for cell in cells):
                there = ", ".join(cells)[:200]
                raise Refused(f"{file}: no column is called {' or '.join(NAMES['address'][:2])}; there are: {there}")
            if columns is not None:
                continue
            columns = {"address": next(place for place, cell in enumerate(cells) if identity_of(restored(cell)))}
        one = newcomer(cells, columns, line, file.name)
        if isinstance(one, Newcomer):
            found.append(one)
        else:
            refused.append(one)
    return found, refused


def numbered(reader: Iterator[list[str]], file: Path) -> Iterator[tuple[int, list[str]]]:
    """The rows that hold something, each with the line it begins on."""
    line = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise Refused(f"{file}, line {line}: this cannot be read as CSV: {error}; nothing was imported") from None
        if any(cell.strip() for cell in cells):
            yield line, cells
        line = reader.line_num + 1  # type: ignore[attr-defined]  # of csv's reader, which has no type of its own


def columns_in(cells: list[str]) -> dict[str, int] | None:
    """Which column holds what, and those that tell of leaving by their own name; None when this is no row of names."""
    plain = [re.sub(r"[\s_-]+", " ", cell).strip().casefold() for cell in cells]
    found = {
        key: next(plain.index(name) for name in names if name in plain)
        for key, names in NAMES.items()
        if set(plain) & set(names)
    }
    left = {cells[place].strip(): place for place, cell in enumerate(plain) if LEFT.search(cell)}
    return left | found if "address" in found else None


def newcomer(cells: list[str], columns: dict[str, int], line: int, file: str) -> Newcomer | Added:
    """The subscriber in a row, or why there is none."""
    given = {key: restored(cells[place]) if place < len(cells) else "" for key, place in columns.items()}
    address, shown = given["address"], shown_address(given["address"])
    place = f"line {line}"
    if "\ufffd" in address:
        return Added(address, "refused", f"{place}: {shown}: letters are damaged; save the file as UTF-8.")
    when = moment_of(given.get("consent_at", ""))
    if when is None and given.get("consent_at"):
        return Added(
            address, "refused",
            f"{place}: {shown}: {shown_address(given['consent_at'])!r} is no date of consent; write 2026-10-31.",
        )  # fmt: skip
    state = given.get("state", "")
    told = next((column for column in given if column not in NAMES and tells(given[column])), "")
    if told or state.casefold() not in SUBSCRIBED + ASKED:
        why = f"{shown_address(told or 'state')} is {shown_address(given[told or 'state'])!r}"
        return Added(
            address, "refused",
            f"{place}: {shown}: not added, because its {why}. If it gets the newsletter all the same, empty that cell.",
        )  # fmt: skip
    if state.casefold() in ASKED:
        return Newcomer(address, given.get("name", ""), given.get("consent", ""), "pending", when, place)
    consent = given.get("consent") or f"imported from {file}"
    return Newcomer(address, given.get("name", ""), consent, "active", when, place)


def tells(cell: str) -> bool:
    """Whether a cell of a column about leaving holds something; an address to leave at is everybody's."""
    return cell.casefold() not in NOTHING and not cell.startswith(("http:", "https:"))


def moment_of(text: str) -> datetime | None:
    """A date or a time, in UTC where it states no zone; None for what is neither."""
    day_first = DAY_FIRST.fullmatch(text)
    try:
        found = datetime.fromisoformat(
            f"{day_first[3]}-{day_first[2]:>02}-{day_first[1]:>02}{day_first[4]}" if day_first else text
        )
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def decoded(raw: bytes) -> str:
    """The text of a file in UTF-8 or UTF-16, with or without a mark, or else in windows-1252."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", "replace")
    sample = raw[:200]
    if sample.count(b"\0") > len(sample) // 3:  # every other byte of Latin text
        return raw.decode("utf-16-le" if sample[1:2] == b"\0" else "utf-16-be", "replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("windows-1252", "replace")


def restored(cell: str) -> str:
    """A cell as it was before `guarded`."""
    plain = cell.strip()
    return plain[1:] if plain[:1] == "'" and plain[1:2] and plain[1] in FORMULA else plain


def guarded(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell[:1] and cell[0] in FORMULA else cell


def written(rows: Iterable[Subscriber]) -> str:
    """The subscribers as CSV, which `read` reads back."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["address", "name", "state", "consent", "consent_at", "added"])
    for row in rows:
        agreed = row.consent_at.isoformat() if row.consent_at else ""
        cells = [row.address, row.name, row.state, row.consent, agreed, row.added.isoformat()]
        writer.writerow([guarded(cell) for cell in cells])
    return out.getvalue()
