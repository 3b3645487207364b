"""One mail outside the outbox: a copy to try an issue, and the mail that a newcomer confirms with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from aggregator.model import Issue
from aggregator.send.beforehand import mail_of, secret_of
from aggregator.send.conversation import Delivery
from aggregator.send.sending import Compose, Identify, server_for
from aggregator.send.server import SendError, UnsuitableError
from aggregator.send.smtp import Line, at_once
from aggregator.send.tokens import token_for
from aggregator.settings import Mail, Settings
from aggregator.store import Store, links
from aggregator.store.addresses import identity_of


def send_test(
    settings: Settings,
    store: Store,
    issue: Issue,
    address: str,
    now: datetime,
    compose: Compose,
    identify: Identify,
) -> str:
    """Send one copy to `address`, outside the outbox; the server's reply. Raises SendError when it was not taken.

    Its link to unsubscribe works. Its Message-ID is its own: mailboxes drop a mail whose Message-ID they have seen, and
    would then show neither the next copy nor the issue itself (https://github.com/jstedfast/MailKit/issues/181).
    """
    identity = identity_of(address)
    if identity is None:
        raise UnsuitableError(f"{address!r} is no mail address.")
    trial = compose(replace(issue, subject=f"[TEST] {issue.subject}"), settings, now)
    token = token_for(identity, secret_of(settings))
    with store.transaction():
        links.keep(store, [(token, identity)])
    identifier = identify(issue, settings, f"{token}\n{now.isoformat()}")
    return one_mail(mail_of(settings), address, trial(address.strip(), token, identifier)).reply


def send_one(settings: Settings, store: Store, address: str, compose: Callable[[str], bytes]) -> Delivery:
    """Send the mail that `compose` makes of a token to confirm with: taken, or not wanted of this one only.

    Raises SendError when the server takes none at all.
    """
    identity = identity_of(address) or address
    token = token_for(identity, secret_of(settings), "confirm")
    with store.transaction():
        links.keep(store, [(token, identity)])
    return one_mail(mail_of(settings), address, compose(token), must_arrive=False)


def one_mail(mail: Mail, address: str, message: bytes, *, must_arrive: bool = True) -> Delivery:
    line = Line(server_for(mail))
    try:
        delivery = at_once(line, line.hand_over(mail.sender.email or "", address.strip(), message, lambda: None))
    finally:
        line.close()
    if delivery.state != "accepted" and (must_arrive or delivery.ours):
        raise SendError(f"{address}: {delivery.state}: {delivery.reply}")
    return delivery
