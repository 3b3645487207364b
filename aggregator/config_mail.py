"""What is well-formed of `mail` in sources.yaml and still cannot be meant."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aggregator.config_sources import Doubt
from aggregator.settings import Mail

ADDRESS = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+")
LIST_ID = re.compile(r"<?[\w-]+(\.[\w-]+)+>?", re.ASCII)
VARIABLE = re.compile(r"[A-Za-z_]\w*", re.ASCII)


def doubts_about_mail(mail: Mail | None) -> Iterator[Doubt]:
    if mail is None:
        return
    for place, address in ((("from", "email"), mail.sender.email), (("reply_to",), mail.reply_to)):
        if address is not None and not ADDRESS.fullmatch(address):
            yield ("mail", *place), f"{address!r} is no mail address", ""
    if mail.reply_to is not None and not mail.reply_to.rpartition("@")[0].isascii():
        hint = "A header can hold no others (RFC 5322); the domain may have any."
        yield ("mail", "reply_to"), "has letters outside ASCII before its @", hint
    for place, variable in ((("smtp",), mail.smtp), (("dkim", "key"), mail.dkim.key if mail.dkim else "A")):
        if not VARIABLE.fullmatch(variable):
            hint = "Secrets stand in the environment: leave the key out, or name another variable than the usual one."
            yield ("mail", *place), "must be the name of an environment variable", hint
    if mail.list_id is not None and not LIST_ID.fullmatch(mail.list_id):
        yield ("mail", "list_id"), "must be a name with dots, such as klantenpost.example.org", ""
    for key, value, schemes in (
        ("unsubscribe", mail.unsubscribe, ("mailto:", "https://", "http://")),
        ("unsubscribe_by_mail", mail.unsubscribe_by_mail, ("mailto:",)),
        ("confirm", mail.confirm, ("https://", "http://")),
    ):
        if value is not None and not value.startswith(schemes):
            yield ("mail", key), f"{value!r} does not start with {schemes[0]}", ""
        elif value is not None and (told := doubt_about_filling(key, value)):
            yield ("mail", key), told, "Write {token}."


def doubt_about_filling(key: str, pattern: str) -> str:
    """What is wrong with how an address has room for a reader's token; '' where nothing is."""
    known = {"{token}"} if key == "confirm" else {"{token}", "{address}"}
    if unknown := set(re.findall(r"\{[^{}]*\}", pattern)) - known:
        return f"holds {', '.join(sorted(unknown))}, for which nothing is filled in"
    if key == "confirm" and "{token}" not in pattern:
        return "does not hold {token}, so nobody could confirm"
    if pattern.startswith("mailto:") and "{token}" in pattern.partition("body=")[2]:
        return "has its {token} in the body, where it is not looked for: the address and the subject are"
    return ""
