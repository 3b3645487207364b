"""Documents on disk: the files that a source's glob names, within the configuration's folder."""

from __future__ import annotations

import os
import stat
from hashlib import blake2b
from pathlib import Path

from aggregator.model import Fetched, Memory, Problem, Unchanged
from aggregator.settings import Source

LARGEST = 15_000_000
MOST_FILES = 10_000
"""Of more, those that were changed last."""
TYPES = {".html": "text/html", ".htm": "text/html", ".json": "application/feed+json", ".md": "text/markdown"}


def read_documents(source: Source, folder: Path, memory: Memory) -> tuple[Fetched | Problem, ...] | Unchanged | Problem:
    """The files of `source`, by path, and why one of them is passed over; Unchanged when each is as it was before."""
    pattern = source.path or ""
    try:
        paths = sorted(path for path in folder.glob(pattern) if not path.is_dir())
    except (ValueError, OSError, NotImplementedError) as error:
        return Problem("blocked", f"{pattern} is no path within the folder of sources.yaml ({error}).", pattern)
    if not paths:
        return Problem("empty", f"No file in {folder} is called {pattern}.", pattern)
    documents: list[Fetched | Problem] = []
    if len(paths) > MOST_FILES:
        sentence = f"{pattern} names {len(paths)} files; the {MOST_FILES} that were changed last are read."
        documents.append(Problem("blocked", sentence, pattern))
        paths = sorted(sorted(paths, key=changed)[-MOST_FILES:])
    root = folder.resolve()
    documents += [read_document(path, path.relative_to(folder), root) for path in paths]
    refused = [one for one in documents if isinstance(one, Problem)]
    if len(refused) == len(documents):
        return refused[0]
    is_known = all(
        one.url in memory.resources and memory.resources[one.url].body_hash == told(one) for one in documents
    )
    return Unchanged(f"file:{pattern}") if is_known else tuple(documents)


def read_document(path: Path, name_in_folder: Path, root: Path) -> Fetched | Problem:
    """One file, or why it is not read."""
    name = os.fsencode(name_in_folder.as_posix()).decode("utf-8", "backslashreplace")
    try:
        if root not in path.resolve().parents:
            return Problem("blocked", f"{name} lies outside the folder of sources.yaml, so it is not read.", name)
        state = path.stat()
        if not stat.S_ISREG(state.st_mode):  # whoever reads a pipe waits for who writes into it
            return Problem("blocked", f"{name} is no file that holds anything.", name)
        if state.st_size > LARGEST:
            return Problem("blocked", f"{name} is larger than {LARGEST // 1_000_000} MB.", name)
        body = path.read_bytes()
    except (OSError, RuntimeError) as error:  # which a link is told to be that leads to itself
        return Problem("unreachable", f"{name} cannot be read: {getattr(error, 'strerror', None) or error}.", name)
    kind = TYPES.get(path.suffix.lower(), "")
    digest = blake2b(body, digest_size=16).hexdigest()
    return Fetched(f"file:{name}", f"file:{name}", body, kind, body_hash=digest, document_path=name)


def told(document: Fetched | Problem) -> str:
    """What is remembered of a file: a file that is gone since is remembered still, and changes nothing."""
    return document.sentence if isinstance(document, Problem) else document.body_hash


def changed(path: Path) -> tuple[float, Path]:
    try:
        return path.stat().st_mtime, path
    except OSError:
        return 0.0, path
