"""Documents on disk: the files that a source's glob names, within the configuration's folder."""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path

from aggregator.model import Fetched, Memory, Problem, Unchanged
from aggregator.settings import Source

LARGEST = 15_000_000
MOST_FILES = 10_000
TYPES = {".html": "text/html", ".htm": "text/html", ".json": "application/feed+json", ".md": "text/markdown"}


def read_documents(source: Source, folder: Path, memory: Memory) -> tuple[Fetched, ...] | Unchanged | Problem:
    """The files of `source`, by path; Unchanged when each of them is as it was read before."""
    pattern = source.path or ""
    root = folder.resolve()
    try:
        paths = sorted(path for path in folder.glob(pattern) if path.is_file())
    except (ValueError, OSError, NotImplementedError) as error:
        return Problem("blocked", f"{pattern} is no path within the folder of sources.yaml ({error}).", pattern)
    if not paths:
        return Problem("empty", f"No file is called {pattern} in {folder}.", pattern)
    outside = [path for path in paths if root not in path.resolve().parents]
    if outside:
        return Problem("blocked", f"{outside[0]} lies outside the folder of sources.yaml, so it is not read.", pattern)
    documents = []
    for path in paths[:MOST_FILES]:
        name = path.relative_to(folder).as_posix()
        try:
            if path.stat().st_size > LARGEST:
                return Problem("blocked", f"{name} is larger than {LARGEST // 1_000_000} MB.", name)
            body = path.read_bytes()
        except OSError as error:
            return Problem("unreachable", f"{name} cannot be read: {error.strerror}.", name)
        kind = TYPES.get(path.suffix.lower(), "")
        digest = blake2b(body, digest_size=16).hexdigest()
        documents.append(Fetched(f"file:{name}", f"file:{name}", body, kind, body_hash=digest, document_path=name))
    known = {url: resource.body_hash for url, resource in memory.resources.items()}
    if known and known == {document.url: document.body_hash for document in documents}:
        return Unchanged(f"file:{pattern}")
    return tuple(documents)
