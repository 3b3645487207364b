"""What sending needs before it begins: a sender, a secret, and an issue that may be sent."""

from __future__ import annotations

from aggregator.model import Issue, IssueState
from aggregator.send.server import SendError, UnsuitableError
from aggregator.send.tokens import KeyUnusableError, key_of
from aggregator.settings import Mail, Settings
from aggregator.store import Refused, Store, issues
from aggregator.store.addresses import identity_of


def issue_of(store: Store, name: str) -> Issue:
    issue = issues.load(store, name)
    if issue is None:
        raise Refused(f"There is no issue {name}; `aggregator digest list` shows those there are.")
    return issue


def sendable(store: Store, name: str, *states: IssueState) -> Issue:
    """The issue, which is in one of `states`. Raises Refused."""
    issue = issue_of(store, name)
    if issue.state == "sent":
        raise Refused(f"Issue {name} is sent: everybody was seen to, and nobody gets it twice.")
    if issue.state not in states:
        raise Refused(f"Issue {name} is {issue.state}; it has to be approved to be sent.")
    return issue


def secret_of(settings: Settings) -> bytes:
    try:
        return key_of(settings.folder)
    except KeyUnusableError as error:
        raise SendError(str(error)) from error


def mail_of(settings: Settings) -> Mail:
    """The mail settings. Raises SendError when sources.yaml has none that can be used."""
    mail = settings.mail
    if mail is None or not mail.sender.email:
        raise UnsuitableError("sources.yaml names no sender; add `mail:` with `from: {name: ..., email: ...}`.")
    if identity_of(mail.sender.email) is None:
        raise UnsuitableError(f"The sender in sources.yaml, {mail.sender.email!r}, is no mail address.")
    return mail
