"""What sources.yaml says of the newsletter and of how it is mailed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from aggregator.settings_publication import Person


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
