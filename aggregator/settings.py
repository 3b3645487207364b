"""What sources.yaml says, as frozen values. config.py reads them; every room may know them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from aggregator.settings_newsletter import Digest, Dkim, Mail
from aggregator.settings_publication import Feeds, Person, Publication, Withheld
from aggregator.settings_sources import (
    NEW_AT_ONCE,
    Distrusted,
    Override,
    Rule,
    Selectors,
    Source,
    SourceKind,
    Split,
    host_of,
    without_login,
)

__all__ = [
    "NEW_AT_ONCE", "Correction", "Digest", "Distrusted", "Dkim", "Feeds", "Mail", "Network", "Override", "Person",
    "Publication", "Rule", "Selectors", "Settings", "Source", "SourceKind", "Split", "Withheld", "host_of",
    "without_login",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    allow_private: bool = False
    contact: str | None = None
    """URL or mail address that the User-Agent names; the publication's URL where absent."""
    per_host: int = 1
    connections: int = 50
    connect_seconds: float = 10.0
    read_seconds: float = 20.0
    total_seconds: float = 60.0
    megabytes: float = 15.0
    """After decompression, per response."""
    redirects: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """One line that overrules a decision about posts, which it names by their addresses."""

    apart: tuple[str, str] | None = None
    """Two posts that were taken for one."""
    together: tuple[str, str] | None = None
    """One post that was taken for two: the original, and its copy."""
    publish: str | None = None
    """A post that was held back or excluded."""
    hold: str | None = None
    """A post that is not to be published."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    publication: Publication
    network: Network = Network()
    store: str = "sqlite:///state/aggregator.db"
    sources: tuple[Source, ...]
    corrections: tuple[Correction, ...] = ()
    digest: Digest = field(default_factory=Digest)
    mail: Mail | None = None
    file: Path = Path("sources.yaml")

    @property
    def folder(self) -> Path:
        """Relative paths, out/ and state/ start here."""
        return self.file.parent

    @property
    def out(self) -> Path:
        return self.folder / "out"
