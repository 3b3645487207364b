"""The types that flow through the house, top to bottom: frozen, typed, and ignorant of every room.

Source (settings.py) -> Fetched -> RawFeed of RawPosts -> Post -> Verdict -> StoredPost -> Issue.
Every datetime here is aware; every URL is absolute unless a comment says otherwise.
"""

from __future__ import annotations

import copyreg
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from operator import attrgetter
from typing import Any, Literal, ParamSpec, Protocol, TypeVar

# --- what fetch/ gives -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Validators:
    """ETag and Last-Modified as the server spelt them, always kept and replaced together (RFC 9110, 8.8)."""

    etag: str | None = None
    last_modified: str | None = None

    def __bool__(self) -> bool:
        return bool(self.etag or self.last_modified)


@dataclass(frozen=True, slots=True)
class Resource:
    """What is remembered of one URL that was read: enough to ask for it conditionally."""

    url: str
    validators: Validators = Validators()
    body_hash: str = ""
    stored_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """A body that arrived whole. `url` is what was asked, `final_url` where it was found."""

    url: str
    final_url: str
    body: bytes
    content_type: str = ""
    validators: Validators = Validators()
    body_hash: str = ""
    permanent_url: str | None = None
    """Where every hop of the way was a 301 or 308: the address to use from now on."""
    fresh_for: int | None = None
    """Seconds the server calls this body fresh (Cache-Control, Expires); None where it says nothing."""
    document_path: str | None = None
    """For documents on disk: the path relative to the configuration's folder."""


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The server said 304, or sent the same bytes again. Validators are those to use next time."""

    url: str
    validators: Validators = Validators()
    fresh_for: int | None = None
    permanent_url: str | None = None
    body_hash: str = ""
    """Of the body, where it was sent again; '' for a 304."""


HealthState = Literal[
    "ok",
    "unchanged",
    "moved",
    "throttled",
    "blocked",
    "malformed-but-read",
    "empty",
    "html-instead-of-feed",
    "silent-too-long",
    "unreachable",
    "gone",
]


@dataclass(frozen=True, slots=True)
class Problem:
    """Why nothing could be read, as a state and one sentence that an operator can act on."""

    state: HealthState
    sentence: str
    url: str = ""
    status: int | None = None
    retry_at: datetime | None = None
    left_alone: bool = False
    """Nothing was asked for, as something else of the host was answered with a request for rest."""


Answer = Fetched | Unchanged | Problem
Purpose = Literal["feed", "page", "article", "probe", "image"]
"""What a request is for: it decides Accept, robots.txt and the limits. A probe is a guess at a usual path."""


class Get(Protocol):
    """The one way other rooms reach the outside: handed to them by visiting.py, never imported."""

    async def __call__(self, url: str, purpose: Purpose, known: Resource | None = None) -> Answer: ...


class WorkStoppedError(Exception):
    """Work on foreign bytes was stopped or died; the text says why, without a full stop."""


Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


class Work(Protocol):
    """Runs a function on foreign bytes where it can be stopped. Raises WorkStoppedError."""

    async def __call__(
        self, function: Callable[Parameters, Result], *arguments: Parameters.args, **named: Parameters.kwargs
    ) -> Result: ...


class Make(Protocol):
    """Begins to run a function, in this process or in another; what it gives waits for the result."""

    def __call__(
        self, function: Callable[Parameters, Result], *arguments: Parameters.args, **named: Parameters.kwargs
    ) -> Callable[[], Result]: ...


# --- what parse/ gives -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Enclosure:
    url: str
    media_type: str = ""
    length: int | None = None
    """Bytes."""


@dataclass(frozen=True, slots=True)
class Image:
    url: str
    alt: str = ""


@dataclass(frozen=True, slots=True)
class RawPost:
    """One post as the source tells it: strings unrepaired, HTML unclean, dates unread."""

    id: str | None = None
    """The source's own id, byte for byte (guid, atom:id, JSON Feed id); never resolved against a base."""
    link: str | None = None
    title: str | None = None
    """Markup and entities as the source's format left them after one decoding."""
    authors: tuple[str, ...] = ()
    contributors: tuple[str, ...] = ()
    published: str | None = None
    updated: str | None = None
    content: str | None = None
    """HTML."""
    summary: str | None = None
    """HTML."""
    whole: bool = True
    """False for an excerpt or a bare link: the article page completes it."""
    base: str = ""
    """What relative links in this post are relative to; '' means the link of the post."""
    language: str | None = None
    tags: tuple[str, ...] = ()
    image: Image | None = None
    enclosures: tuple[Enclosure, ...] = ()
    comments: str | None = None
    rights: str | None = None
    canonical: str | None = None
    """rel=canonical, og:url, feedburner:origLink: what the source says is this post's true address."""
    external: str | None = None
    """The page elsewhere that a link post is about; `link` is the post's own page."""
    via: tuple[str, ...] = ()
    """Addresses the source itself names as where the post came from (atom:source, rel=via)."""
    position: int = 0
    """Place in the document it came from, newest first: orders posts without dates."""


@dataclass(frozen=True, slots=True)
class Sketch:
    """What is kept of a text to find its copies by, and to rule out most of what is found without reading it."""

    fingerprint: tuple[int, ...] = ()
    """A few hashes: texts that share many words share some."""
    outline: bytes = b""
    """What fits in memory of very many texts, and rules out nearly all that are no copies."""
    sample: bytes = b""
    """Checksums of its shingles, and whether its post credits another: rules out nearly all of the rest."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A raw post made ready to be kept, in the process that parsed it; its post is None where it is known as it is."""

    raw_hash: str
    post: Post | None = None
    content_hash: str = ""
    text_hash: str = ""
    sketch: Sketch = Sketch()
    addresses: tuple[str, ...] = ()
    """In the form in which addresses are compared."""


@dataclass(frozen=True, slots=True)
class Imprint:
    """What is remembered of an entry of a feed, under a hash of its bytes: all that a later reading asks of it while
    they are the same."""

    raw_hash: str
    id: str | None
    link: str | None
    published: str | None


@dataclass(frozen=True, slots=True)
class RawFeed:
    """What one reading of a source gave: its posts in the order of the document, and what it says of itself."""

    posts: tuple[RawPost, ...] = ()
    title: str | None = None
    link: str | None = None
    """The page people read."""
    id: str | None = None
    language: str | None = None
    authors: tuple[str, ...] = ()
    updated: str | None = None
    rights: str | None = None
    icon: str | None = None
    format: str = ""
    """'rss20', 'atom10', 'json1', 'page', 'listing', 'links', 'documents' ...: how it was read."""
    hub: str | None = None
    minutes_to_live: int | None = None
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    """What was wrong and repaired, a sentence each. Not empty means malformed-but-read."""
    ready: Mapping[int, Ready] = field(default_factory=dict)
    """By position, the posts that were made ready where they were parsed; without their HTML in `posts`."""
    doubts: tuple[str, ...] = ()
    """What of it cannot be relied on, a sentence each, though it was well-formed: ids that are missing or shared."""
    next_page: str | None = None
    """Where the list goes on with older posts, on the same host."""
    stamps: Mapping[int, str] = field(default_factory=dict)
    """By position, hashes of the entries' bytes, where these were asked for and the format has them."""
    imprints: Mapping[str, Imprint] = field(default_factory=dict)
    """By stamp, what is to be remembered of the entries; nothing where it is what was remembered before."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What the store remembers of a source before it is read again; empty for one never read."""

    resources: Mapping[str, Resource] = field(default_factory=dict)
    """By URL, as asked."""
    resolved_url: str | None = None
    """The feed or page that discovery settled on, or where the source moved for good."""
    resolved_kind: str | None = None
    """'feed', 'page' (posts whole on it), 'listing' (posts listed) or 'links' (that only look like articles)."""
    configured_url: str | None = None
    """The address that sources.yaml gave then: another one is looked at anew."""
    set_aside: Mapping[str, str] = field(default_factory=dict)
    """Links that were tried and are no posts, with the reason: not tried again."""
    post_count: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """The outcome of reading a source once. `feed` is None when nothing changed or nothing could be read."""

    feed: RawFeed | None = None
    unchanged: bool = False
    problem: Problem | None = None
    resources: tuple[Resource, ...] = ()
    """To be stored with the posts, in the same transaction, never before."""
    resolved_url: str | None = None
    resolved_kind: str | None = None
    moved_to: str | None = None
    fresh_for: int | None = None
    found: tuple[str, ...] = ()
    """How discovery came to its choice, a sentence each; for `sources add`, `sources check` and explain."""


# --- what normalise/ and dedupe/ give ----------------------------------------------------------

DatedBy = Literal["published", "updated", "page", "first-seen"]
ToldBy = Literal["id", "link", "title"]
"""What the posts of a source are told apart by."""


@dataclass(frozen=True, slots=True)
class Post:
    """A clean post: plain-text title, sanitised HTML, absolute links, aware dates. Safe to show."""

    source: str
    """The source's name in sources.yaml."""
    key: str
    """Identity within the source: its id, else its link, else its title; see dedupe/identity.py."""
    link: str
    title: str
    authors: tuple[str, ...] = ()
    contributors: tuple[str, ...] = ()
    published: datetime | None = None
    """With the offset the source stated; None where it states no usable date."""
    updated: datetime | None = None
    content: str = ""
    """Sanitised HTML."""
    text: str = ""
    """The content's plain text, white space folded."""
    excerpt: str = ""
    """Plain text that ends at a sentence, at most about 280 characters."""
    whole: bool = True
    language: str = "und"
    tags: tuple[str, ...] = ()
    image: Image | None = None
    enclosures: tuple[Enclosure, ...] = ()
    comments: str | None = None
    rights: str | None = None
    canonical: str | None = None
    external: str | None = None
    """The page elsewhere that a link post is about."""
    via: tuple[str, ...] = ()
    credits: tuple[str, ...] = ()
    """Hosts or URLs that a credit line in the text names ("met dank aan ...", "bron: ...")."""
    reading_minutes: int = 0
    position: int = 0
    raw_id: str | None = None
    remarks: tuple[str, ...] = ()
    """What normalising repaired or doubted, a sentence each."""


VerdictKind = Literal["new", "edited", "rekeyed", "copy", "original", "held", "excluded", "known"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided about one post, and why, in a sentence that `explain` prints."""

    kind: VerdictKind
    reason: str
    of: str | None = None
    """Id of the stored post that this one is a copy of, or the same as."""


@dataclass(frozen=True, slots=True)
class StoredPost:
    """A post as the store holds it."""

    id: str
    """32 hexadecimal digits, from the source's name and the key at first sight; never changes."""
    post: Post
    first_seen: datetime
    date: datetime
    """What orders it: published, else updated, else first sight, frozen."""
    dated_by: DatedBy
    raw_hash: str = ""
    """Of the RawPost: equal means there is nothing to do."""
    content_hash: str = ""
    """Of the clean post: differs means it was edited."""
    revised: datetime | None = None
    """When we last saw its content change; None while it never did."""
    copy_of: str | None = None
    """Id of the original, when this is a copy that is named there instead of being published."""
    held: str | None = None
    """Why it waits, when it is held back."""
    entry_id: str | None = None
    """The atom:id it was published under; frozen at first publication."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One published entry: the original, and the copies that are named under it."""

    id: str
    """atom:id, an absolute IRI."""
    stored: StoredPost
    source_title: str
    source_link: str
    copies: tuple[StoredPost, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceState:
    """What is known of a source: for status, pages, OPML and atom:source."""

    name: str
    title: str = ""
    link: str = ""
    feed_url: str = ""
    feed_id: str = ""
    kind: str = ""
    format: str = ""
    icon: str | None = None
    rights: str | None = None
    authors: tuple[str, ...] = ()
    language: str | None = None
    updated: datetime | None = None
    state: HealthState = "ok"
    since: datetime | None = None
    sentence: str = ""
    next_check: datetime | None = None
    last_checked: datetime | None = None
    post_count: int = 0
    newest: datetime | None = None
    failures: int = 0
    """In a row."""
    rhythm: float | None = None
    """Seconds between two posts, usually."""
    moved_to: str | None = None
    """Where a permanent redirect leads, and since when; whether it is proposed is up to how long it holds."""
    moved_since: datetime | None = None
    configured_url: str | None = None
    told_by: ToldBy = "id"
    told_by_reason: str = ""
    """Why that is not its ids; '' while it is."""
    read_as: str | None = None
    """What sources.yaml said it is when it was read last: see settings.py. None where that was not noted yet."""


# --- what run.py reports -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one source fared in one run."""

    source: str
    state: HealthState
    sentence: str = ""
    new: int = 0
    edited: int = 0
    copies: int = 0
    held: int = 0
    over_allowance: int = 0
    """New posts that are held back for their number alone."""
    failed: bool = False
    changed: bool = True
    """Whether the state is another than after the reading before: a thing is said once, not every hour."""
    verdicts: tuple[tuple[str, Verdict], ...] = ()
    told: str = ""
    """What the operator is to hear of, once, whatever the state."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a run did: printed on a terminal or as JSON, and turned into the exit status."""

    outcomes: tuple[Outcome, ...] = ()
    written: tuple[str, ...] = ()
    """Paths under out/ that were replaced."""
    issues: tuple[str, ...] = ()
    """Newsletter issues that were built."""
    warnings: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    """Paths under out/ that stand as they were, because they could not be made."""
    stopped: str = ""
    """Why the sources were read and the rest was not done: out/ or the store cannot be written, for one."""


# --- what digest/ and send/ work on ------------------------------------------------------------

IssueState = Literal["draft", "built", "approved", "sending", "sent", "stopped", "dropped"]


@dataclass(frozen=True, slots=True)
class Picture:
    """An image that goes with an issue: fetched, checked, made anew and served with it."""

    url: str
    """Where it is served: below the publication's URL."""
    width: int
    height: int
    alt: str
    original: str
    """Where it was fetched."""


@dataclass(frozen=True, slots=True)
class IssueItem:
    """One post of an issue, or one that was left out; plain values, frozen when the issue is built."""

    post_id: str
    title: str
    link: str
    source: str
    authors: tuple[str, ...]
    date: datetime
    excerpt: str
    language: str
    reading_minutes: int
    undated: bool = False
    """The date is when it was first seen."""
    image: Image | None = None
    copies: tuple[str, ...] = ()
    note: str = ""
    lead: bool = False
    left_out: str = ""
    """Why it is not in the issue; '' when it is."""
    for_good: bool = False
    """Left out by the editor: no later issue takes it by itself."""
    tags: tuple[str, ...] = ()
    source_link: str = ""
    picture: Picture | None = None


@dataclass(frozen=True, slots=True)
class Issue:
    """One newsletter: `name` is the month it covers, as YYYY-MM."""

    name: str
    state: IssueState
    start: datetime
    end: datetime
    """Exclusive."""
    items: tuple[IssueItem, ...] = ()
    left_out: tuple[IssueItem, ...] = ()
    subject: str = ""
    preheader: str = ""
    intro: str = ""
    number: int = 0
    hash: str = ""
    """SHA-256 of what is frozen; '' while a draft."""
    html: str = ""
    text: str = ""
    since: datetime | None = None
    """Where it was built with --since: it holds what is dated from then on."""
    past: tuple[tuple[str, int], ...] = ()
    """By source, how many posts no issue takes by itself: they were old when the source was first read."""
    newcomers: tuple[tuple[str, str], ...] = ()
    """Name and link of the sources that were first read since the issue before."""
    edited: str = ""
    """A mark of what the editor's file said when it was built."""


# --- what the store tells dedupe ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class KnownPost:
    """As much of a stored post as deciding whether a post is new needs."""

    id: str
    key: str
    keys: tuple[str, ...]
    """Every key it was ever known by, `key` included."""
    link: str
    title: str
    raw_hash: str
    content_hash: str
    text_hash: str
    date: datetime
    dated_by: DatedBy
    first_seen: datetime
    held: str | None = None


# --- how posts travel from the process that made them -------------------------------------------


def travels_by_place(kind: type[Any]) -> None:
    """Have pickle send the fields of `kind` in their order: dataclasses look each up by name, at both ends."""
    values = attrgetter(*(item.name for item in fields(kind)))
    copyreg.pickle(kind, lambda one: (kind, values(one)))


for travelling in (RawFeed, RawPost, Ready, Sketch, Post, Image, Enclosure):
    travels_by_place(travelling)
