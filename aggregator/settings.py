"""What sources.yaml says, as frozen values. config.py reads them; every room may know them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

SourceKind = Literal["feed", "page", "documents"]
Distrusted = Literal["ids", "dates", "authors", "titles", "tags", "language", "images", "summaries"]
LOGIN = re.compile(r"://[^/?#\s\"'<>]*@")
NEW_AT_ONCE = 20
"""New posts of one reading that are published where `max_new` is not given; of documents all are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    name: str
    email: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Feeds:
    """Feeds that are published beside the combined one."""

    sources: Literal["all"] | tuple[str, ...] = ()
    """Names of the sources that get a feed of their own."""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """Posts that are in nothing that is published, because somebody asked: one, or all of an author or a source."""

    post: str | None = None
    """Its address."""
    author: str | None = None
    """As the posts name the author, whatever the case."""
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    title: str
    url: str
    """Where out/ is served, with a trailing slash: atom:id and self links derive from it."""
    language: str = "nl"
    timezone: str = "Europe/Amsterdam"
    author: Person
    subtitle: str | None = None
    hub: str | None = None
    """Address of a WebSub hub that is told what changed."""
    feeds: Feeds = Feeds()
    withhold: tuple[Withheld, ...] = ()
    noindex: bool = False
    """Whether search engines are asked to leave the pages alone."""


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
class Selectors:
    """CSS selectors for a page whose posts the structure reader cannot find by itself."""

    post: str | None = None
    title: str | None = None
    link: str | None = None
    body: str | None = None
    date: str | None = None
    author: str | None = None
    image: str | None = None
    remove: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """How one document that holds many posts is told apart: regular expressions, tried per line."""

    starts: str | None = None
    """Matches the first line of each post: its title."""
    ends: str | None = None
    """Matches the last line of each post; the next line with text begins the next post."""
    until: str | None = None
    """Matches the first line after the end of a post; from there on everything is dropped."""
    drop: tuple[str, ...] = ()
    """Lines that match one of these are dropped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A post matches when every field that is set matches; author, tag, title and text are regular expressions."""

    author: str | None = None
    tag: str | None = None
    title: str | None = None
    text: str | None = None
    language: str | None = None
    before: str | None = None
    after: str | None = None
    min_words: int | None = None
    max_words: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """What holds for every post of a source, whatever the source says."""

    author: str | None = None
    language: str | None = None


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
class Source:
    name: str
    url: str | None = None
    path: str | None = None
    """A glob, relative to the configuration's folder."""
    site: str | None = None
    link: str | None = None
    """Template of a document's link, joined to `site`: {slug}, {stem}, {published:%Y/%m/%d}."""
    kind: SourceKind | None = None
    author: str | None = None
    """Author of posts that name none."""
    language: str | None = None
    tags: tuple[str, ...] = ()
    full_text: bool | None = None
    """True: always read the article page; False: never; None: when the feed gives excerpts."""
    max_new: int | None = None
    """Of one reading, at most so many new posts are published: the newest. The others are kept, and held back."""
    pages: int = 1
    """On the first reading, so many pages of a list that goes on are read; 1 reads no further page."""
    distrust: tuple[Distrusted, ...] = ()
    """What the source says of its posts that is not to be believed."""
    override: Override = Override()
    include: tuple[Rule, ...] = ()
    exclude: tuple[Rule, ...] = ()
    selectors: Selectors | None = None
    split: Split | None = None
    headers: dict[str, str] = field(default_factory=dict)
    priority: int = 0
    """Higher is preferred as the original when copies cannot be told from it otherwise."""
    line: int = 0
    """Where sources.yaml states it."""

    @property
    def page(self) -> str:
        """Where people find the source, as far as sources.yaml tells; '' when it does not."""
        return self.site or without_login(self.url or "")

    @property
    def read_as(self) -> str:
        """Its kind, and a short text that differs when something else does of what it is said to be: with another, its
        posts are read anew. `-` where nothing is said, as of most."""
        said = self.language, self.author, self.tags, self.distrust, self.override, self.site, self.link
        found = said, self.selectors, self.split
        told = blake2b(repr(found).encode(), digest_size=8).hexdigest() if found != NOTHING_SAID else "-"
        return f"{self.kind or '-'} {told}"

    @property
    def allowance(self) -> int | None:
        """How many new posts of one reading are published; None: all of them."""
        return self.max_new if self.max_new is not None or self.path is not None else NEW_AT_ONCE


NOTHING_SAID = (None, None, (), (), Override(), None, None), None, None
"""Of a source, besides its kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    title: str | None = None
    """Of the newsletter; the publication's title where absent."""
    day: int | None = None
    """Day of the month on which the issue of the month before is built; None: only by hand."""
    hour: int = 7
    max_posts: int = 60
    max_per_source: int = 10
    lead: int = 3
    """How many posts open the issue with a longer excerpt."""
    group_by: Literal["source", "tag", "none"] = "source"
    min_posts: int = 1
    intro: str = ""
    approval: bool = True
    """False: a built issue counts as approved."""
    address: str = ""
    """Sender and contact address, shown in the footer."""
    theme: str | None = None
    """Folder of templates/themes/ whose templates come before the others."""
    images: bool = False
    """True: the posts that open the issue show their picture, fetched once and served with the issue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dkim:
    """How mails are signed (RFC 6376); by the relay, where there is none."""

    selector: str
    domain: str | None = None
    """The sender's, where absent."""
    key: str = "AGGREGATOR_DKIM"
    """Name of the environment variable that holds the private key (PEM); with _FILE, the path of its file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    sender: Person
    reply_to: str | None = None
    list_id: str | None = None
    unsubscribe: str | None = None
    """mailto: or https: address; {token} and {address} are filled in."""
    unsubscribe_by_mail: str | None = None
    """mailto: address beside an https: one."""
    smtp: str = "AGGREGATOR_SMTP"
    """Name of the environment variable that holds smtp://user:password@host:port."""
    connections: int = 4
    """At once, to the mail server."""
    per_minute: int | None = None
    """Mails at most, in all."""
    per_domain_per_minute: int | None = None
    """Mails at most, to readers at one domain."""
    dkim: Dkim | None = None
    confirm: str | None = None
    """https: address at which a newcomer confirms; {token} is filled in. By reply only, where absent."""
    hard_bounces: int = 2
    """Of so many issues a mail must have come back for good before its reader gets nothing more."""
    listmonk_lists: tuple[int, ...] = ()
    """Numbers of the lists that a draft campaign is for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    publication: Publication
    network: Network = Network()
    store: str = "sqlite:///state/aggregator.db"
    sources: tuple[Source, ...]
    corrections: tuple[Correction, ...] = ()
    digest: Digest = Digest()
    mail: Mail | None = None
    file: Path = Path("sources.yaml")

    @property
    def folder(self) -> Path:
        """Relative paths, out/ and state/ start here."""
        return self.file.parent

    @property
    def out(self) -> Path:
        return self.folder / "out"


def host_of(source: Source) -> str:
    """What is visited by one source at a time: a host and port, or the disk."""
    return urlsplit(without_login(source.url)).netloc.lower() if source.url else ""


def without_login(text: str) -> str:
    """`text` without the names and passwords that addresses in it carry: they are shown nowhere."""
    return LOGIN.sub("://", text)
