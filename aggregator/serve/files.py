"""A folder over HTTP (RFC 9110): whole files with validators, packed where the client takes that. Touches nothing."""

from __future__ import annotations

import os
import stat
from datetime import UTC
from email.utils import formatdate, parsedate_to_datetime
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote, unquote

from aggregator.serve.messages import Request, Response
from aggregator.serve.types import media_type

INDEX = "index.html"


def file_answer(folder: Path, request: Request) -> Response:
    """The file that a GET names, or 304 when the client holds it already; 404 for whatever is not there to be seen."""
    names = names_in(request.path)
    if names is None:
        return Response(404)
    place = folder.joinpath(*names)
    if names and names[-1] and is_folder(place):
        query = f"?{request.query}" if request.query else ""
        return Response(308, {"location": quote(f"{names[-1]}/") + query})
    if not names or not names[-1]:
        place = place / INDEX
    opened = whole_file(folder, place)
    if opened is None:
        return Response(404)
    headers = {
        "content-type": media_type(place.name),
        "cache-control": "no-cache",
        "accept-ranges": "none",
        "vary": "accept-encoding",
    }
    packed = packed_twin(folder, place, opened) if takes_gzip(request.headers.get("accept-encoding", "")) else None
    if packed is not None:
        opened.close()
        opened = packed
        headers["content-encoding"] = "gzip"
    return answer_with(opened, headers, request)


def answer_with(opened: BinaryIO, headers: dict[str, str], request: Request) -> Response:
    """200 with the file, or 304 without: by If-None-Match, else by If-Modified-Since (RFC 9110, 13.2.2)."""
    state = os.fstat(opened.fileno())
    digest = digest_of(opened, state)
    headers |= {"etag": f'"{digest}"', "last-modified": formatdate(state.st_mtime, usegmt=True)}
    if is_known(request, headers["etag"], int(state.st_mtime)):
        opened.close()
        return Response(304, {name: value for name, value in headers.items() if not name.startswith("content-")})
    return Response(200, headers | {"content-length": str(state.st_size)}, opened)


def names_in(path: str) -> list[str] | None:
    """The names of the folders and the file in a path, '' last for a folder; None for what must not be looked up.

    Decoded once. No name begins with a dot: neither '..' nor what a run is still writing.
    """
    try:
        names = [unquote(name, errors="strict") for name in path.split("/")[1:]]
    except UnicodeDecodeError:
        return None
    for place, name in enumerate(names):
        if (not name and place < len(names) - 1) or name.startswith(".") or any(mark in name for mark in "/\\\0"):
            return None
    return names


def is_folder(place: Path) -> bool:
    """Whether there is a folder; no, where it may not be looked at or its name is longer than names can be."""
    try:
        return place.is_dir()
    except OSError:
        return False


def whole_file(folder: Path, place: Path) -> BinaryIO | None:
    """The regular file at `place`, open; None when there is none, or when a link leads out of `folder`."""
    try:
        real = place.resolve(strict=True)
        if not real.is_relative_to(folder.resolve()) or not stat.S_ISREG(real.stat().st_mode):
            return None
        return real.open("rb")
    except (OSError, ValueError, RuntimeError):  # the last, up to Python 3.12, of links that lead in a circle
        return None


def packed_twin(folder: Path, place: Path, opened: BinaryIO) -> BinaryIO | None:
    """The packed copy, unless it belongs to another state of the file: both carry the same time when they match."""
    twin = whole_file(folder, place.with_name(place.name + ".gz"))
    if twin is not None and os.fstat(twin.fileno()).st_mtime_ns != os.fstat(opened.fileno()).st_mtime_ns:
        twin.close()
        return None
    return twin


DIGESTS: dict[tuple[int, ...], str] = {}
"""By how a file lies on the disk: its content is read for its digest once, not at every request."""
REMEMBERED = 4096


def digest_of(opened: BinaryIO, state: os.stat_result) -> str:
    """A digest of the content; the file is left at its beginning."""
    lies = (state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns)
    known = DIGESTS.get(lies)
    if known is None:
        summed = blake2b(digest_size=16)
        while piece := opened.read(1 << 16):
            summed.update(piece)
        opened.seek(0)
        if len(DIGESTS) >= REMEMBERED:
            DIGESTS.clear()
        known = DIGESTS[lies] = summed.hexdigest()
    return known


def is_known(request: Request, etag: str, modified: int) -> bool:
    """Whether the client says that it holds just this."""
    stated = request.headers.get("if-none-match")
    if stated is not None:
        known = [one.strip().removeprefix("W/") for one in stated.split(",")]
        return "*" in known or etag in known
    since = request.headers.get("if-modified-since")
    if since is None:
        return False
    try:
        moment = parsedate_to_datetime(since)
    except (ValueError, OverflowError):
        return False
    return modified <= moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()


def takes_gzip(accepted: str) -> bool:
    """Whether an Accept-Encoding names gzip, or anything, and does not refuse it with q=0."""
    qualities: dict[str, bool] = {}
    for one in accepted.split(","):
        name, _, parameters = one.strip().partition(";")
        quality = parameters.strip().casefold().removeprefix("q=").strip()
        qualities[name.strip().casefold()] = quality.strip("0.") != "" or not quality
    return qualities.get("gzip", qualities.get("x-gzip", qualities.get("*", False)))
