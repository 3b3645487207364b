"""Whatever the mail server does, at whatever phase: at most one mail each, and a truthful word about everyone."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import AuthResult

from aggregator.send import judging, smtp, smtp_session
from aggregator.send.sending import Sent
from aggregator.send.server import SendError, Server
from aggregator.store import issues, open_store, outbox, subscribers
from aggregator.store.issues import list_issues
from tests.fetch.test_fetch_tls_and_memory import CERTIFICATES, certificate
from tests.send.faulty import DROP, Behaviour, a_server, at
from tests.send.test_send_issue import NOW, URL, an_issue_at, approved, send
from tests.store.build import ON_SQLITE

LINES = 4
READERS = ("anna@x.example", "bart@x.example", "carla@x.example", "dirk@x.example")


def outcome(folder: Path, monkeypatch: pytest.MonkeyPatch, behaviour: Behaviour) -> tuple[Sent, dict[str, int], str]:
    """One sending to READERS; who got the message, and the state of the issue after it."""
    with a_server(behaviour) as server, open_store(URL, folder) as store:
        monkeypatch.setenv("AGGREGATOR_SMTP", f"smtp://127.0.0.1:{server.port}")
        approved(store, *READERS)
        sent = send(folder, store)
        assert sum(outbox.counts(store, "2026-10").values()) == len(READERS)
        return sent, dict(server.got), list_issues(store)[0].state


FAULTS = [
    ("MAIL", b"550 5.7.1 you may not\r\n", "deferred", True),
    ("MAIL", b"451 later\r\n", "deferred", True),
    ("MAIL", b"421 too busy\r\n", "deferred", True),
    ("MAIL", b"nonsense\r\n", "deferred", True),
    ("MAIL", DROP, "deferred", True),
    ("RCPT", b"550 5.1.1 nobody\r\n", "refused", False),
    ("RCPT", b"450 4.2.1 greylisted\r\n", "deferred", False),
    ("RCPT", b"550 5.7.1 relaying denied\r\n", "deferred", True),
    ("RCPT", b"530 log in first\r\n", "deferred", True),
    ("RCPT", b"550 5.1.8 no such sender's domain\r\n", "deferred", True),
    ("RCPT", b"550 5.1.0 <redactie@example.org>: Sender address rejected: User unknown\r\n", "deferred", True),
    ("RCPT", b"nonsense\r\n", "deferred", True),
    ("RCPT", DROP, "deferred", True),
    ("DATA", b"451 no room\r\n", "deferred", True),
    ("DATA", b"554 no\r\n", "deferred", True),
    ("DATA", DROP, "deferred", True),
    ("dot", b"452 no room\r\n", "deferred", False),
    ("dot", b"421 going down\r\n", "deferred", False),
    ("dot", b"550 5.2.1 closed\r\n", "refused", False),
    ("dot", b"250 taken\r\n", "accepted", False),
    ("dot", b"251 taken too\r\n", "accepted", False),
    ("dot", b"354 what\r\n", "uncertain", True),
    ("dot", b"nonsense\r\n", "uncertain", True),
    ("dot", b"2" * 9000 + b"\r\n", "uncertain", True),
    ("dot", DROP, "uncertain", True),
]


@pytest.mark.parametrize(("phase", "said", "state", "stops"), FAULTS, ids=lambda value: repr(value)[:24])
def test_what_the_server_says_decides(
    phase: str, said: bytes, state: str, stops: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent, got, stage = outcome(tmp_path, monkeypatch, at(phase, said))
    tried = len(READERS) - sent.pending
    assert getattr(sent, state) == tried
    assert bool(sent.stopped) == stops
    assert tried == (3 if stops else 4)
    assert all(times == 1 for times in got.values())
    assert (sum(got.values()) > 0) == (phase == "dot")
    assert stage == ("stopped" if stops else "sent" if state in ("accepted", "refused") else "sending")


@pytest.mark.parametrize("phase", ["MAIL", "RCPT", "DATA", "dot"])
@pytest.mark.parametrize("said", [b"451 later\r\n", b"421 closing\r\n", b"550 5.1.1 no\r\n", b"nonsense\r\n", DROP])
def test_the_misfortune_of_one_reader_is_no_others(
    phase: str, said: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # MAIL comes before the reader is named: the fault is then at the second mail of the line
    seen: list[str] = []

    def once(here: str, who: str) -> bytes | None:
        if here == "MAIL":
            seen.append(who)
        hit = here == phase and (len(seen) == 2 if phase == "MAIL" else who.startswith("bart"))
        return said if hit else None

    sent, got, _ = outcome(tmp_path, monkeypatch, once)
    assert not sent.stopped
    assert sent.accepted >= 3
    assert sent.accepted + sent.refused + sent.deferred + sent.uncertain == 4
    assert all(times == 1 for times in got.values())
    assert (sent.uncertain == 1) == (phase == "dot" and said in (b"nonsense\r\n", DROP))


BEFORE = [
    ("connect", b"554 go away\r\n"), ("connect", b"421 later\r\n"), ("connect", DROP), ("connect", b"nonsense\r\n"),
    ("EHLO", DROP), ("EHLO", b"550 no\r\n"),
]  # fmt: skip


@pytest.mark.parametrize(("phase", "said"), BEFORE)
def test_where_no_session_comes_about_nobody_is_tried(
    phase: str, said: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with a_server(lambda here, who: said if here in (phase, "HELO") else None) as server:
        monkeypatch.setenv("AGGREGATOR_SMTP", f"smtp://127.0.0.1:{server.port}")
        with open_store(URL, tmp_path) as store:
            approved(store, *READERS)
            with pytest.raises(SendError, match="failed at"):
                send(tmp_path, store)
            assert list_issues(store)[0].state == "approved"
            subscribers.add(store, [subscribers.Newcomer("emma@x.example")], NOW)  # who comes before it begins gets it
    with a_server() as server, open_store(URL, tmp_path) as store:
        monkeypatch.setenv("AGGREGATOR_SMTP", f"smtp://127.0.0.1:{server.port}")
        assert send(tmp_path, store).accepted == 5


def test_logging_in_is_refused_without_telling_the_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    behaviour = {"EHLO": b"250-here\r\n250 AUTH PLAIN\r\n", "AUTH": b"535 geheim! is wrong\r\n"}
    with a_server(lambda phase, who: behaviour.get(phase)) as server, open_store(URL, tmp_path) as store:
        monkeypatch.setenv("AGGREGATOR_SMTP", f"smtp://anna:geheim!@127.0.0.1:{server.port}")
        approved(store, *READERS)
        with pytest.raises(SendError, match="AUTH") as caught:
            send(tmp_path, store)
        assert "geheim" not in str(caught.value)


def test_a_server_without_starttls_gets_no_mail_and_no_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with a_server() as server, open_store(URL, tmp_path) as store:
        monkeypatch.setenv("AGGREGATOR_SMTP", f"smtp://anna:geheim@127.0.0.2:{server.port}")
        monkeypatch.setattr("aggregator.send.smtp.smtplib.SMTP._get_socket", lambda self, host, port, timeout: (
            __import__("socket").create_connection(("127.0.0.1", port), timeout)))  # fmt: skip
        approved(store, *READERS)
        with pytest.raises(SendError, match="STARTTLS"):
            send(tmp_path, store)
        assert not [line for line in server.commands if line.startswith(("AUTH", "MAIL"))]


@ON_SQLITE
@pytest.mark.parametrize("tls", ["implicit", "starttls"])
@pytest.mark.parametrize("case", CERTIFICATES)
def test_a_certificate_is_checked_before_any_password_is_said(
    case: str, tls: Literal["implicit", "starttls"], tmp_path: Path, tool: Callable[[str], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    name, end, trusted, _ = CERTIFICATES[case]
    file = certificate(tmp_path, tool("openssl"), name, "20200101000000Z", end)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    logged_in: list[object] = []

    def login(server: object, session: object, envelope: object, mechanism: str, said: object) -> AuthResult:
        logged_in.append(said)
        return AuthResult(success=True)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    given: Any = {"implicit": {"ssl_context": context}, "starttls": {"tls_context": context}}[tls]
    controller = Controller(Sink(), "127.0.0.1", port, authenticator=login, auth_require_tls=False, **given)
    controller.start()
    try:
        if case == "trusted":
            smtp_session.opened(Server("127.0.0.1", port, tls, "anna", "geheim")).quit()
        else:
            with pytest.raises(SendError, match="certificate verify failed"):
                smtp_session.opened(Server("127.0.0.1", port, tls, "anna", "geheim"))
    finally:
        controller.stop()
    assert len(logged_in) == (case == "trusted")


def test_a_server_that_falls_silent_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp_session, "SECONDS", 0.2)
    monkeypatch.setattr(smtp, "SECONDS_FOR_A_VERDICT", 0.2)
    sent, got, _ = outcome(tmp_path, monkeypatch, at("dot", b"250-"))
    assert (sent.uncertain, sent.pending) == (3, 1)
    assert sum(got.values()) == 3


def test_a_server_that_takes_long_over_one_mail_holds_up_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: set[str] = set()
    all_others = threading.Event()

    def slow(phase: str, who: str) -> bytes | None:
        if phase == "dot" and who.startswith("lezer00@"):
            return None if all_others.wait(60) else b"550 the others waited for this one\r\n"
        if phase == "dot":
            taken.add(who)
            if len(taken) == 29:
                all_others.set()
        return None

    with a_server(slow) as server, open_store(URL, tmp_path) as store:
        monkeypatch.setenv("AGGREGATOR_SMTP", f"smtp://127.0.0.1:{server.port}")
        approved(store, *(f"lezer{number:02}@x.example" for number in range(30)))
        assert send(tmp_path, store).accepted == 30
        assert server.openings == 2


def test_an_answer_that_came_before_its_time_is_heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = {"DATA": b"354 go on\r\n554 5.3.4 too much\r\n", "dot": DROP}
    sent, _, _ = outcome(tmp_path, monkeypatch, lambda phase, who: said.get(phase))
    assert (sent.deferred, sent.uncertain) == (4, 0)


def test_one_line_carries_many_mails_and_a_closed_one_is_opened_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = {"mails": 0}

    def two_at_a_time(phase: str, who: str) -> bytes | None:
        if phase == "connect":
            served["mails"] = 0
        if phase == "MAIL":
            served["mails"] += 1
            return b"421 enough for one session\r\n" if served["mails"] > 2 else None
        return None

    with a_server(two_at_a_time) as server, open_store(URL, tmp_path) as store:
        monkeypatch.setenv("AGGREGATOR_SMTP", f"smtp://127.0.0.1:{server.port}")
        approved(store, *READERS)
        sent = send(tmp_path, store)
        assert (sent.accepted, sent.problems, server.openings) == (4, (), 2)


@pytest.mark.parametrize(
    ("phase", "said", "counted"),
    [("dot", b"554 5.7.1 looks like spam\r\n", "deferred"), ("dot", b"552 5.3.4 too large\r\n", "deferred"),
     ("dot", b"550 5.1.1 nobody\r\n", "refused"), ("RCPT", b"550 5.2.1 closed\r\n", "refused")],
)  # fmt: skip
def test_many_refusals_in_a_row_stop_the_sending_and_those_of_the_mail_are_tried_again(
    phase: str, said: bytes, counted: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with a_server(at(phase, said)) as server, open_store(URL, tmp_path) as store:
        monkeypatch.setenv("AGGREGATOR_SMTP", f"smtp://127.0.0.1:{server.port}")
        approved(store, *(f"lezer{number}@x.example" for number in range(60)))
        sent = send(tmp_path, store)
        tried = getattr(sent, counted)
        assert judging.REFUSED_IN_A_ROW <= tried <= judging.REFUSED_IN_A_ROW + LINES
        assert sent.refused + sent.deferred == tried
        assert sent.pending >= 60 - judging.REFUSED_IN_A_ROW - LINES
        assert said.decode().strip() in sent.stopped
    with a_server() as server, open_store(URL, tmp_path) as store:
        monkeypatch.setenv("AGGREGATOR_SMTP", f"smtp://127.0.0.1:{server.port}")
        later = send(tmp_path, store, now=NOW + timedelta(minutes=1))
        assert (later.accepted, later.refused) == ((60, 0) if counted == "deferred" else (60 - tried, tried))
        assert max(server.got.values()) == 1


def test_a_short_list_to_whom_the_mail_itself_is_refused_gets_it_once_it_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with a_server(at("dot", b"554 5.7.1 looks like spam\r\n")) as server, open_store(URL, tmp_path) as store:
        monkeypatch.setenv("AGGREGATOR_SMTP", f"smtp://127.0.0.1:{server.port}")
        approved(store, *READERS)
        sent = send(tmp_path, store)
        assert (sent.refused, sent.deferred) == (0, 4)
        assert "nobody has it yet" in sent.stopped
    with (
        a_server(at("dot", b"554 5.7.1 looks like spam\r\n", READERS[0])) as server,
        open_store(URL, tmp_path) as store,
    ):
        monkeypatch.setenv("AGGREGATOR_SMTP", f"smtp://127.0.0.1:{server.port}")
        sent = send(tmp_path, store, now=NOW + timedelta(minutes=1))
        assert (sent.accepted, sent.refused, sent.stopped) == (3, 1, "")


def test_an_address_that_is_none_counts_as_a_mail_that_came_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = {"anna": b"550 5.1.1 nobody\r\n", "bart": b"550 5.1.8 bad sender\r\n", "carla": b"550 no\r\n"}

    def nobody(phase: str, who: str) -> bytes | None:
        return said.get(who.partition("@")[0]) if phase == "RCPT" else None

    with a_server(nobody) as server, open_store(URL, tmp_path) as store:
        monkeypatch.setenv("AGGREGATOR_SMTP", f"smtp://127.0.0.1:{server.port}")
        approved(store, *READERS)
        assert (
            "anna@x.example: refused for 1 of its issues by now; is suppressed at 2." in send(tmp_path, store).problems
        )
        an_issue_at(store, "2026-11")
        send(tmp_path, store, name="2026-11")
        left = tuple(one.identity for one in subscribers.list_subscribers(store))
        assert left == tuple(reader for reader in READERS if not reader.startswith("anna"))


def test_a_reader_who_is_put_off_is_tried_ever_more_rarely_and_given_up_after_days(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with a_server(at("RCPT", b"452 mailbox full\r\n", "anna")) as server, open_store(URL, tmp_path) as store:
        monkeypatch.setenv("AGGREGATOR_SMTP", f"smtp://127.0.0.1:{server.port}")
        approved(store, "anna@x.example", "bart@x.example")
        now = NOW
        tries: list[tuple[int, datetime]] = []
        while (sent := send(tmp_path, store, now=now)).deferred:
            count = sum("anna" in line for line in server.commands)
            if not tries or count > tries[-1][0]:
                tries.append((count, now))
            now += timedelta(minutes=5) if now < NOW + timedelta(hours=3) else timedelta(hours=3)
        waits = [later[1] - earlier[1] for earlier, later in pairwise(tries)]
        assert waits[:3] == [timedelta(minutes=20), timedelta(minutes=35), timedelta(minutes=65)]
        assert timedelta(days=4) < now - NOW < timedelta(days=7)
        assert (sent.refused, sent.accepted, server.got["bart@x.example"]) == (1, 1, 1)
        assert "Given up after 12 tries: 452 mailbox full" in sent.problems[0]


ADDRESSES = {
    "anna@müller.example": ("anna@xn--mller-kva.example", "accepted"),
    "anna@straße.example": ("anna@xn--strae-oqa.example", "accepted"),
    "jörg@x.example": ("", "refused"),
    "o'brien+nieuws@x.example": ("o'brien+nieuws@x.example", "accepted"),
    "-rf@x.example": ("-rf@x.example", "accepted"),
}


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_address_that_can_subscribe_is_mailed_or_refused_with_a_reason(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    envelope, state = ADDRESSES[address]
    with a_server() as server, open_store(URL, tmp_path) as store:
        monkeypatch.setenv("AGGREGATOR_SMTP", f"smtp://127.0.0.1:{server.port}")
        approved(store, address, "bart@x.example")
        sent = send(tmp_path, store)
        assert getattr(sent, state) >= 1
        assert sent.accepted + sent.refused == 2
        assert set(server.got) == {"bart@x.example", *([envelope] if envelope else [])}


def test_an_internationalised_mailbox_is_served_where_the_server_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    able = at("EHLO", b"250-here\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n")
    with a_server(able) as server, open_store(URL, tmp_path) as store:
        monkeypatch.setenv("AGGREGATOR_SMTP", f"smtp://127.0.0.1:{server.port}")
        approved(store, "jörg@müller.example", "anna@x.example")
        assert send(tmp_path, store).accepted == 2
        assert "jörg@xn--mller-kva.example" in server.got
        mails = [line for line in server.commands if line.upper().startswith("MAIL")]
        assert sum("SMTPUTF8" in line for line in mails) == 1


def test_with_no_subscribers_the_issue_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with a_server() as server, open_store(URL, tmp_path) as store:
        monkeypatch.setenv("AGGREGATOR_SMTP", f"smtp://127.0.0.1:{server.port}")
        approved(store)
        with pytest.raises(Exception, match="no subscribers"):
            send(tmp_path, store)
        found = issues.load(store, "2026-10")
        assert found is not None
        assert found.state == "approved"
