"""Sending to a real mail server that refuses, defers, breaks off and goes silent: at most one mail each, and a reason."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from aggregator.digest.message import mails_of, message_id
from aggregator.model import Issue, IssueItem
from aggregator.send.journal import Journal
from aggregator.send.one_mail import send_test
from aggregator.send.sending import Sent, send_issue
from aggregator.send.server import SendError, server_from
from aggregator.send.smtp_commands import dotted
from aggregator.send.tokens import KeyUnusableError, key_of, stands_for, token_for
from aggregator.settings import Mail, Person, Publication, Settings
from aggregator.store import Refused, Store, claiming, issues, open_store, outbox
from aggregator.store.subscribers import Newcomer, add, remove
from tests.send.faulty import DROP, a_server, at
from tests.store.build import ON_SQLITE

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
URL = "sqlite:///state/aggregator.db"


class Mailroom:
    """What the server took, by recipient; refuses and defers those whose names say so."""

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()
        self.bodies: list[bytes] = []

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address.startswith("weg"):
            return "550 no such mailbox"
        if address.startswith("later"):
            return "451 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if envelope.rcpt_tos[0].startswith("vol"):
            return "552 mailbox full"
        self.taken[envelope.rcpt_tos[0]] += 1
        self.bodies.append(envelope.content)
        return "250 taken"


@pytest.fixture
def mailroom(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailroom]:
    room = Mailroom()
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    listener.close()
    controller = Controller(room, hostname="127.0.0.1", port=port)
    controller.start()
    monkeypatch.setenv("AGGREGATOR_SMTP", f"smtp://127.0.0.1:{port}")
    yield room
    controller.stop()


def a_setting(folder: Path) -> Settings:
    return Settings(
        publication=Publication(title="Klantenpost", url="https://example.org/", author=Person(name="Redactie")),
        sources=(),
        mail=Mail(
            sender=Person(name="Redactie", email="redactie@example.org"), unsubscribe="https://example.org/u/{token}"
        ),
        file=folder / "sources.yaml",
    )


def approved(store: Store, *addresses: str) -> None:
    an_issue_at(store, "2026-10")
    add(store, [Newcomer(address) for address in addresses], NOW)


def an_issue_at(store: Store, name: str) -> None:
    item = IssueItem(name * 4, "Titel", "https://x.example/", "Blog", (), NOW, "Tekst.", "nl", 1)
    start, end = NOW - timedelta(days=30), NOW
    issue = Issue(name, "built", start, end, (item,), subject="Oktober", html="<p>Hallo</p>", text="Hallo\n.punt\n")
    issues.save_built(store, issue, NOW)
    issues.note_to_show(store, ())  # its files are nobody's concern here
    issues.approve(store, name, NOW)


def send(folder: Path, store: Store, **more: Any) -> Sent:
    return send_issue(
        a_setting(folder), store, more.pop("name", "2026-10"), more.pop("now", NOW), mails_of, message_id, **more
    )


def test_everybody_gets_one_mail_and_who_does_not_is_named(tmp_path: Path, mailroom: Mailroom) -> None:
    with open_store(URL, tmp_path) as store:
        approved(store, "anna@x.example", "weg@x.example", "later@x.example", "vol@x.example", "bart@x.example")
        sent = send(tmp_path, store)
        assert (sent.accepted, sent.refused, sent.deferred, sent.uncertain) == (2, 2, 1, 0)
        assert mailroom.taken == {"anna@x.example": 1, "bart@x.example": 1}
        assert any("550 no such mailbox" in line for line in sent.problems)
        again = send(tmp_path, store)
        assert (again.accepted, mailroom.taken.total()) == (2, 2), "nobody gets a second mail"
        later = send(tmp_path, store, now=NOW + timedelta(hours=1))
        assert later.deferred == 1
    assert b"\n.punt" in mailroom.bodies[0].replace(b"\r", b"")


def test_a_finished_issue_is_sent_and_cannot_be_sent_again(tmp_path: Path, mailroom: Mailroom) -> None:
    with open_store(URL, tmp_path) as store:
        approved(store, "anna@x.example")
        send(tmp_path, store)
        found = issues.load(store, "2026-10")
        assert found is not None
        assert found.state == "sent"
        with pytest.raises(Refused):
            send(tmp_path, store)


def test_who_unsubscribed_in_between_gets_nothing(tmp_path: Path, mailroom: Mailroom) -> None:
    with open_store(URL, tmp_path) as store:
        approved(store, "anna@x.example", "bart@x.example", "carla@x.example")
        send(tmp_path, store, limit=1)
        remove(store, "bart@x.example", "asked to", NOW)
        sent = send(tmp_path, store)
        assert (sent.accepted, sent.skipped) == (2, 1)
        assert "bart@x.example" not in mailroom.taken


def test_only_an_approved_issue_is_sent(tmp_path: Path, mailroom: Mailroom) -> None:
    with open_store(URL, tmp_path) as store:
        approved(store, "anna@x.example")
        issues.drop(store, "2026-10", NOW)
        with pytest.raises(Refused):
            send(tmp_path, store)
        assert mailroom.taken.total() == 0


@contextmanager
def scripted(monkeypatch: pytest.MonkeyPatch, after_data: Callable[[socket.socket], None]) -> Iterator[list[bytes]]:
    """A server that speaks SMTP up to the final dot, and then does as it is told; what it took of each message."""
    listener = socket.create_server(("127.0.0.1", 0))
    taken: list[bytes] = []

    def talk() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            with client, client.makefile("rb") as lines:
                client.sendall(b"220 ready\r\n")
                for line in lines:
                    if line.upper().startswith(b"DATA"):
                        client.sendall(b"354 go on\r\n")
                        body = b"".join(iter(lines.readline, b".\r\n"))
                        taken.append(body)
                        after_data(client)
                        break
                    client.sendall(b"250 OK\r\n" if not line.upper().startswith(b"QUIT") else b"221 bye\r\n")

    threading.Thread(target=talk, daemon=True).start()
    monkeypatch.setenv("AGGREGATOR_SMTP", f"smtp://127.0.0.1:{listener.getsockname()[1]}")
    yield taken
    listener.close()


def test_a_line_that_breaks_after_the_message_leaves_it_uncertain_until_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_store(URL, tmp_path) as store:
        approved(store, "anna@x.example")
        with scripted(monkeypatch, lambda client: None) as taken:
            first = send(tmp_path, store)
            assert (first.uncertain, first.accepted, len(taken)) == (1, 0, 1)
            second = send(tmp_path, store)
            assert (second.uncertain, len(taken)) == (1, 1), "it is not sent again unasked"
        with scripted(monkeypatch, lambda client: client.sendall(b"250 taken\r\n")) as taken:
            third = send(tmp_path, store, resolve="resend")
            assert (third.uncertain, third.accepted, len(taken)) == (0, 1, 1)


def test_a_server_that_is_not_there_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGGREGATOR_SMTP", "smtp://anna:geheim@127.0.0.1:1")
    with open_store(URL, tmp_path) as store:
        approved(store, "anna@x.example")
        with pytest.raises(SendError, match="failed at connecting") as caught:
            send(tmp_path, store)
        assert "geheim" not in str(caught.value)
        assert sum(outbox.counts(store, "2026-10").values()) == 0, "nothing has begun"


@ON_SQLITE  # whose backup is a file
def test_a_store_from_a_backup_does_not_send_twice(tmp_path: Path, mailroom: Mailroom) -> None:
    with open_store(URL, tmp_path) as store:
        approved(store, "anna@x.example")
    backup = (tmp_path / "state" / "aggregator.db").read_bytes()
    with open_store(URL, tmp_path) as store:
        send(tmp_path, store)
    for file in (tmp_path / "state").glob("aggregator.db*"):
        file.unlink()
    (tmp_path / "state" / "aggregator.db").write_bytes(backup)
    with open_store(URL, tmp_path) as store:
        sent = send(tmp_path, store)
        assert (sent.accepted, sent.uncertain, mailroom.taken.total()) == (1, 0, 1)
        assert "backup" in sent.problems[0]


@ON_SQLITE  # whose backup is a file
def test_a_decision_on_mails_in_doubt_is_no_decision_on_those_the_store_forgot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses = ("anna@x.example", "bart@x.example")
    with open_store(URL, tmp_path) as store:
        approved(store, *addresses)
    backup = (tmp_path / "state" / "aggregator.db").read_bytes()
    with a_server(at("dot", DROP, "bart")) as server:
        monkeypatch.setenv("AGGREGATOR_SMTP", f"smtp://127.0.0.1:{server.port}")
        with open_store(URL, tmp_path) as store:
            assert send(tmp_path, store).uncertain == 1
        for file in (tmp_path / "state").glob("aggregator.db*"):
            file.unlink()
        (tmp_path / "state" / "aggregator.db").write_bytes(backup)
        with open_store(URL, tmp_path) as store:
            sent = send(tmp_path, store, resolve="resend")
            assert (sent.accepted, sent.uncertain) == (1, 1)
            assert dict(server.got) == {"anna@x.example": 1, "bart@x.example": 1}
    with a_server() as server, open_store(URL, tmp_path) as store:
        monkeypatch.setenv("AGGREGATOR_SMTP", f"smtp://127.0.0.1:{server.port}")
        assert send(tmp_path, store, resolve="resend").accepted == 2
        assert dict(server.got) == {"bart@x.example": 1}


def test_a_reply_that_only_the_journal_kept_is_believed(tmp_path: Path, mailroom: Mailroom) -> None:
    with open_store(URL, tmp_path) as store:
        approved(store, "anna@x.example", "bart@x.example")
        outbox.prepare(store, "2026-10", lambda identity: identity, NOW)
        claimed = claiming.claim(store, "2026-10", NOW, 2)
        with Journal(tmp_path, "2026-10", NOW) as journal:
            journal.note([one.identity for one in claimed], "given")
            journal.note(["anna@x.example"], "accepted")
        outbox.let_go(store, claimed)  # as the end of its process does
        sent = send(tmp_path, store)
        assert (sent.accepted, sent.uncertain, mailroom.taken.total()) == (1, 1, 0)


def test_a_line_that_a_kill_left_half_written_costs_no_other(tmp_path: Path) -> None:
    with Journal(tmp_path, "2026-10", NOW) as journal:
        journal.note(["anna@x.example"], "accepted")
        path = journal.path
    path.write_bytes(path.read_bytes() + b'{"who": "half a li')
    with Journal(tmp_path, "2026-10", NOW) as journal:
        journal.note(["bart@x.example"], "claimed")
    with Journal(tmp_path, "2026-10", NOW) as journal:
        assert (journal.said("anna@x.example"), journal.said("bart@x.example")) == ("accepted", "claimed")
    assert b"anna" not in path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0


KILLED = """
import sys
from pathlib import Path
from datetime import datetime
from aggregator.store import open_store
from tests.send.test_send_issue import send, URL
folder = Path(sys.argv[1])
with open_store(URL, folder) as store:
    send(folder, store)
"""


def test_killed_at_any_instant_nobody_gets_two_and_everybody_is_accounted_for(
    tmp_path: Path, mailroom: Mailroom
) -> None:
    addresses = [f"lezer{number}@x.example" for number in range(40)]
    with open_store(URL, tmp_path) as store:
        approved(store, *addresses)
    root = Path(__file__).parents[2]
    for place in range(8):
        process = subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)], cwd=root, env=os.environ.copy())
        try:
            process.wait(timeout=0.35 + 0.07 * place)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
    with open_store(URL, tmp_path) as store:
        found = issues.load(store, "2026-10")
        assert found is not None
        if found.state != "sent":
            send(tmp_path, store)
        counts = outbox.counts(store, "2026-10")
    assert max(mailroom.taken.values()) == 1
    assert counts["accepted"] + counts["uncertain"] == len(addresses)
    assert mailroom.taken.total() >= counts["accepted"]


def test_one_copy_to_look_at_changes_nothing(tmp_path: Path, mailroom: Mailroom) -> None:
    with open_store(URL, tmp_path) as store:
        approved(store, "anna@x.example")
        issue = issues.load(store, "2026-10")
        assert issue is not None
        assert "250 taken" in tried(tmp_path, store, issue, "redactie@example.org", NOW)
        assert b"Subject: [TEST] Oktober" in mailroom.bodies[0]
        assert outbox.counts(store, "2026-10")["pending"] == 0
        with pytest.raises(SendError, match="550"):
            tried(tmp_path, store, issue, "weg@example.org", NOW)


def tried(folder: Path, store: Store, issue: Issue, address: str, now: datetime) -> str:
    return send_test(a_setting(folder), store, issue, address, now, mails_of, message_id)


def test_a_mailbox_that_drops_what_it_has_seen_shows_each_copy_and_the_issue(
    tmp_path: Path, mailroom: Mailroom
) -> None:
    with open_store(URL, tmp_path) as store:
        approved(store, "anna@x.example")
        issue = issues.load(store, "2026-10")
        assert issue is not None
        for moment in (NOW, NOW + timedelta(seconds=1)):
            tried(tmp_path, store, issue, "anna@x.example", moment)
        send(tmp_path, store)
        recorded = outbox.recipients(store, "2026-10")[0].message_id
    found = [message_from_bytes(body)["Message-ID"] for body in mailroom.bodies]
    assert len(set(found)) == 3
    assert found[2] == recorded


def test_nobody_can_tell_the_message_id_of_a_mail_they_did_not_get(tmp_path: Path, mailroom: Mailroom) -> None:
    found = set()
    for place in ("one", "other"):  # all the same but for the secret
        (tmp_path / place).mkdir()
        with open_store(URL, tmp_path / place) as store:
            approved(store, "anna@x.example")
            send(tmp_path / place, store)
            found.add(outbox.recipients(store, "2026-10")[0].message_id)
    assert len(found) == 2


SERVERS = {
    "smtp://mail.example": ("mail.example", 587, "starttls"),
    "smtp://mail.example:25": ("mail.example", 25, "starttls"),
    "smtps://mail.example": ("mail.example", 465, "implicit"),
    "smtp://127.0.0.1:2525": ("127.0.0.1", 2525, "none"),
    "smtp+plain://relay.example": ("relay.example", 25, "none"),
}


@pytest.mark.parametrize("value", SERVERS)
def test_the_server_is_read_from_the_environment(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGGREGATOR_SMTP", value)
    server = server_from("AGGREGATOR_SMTP")
    assert (server.host, server.port, server.tls) == SERVERS[value]


@pytest.mark.parametrize(
    "value", ["", "mail.example", "http://mail.example", "smtp://", "smtp://x:y:z", "smtp://mail.example:465"]
)
def test_a_server_that_is_not_named_right_is_refused(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGGREGATOR_SMTP", value)
    with pytest.raises(SendError, match="AGGREGATOR_SMTP"):
        server_from("AGGREGATOR_SMTP")


def test_a_token_stands_for_one_reader_and_cannot_be_made_up(tmp_path: Path) -> None:
    key = key_of(tmp_path)
    token = token_for("anna@x.example", key)
    assert stands_for(token, "anna@x.example", key, "unsubscribe")
    assert "anna" not in token
    assert key_of(tmp_path) == key
    assert (tmp_path / "state" / "token.key").stat().st_mode & 0o077 == 0
    assert not stands_for(token, "anna@x.example", key, "confirm")
    assert not stands_for(token, "bart@x.example", key, "unsubscribe")
    for wrong in (token[:-1], token + "A", "", "x" * 40, "é" * 24, token_for("anna@x.example", b"other")):
        assert not stands_for(wrong, "anna@x.example", key, "unsubscribe")


def test_a_secret_from_the_environment_is_used_and_a_short_one_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGGREGATOR_TOKEN_KEY", "a secret of a decent length")
    assert key_of(tmp_path) == b"a secret of a decent length"
    assert not (tmp_path / "state" / "token.key").exists()
    monkeypatch.setenv("AGGREGATOR_TOKEN_KEY", "short")
    with pytest.raises(KeyUnusableError, match="AGGREGATOR_TOKEN_KEY"):
        key_of(tmp_path)
    monkeypatch.delenv("AGGREGATOR_TOKEN_KEY")
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "token.key").write_bytes(b"")
    with pytest.raises(KeyUnusableError, match=r"token\.key"):
        key_of(tmp_path)


def test_dots_at_the_start_of_a_line_survive_the_wire() -> None:
    assert dotted(b"a\r\n.b\r\n") == b"a\r\n..b\r\n.\r\n"
