"""Settings that were read before, kept beside the store: reading YAML is most of what a quiet run would cost.

Kept under a hash of the file and of the code that reads it. What cannot be used is passed over, and read anew; a file
with a mistake is never kept, so that every mistake is told with its place.
"""

from __future__ import annotations

import io
import os
import pickle
from contextlib import suppress
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path
from typing import Any

from aggregator import __version__, settings
from aggregator.settings import Settings

NAME = "state/settings.cache"
CODE = ("config", "settings")
"""How the modules begin that decide what is kept."""
HEAD = 32


def cached(file: Path, text: bytes) -> Settings | None:
    """The settings that `text` gave before; None when they are not kept."""
    try:
        kept = (file.parent / NAME).read_bytes()
        if kept[:HEAD] != key_of(text):
            return None
        found = SettingsOnly(io.BytesIO(kept[HEAD:])).load()
    except Exception:  # whatever is wrong with what was kept, the file itself is still there
        return None
    return replace(found, file=file) if isinstance(found, Settings) else None


def cache(read: Settings, text: bytes) -> None:
    """Keep what `text` says, where that can be written."""
    place = read.folder / NAME
    part = place.with_name(f".{place.name}.{os.getpid()}.part")
    with suppress(OSError):
        place.parent.mkdir(exist_ok=True)
        try:
            part.touch(mode=0o600)  # it holds what `headers` and addresses hold
            part.write_bytes(key_of(text) + pickle.dumps(read, protocol=5))
            part.replace(place)
        finally:
            part.unlink(missing_ok=True)  # of a disk that is full, every run would leave one


def key_of(text: bytes) -> bytes:
    """Of the file, and of the program: of its code as well, which changes without its version while it is developed."""
    hashed = blake2b(text, digest_size=HEAD)
    with os.scandir(Path(__file__).parent) as modules:
        code = sorted((one.name, one.stat()) for one in modules if one.name.startswith(CODE))
    for name, state in code:
        hashed.update(f"{__version__} {name} {state.st_size} {state.st_mtime_ns}".encode())
    return hashed.digest()


class SettingsOnly(pickle.Unpickler):
    """Makes values of settings.py and paths, and refuses everything else: what was kept cannot start anything."""

    def find_class(self, module: str, name: str) -> Any:
        kind = getattr(settings, name, None)
        if hasattr(kind, "__dataclass_fields__") and module == kind.__module__:
            return kind
        if module.startswith("pathlib") and name in ("Path", "PosixPath", "PurePosixPath"):
            return Path
        raise pickle.UnpicklingError(f"{module}.{name} has no place among settings")
