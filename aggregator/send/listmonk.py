"""Handing an issue over to listmonk as a draft campaign (https://listmonk.app/docs/apis/campaigns/)."""

from __future__ import annotations

from datetime import datetime
from email.utils import formataddr
from typing import Any
from urllib.parse import unquote

from aggregator.model import Issue
from aggregator.send.server import SendError, UnsuitableError, parts_of, secret_in
from aggregator.settings import Settings
from aggregator.store import Refused, Store, issues

VARIABLE = "AGGREGATOR_LISTMONK"
SECONDS = 30.0
TEMPLATE = "aggregator: as it is"
"""Of listmonk's templates, the one of ours: a whole page stands in each issue, and none may be put around it."""
ROOM = "{{unsubscribe}}"
LEAVE = "{{ UnsubscribeURL }}"


def hand_over(settings: Settings, store: Store, name: str, now: datetime) -> int:
    """Make a draft campaign of the approved issue, and call it sent: its readers are listmonk's. Its number there.

    A campaign of the same name that is there already, because the program ended before it could note this, is not made
    again. Raises SendError or Refused; the issue stays approved then.
    """
    issue = issues.load(store, name)
    if issue is None or issue.state != "approved":
        state = f"is {issue.state}" if issue else "is not there"
        raise Refused(f"Issue {name} {state}; it has to be approved to be handed over.")
    lists = settings.mail.listmonk_lists if settings.mail else ()
    if not lists:
        raise UnsuitableError("sources.yaml names no lists for the campaign; add `listmonk_lists: [1]` below `mail:`.")
    title = f"{settings.publication.title} {name}"
    with opened() as client:
        there = [one for one in asked(client, "GET", "/api/campaigns?per_page=all&no_body=true")["results"]
                 if one.get("name") == title]  # fmt: skip
        number = int(there[0]["id"]) if there else made(client, settings, issue, title, lists)
    with store.transaction():  # nobody ever sees it being sent, and goes on with that from here
        issues.change_state(store, name, "sending", now, "")
        issues.change_state(store, name, "sent", now, "")
    return number


def made(client: Any, settings: Settings, issue: Issue, title: str, lists: tuple[int, ...]) -> int:
    """The number of a new draft campaign."""
    sender = settings.mail.sender if settings.mail else settings.publication.author
    campaign = {
        "name": title,
        "subject": plain(issue.subject),
        "lists": list(lists),
        "from_email": formataddr((sender.name, sender.email or "")),
        "type": "regular",
        "content_type": "html",
        "body": plain(issue.html),
        "altbody": plain(issue.text),
        "template_id": template(client),
        "messenger": "email",
        "tags": ["aggregator"],
        "headers": [{"Content-Language": settings.publication.language}, {"Auto-Submitted": "auto-generated"}],
    }
    return int(asked(client, "POST", "/api/campaigns", campaign)["id"])


def plain(text: str) -> str:
    """`text` as listmonk's templates leave it: what looks like an instruction in a post is none."""
    return LEAVE.join(piece.replace("{{", '{{ "{{" }}') for piece in text.split(ROOM))


def template(client: Any) -> int:
    """The number of our template, which is made where it is not there."""
    for one in asked(client, "GET", "/api/templates?no_body=true"):
        if one.get("name") == TEMPLATE:
            return int(one["id"])
    body = {"name": TEMPLATE, "type": "campaign", "body": '{{ template "content" . }}'}
    return int(asked(client, "POST", "/api/templates", body)["id"])


def opened() -> Any:
    """A client of the listmonk that the environment variable names: https://user:token@host. Raises SendError."""
    import httpx

    parts = parts_of(secret_in(VARIABLE))
    if parts.scheme not in ("http", "https") or not parts.hostname or not parts.username:
        raise UnsuitableError(
            f"The environment variable {VARIABLE} is not of the form https://user:token@listmonk.example.org."
        )
    port = f":{parts.port}" if parts.port else ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return httpx.Client(
        base_url=f"{parts.scheme}://{host}{port}{parts.path}",
        auth=(unquote(parts.username), unquote(parts.password or "")),
        timeout=SECONDS,
    )


def asked(client: Any, method: str, path: str, body: Any = None) -> Any:
    """What listmonk answers. Raises SendError with its own words."""
    import httpx

    try:
        answer = client.request(method, path, json=body)
        found = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise SendError(f"listmonk at {client.base_url.host}: {error or type(error).__name__}") from None
    if answer.status_code >= 300 or "data" not in found:
        told = found.get("message", "") if isinstance(found, dict) else ""
        raise SendError(f"listmonk at {client.base_url.host} answers {answer.status_code} to {method} {path}: {told}")
    return found["data"]
