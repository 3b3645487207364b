"""What readers and mail servers answer: by POST, by mail, over IMAP; and what is read from tables that anybody wrote."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest

from aggregator import answering, mailing, readership, subscriber_table
from aggregator.digest.render import SHIPPED
from aggregator.leaving import handlers
from aggregator.send import delivering
from aggregator.send.incoming import LONGEST_FIELD, incoming
from aggregator.send.mailbox import Maildir
from aggregator.send.server import SendError
from aggregator.send.tokens import key_of, token_for
from aggregator.serve import Request
from aggregator.settings import Settings
from aggregator.store import Refused, Store, issues, open_store, outbox, readers, subscribers
from aggregator.store.subscribers import Newcomer, add
from tests.browser import LOOKS, browsing, looked_at, violations
from tests.send.faulty import a_server, at
from tests.send.test_send_issue import NOW, URL, a_setting, an_issue_at, approved, send
from tests.store.build import ON_SQLITE

ANNA, BART = "anna@x.example", "bart@x.example"


def ready(folder: Path, *addresses: str) -> Settings:
    with open_store(URL, folder) as store:
        add(store, [Newcomer(address) for address in addresses or (ANNA, BART)], NOW)
    return a_setting(folder)


def names(settings: Settings, state: subscribers.SubscriberState | None = None) -> list[str]:
    with open_store(settings.store, settings.folder) as store:
        return [one.identity for one in subscribers.list_subscribers(store, state)]


# --- over HTTP ---


def test_a_post_unsubscribes_and_a_get_changes_nothing(tmp_path: Path) -> None:
    settings = ready(tmp_path)
    answer = handlers(settings)["unsubscribe"]
    path = f"/unsubscribe/{token_for(ANNA, key_of(tmp_path))}"
    for _ in range(3):
        shown = answer(Request("GET", path))
        assert (shown.status, names(settings)) == (200, [ANNA, BART])
        assert b'<form method="post">' in bytes(shown.body)  # type: ignore[arg-type]
    for body in (b"List-Unsubscribe=One-Click", b"", b"--x\r\nContent-Disposition: form-data"):
        done = answer(Request("POST", path, body=body))
        assert (done.status, names(settings)) == (200, [BART])
        assert "set-cookie" not in done.headers
        assert "location" not in done.headers
    with open_store(URL, tmp_path) as store:
        assert add(store, [Newcomer("ANNA@x.example")], NOW)[0].outcome == "suppressed"


@pytest.mark.parametrize(
    "token", ["", "x" * 24, "../../etc/passwd", token_for(BART, b"another key of length"), "a" * 5000]
)
def test_a_token_that_is_none_of_ours_does_nothing(token: str, tmp_path: Path) -> None:
    settings = ready(tmp_path)
    for purpose, method in (("unsubscribe", "GET"), ("unsubscribe", "POST"), ("confirm", "POST")):
        assert handlers(settings)[purpose](Request(method, f"/{purpose}/{token}")).status == 404
    assert handlers(settings)["unsubscribe"](Request("PUT", f"/unsubscribe/{token}")).status == 405
    assert names(settings) == [ANNA, BART]


@pytest.mark.xdist_group("chromium")
@ON_SQLITE
def test_the_page_to_leave_at_says_in_which_language_it_speaks(tmp_path: Path) -> None:
    settings = ready(tmp_path)
    for language, spoken in (("nl-BE", "nl"), ("de", "en")):
        publication = replace(settings.publication, language=language)
        answer = handlers(replace(settings, publication=publication))["unsubscribe"]
        body = bytes(answer(Request("GET", "/unsubscribe/x")).body)  # type: ignore[arg-type]  # it is no file
        assert f'<html lang="{spoken}">'.encode() in body
        assert f'<p class="label" lang="{language}" dir="auto">Klantenpost</p>'.encode() in body


@ON_SQLITE
def test_the_page_to_leave_at_keeps_off_the_edges_and_shuts_nobody_out(tmp_path: Path) -> None:
    answer = handlers(ready(tmp_path))["unsubscribe"]
    path = f"/unsubscribe/{token_for(ANNA, key_of(tmp_path))}"
    (tmp_path / "unsubscribe").mkdir()
    shutil.copy(SHIPPED / "style.css", tmp_path)
    file = tmp_path / "unsubscribe" / "page.html"
    with browsing() as (page, _):
        for scheme, size in LOOKS:
            looked_at(page, scheme, size)
            for method in ("GET", "POST"):
                file.write_bytes(bytes(answer(Request(method, path)).body))  # type: ignore[arg-type]
                page.goto(file.as_uri())
                assert violations(page) == []
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
                assert page.evaluate("document.querySelector('h1').getBoundingClientRect().left") >= 16


def test_a_token_is_looked_up_and_readers_are_gone_through_once_for_links_from_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, key = a_setting(tmp_path), key_of(tmp_path)
    through: list[str] = []
    every = readers.every_identity

    def counted(store: Store) -> Iterator[list[str]]:
        through.append("once")
        return every(store)

    monkeypatch.setattr(readers, "every_identity", counted)
    with open_store(URL, tmp_path) as store:
        add(store, [Newcomer(ANNA), Newcomer(BART)], NOW)
        issue_at(store, tmp_path)
        assert answering.is_known(settings, token_for(ANNA, key), "unsubscribe")
        assert through == []
        with store.transaction():
            store.write("DELETE FROM link")  # as mails left it that were sent before there were any
    for _ in range(2):
        assert answering.is_known(settings, token_for(BART, key), "unsubscribe")
        assert not answering.is_known(settings, token_for(BART, key), "confirm")
        assert not answering.is_known(settings, "x" * 24, "unsubscribe")
    assert through == ["once"]
    with open_store(URL, tmp_path) as store:
        add(store, [Newcomer("nieuw@x.example")], NOW)
        issue_at(store, tmp_path, "2026-11")
    assert answering.is_known(settings, token_for("nieuw@x.example", key), "unsubscribe")
    assert through == ["once"]


def test_the_link_in_a_copy_that_was_sent_to_look_at_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings, key = ready(tmp_path), key_of(tmp_path)
    assert not answering.is_known(settings, token_for("nieuw@x.example", key), "unsubscribe")  # all are kept by now
    with a_server() as server, open_store(URL, tmp_path) as store:
        monkeypatch.setenv("AGGREGATOR_SMTP", f"smtp://127.0.0.1:{server.port}")
        an_issue_at(store, "2026-10")
        add(store, [Newcomer("nieuw@x.example")], NOW)
        mailing.test(settings, "2026-10", "Nieuw@x.example", NOW)
    path = f"/unsubscribe/{token_for('nieuw@x.example', key)}"
    assert handlers(settings)["unsubscribe"](Request("POST", path)).status == 200
    assert names(settings) == [ANNA, BART]


def issue_at(store: Store, folder: Path, name: str = "2026-10") -> None:
    """An issue whose recipients are fixed, as for sending."""
    an_issue_at(store, name)
    outbox.prepare(store, name, lambda identity: f"<{identity}>", NOW, lambda one: token_for(one, key_of(folder)))


def test_who_is_asked_gets_nothing_until_they_confirm_and_a_token_is_good_for_one_thing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = a_setting(tmp_path)
    assert settings.mail is not None
    settings = replace(settings, mail=replace(settings.mail, confirm="https://example.org/confirm/{token}"))
    with a_server() as server:
        monkeypatch.setenv("AGGREGATOR_SMTP", f"smtp://127.0.0.1:{server.port}")
        (added,) = readership.invite(settings, [ANNA], NOW)
        assert "asked to confirm (250 taken)" in added.sentence
    token = token_for(ANNA, key_of(tmp_path), "confirm")
    assert f"[{token}]" in "".join(server.bodies[0].decode().split("\r\n ")).replace("=\r\n", "")
    assert names(settings, "active") == []
    leave = token_for(ANNA, key_of(tmp_path))
    assert handlers(settings)["confirm"](Request("POST", f"/confirm/{leave}")).status == 404
    assert handlers(settings)["confirm"](Request("GET", f"/confirm/{token}")).status == 200
    assert names(settings, "active") == []
    for _ in range(2):
        assert handlers(settings)["confirm"](Request("POST", f"/confirm/{token}")).status == 200
    with open_store(URL, tmp_path) as store:
        (anna,) = subscribers.list_subscribers(store, "active")
        assert (anna.consent, anna.consent_at is not None) == (answering.CONFIRMED_BY_POST, True)


def test_one_who_cannot_be_asked_keeps_no_other_from_it_and_a_mistyped_address_is_not_said_to_be_seen_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = a_setting(tmp_path)
    with a_server(at("RCPT", b"550 no such mailbox\r\n", "weg")) as server:
        monkeypatch.setenv("AGGREGATOR_SMTP", f"smtp://127.0.0.1:{server.port}")
        added = readership.invite(settings, ["weg@x.example", "nergens", BART], NOW)
    assert [one.outcome for one in added] == ["refused", "refused", "added"]
    assert "550 no such mailbox; `aggregator" in added[0].sentence
    for told in (readership.allow, readership.known_of):
        with pytest.raises(Refused, match="'nergens' is no mail address"):
            told(settings, "nergens")
    for done in (readership.remove, readership.erase):
        with pytest.raises(Refused, match="'nergens' is no mail address"):
            done(settings, "nergens", NOW)


# --- by mail ---


def a_mail(sender: str, subject: str, body: str = "Hallo.\n", **headers: str) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, "redactie@example.org", subject
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(body)
    return mail.as_bytes()


def report(message_id: str, status: str, action: str = "failed", headers_only: bool = False) -> bytes:
    """A report of delivery as mail servers write it."""
    quoted = f"Message-ID: {message_id}\r\nSubject: Oktober\r\n\r\n"
    kind = "text/rfc822-headers" if headers_only else "message/rfc822"
    return (
        "From: Mail Delivery System <MAILER-DAEMON@mx.example>\r\nTo: redactie@example.org\r\nSubject: Undelivered\r\n"
        "Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; {ANNA}\r\nAction: {action}\r\nStatus: {status}\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n\r\n"
        f"--b\r\nContent-Type: {kind}\r\n\r\n{quoted}--b--\r\n"
    ).encode()


def boxed(folder: Path, *mails: bytes) -> Path:
    box = folder / "Maildir"
    for name in ("new", "cur", "tmp"):
        (box / name).mkdir(parents=True, exist_ok=True)
    for number, mail in enumerate(mails):
        (box / "new" / f"{number}.x").write_bytes(mail)
    return box


def test_the_mail_of_one_who_leaves_is_seen_to_and_others_stay(tmp_path: Path) -> None:
    settings = ready(tmp_path, ANNA, BART, "carla@x.example", "dirk@x.example", "ella@x.example")
    key = key_of(tmp_path)
    quoting = f"Leuk nummer!\n> https://example.org/u/{token_for('ella@x.example', key)}\n"
    box = boxed(
        tmp_path,
        a_mail("robot@mail.example", "unsubscribe", To2="x", Delivered_To=f"nieuws-{token_for(ANNA, key)}@example.org"),
        a_mail("bart@elsewhere.example", f"afmelden {token_for(BART, key)}"),
        a_mail("Carla <CARLA@x.example>", "Re: Afmelden."),
        a_mail("ella@x.example", "Re: Oktober", quoting),
        a_mail("dirk@x.example", "stop", Auto_Submitted="auto-replied"),
        a_mail("vreemde@x.example", "afmelden"),
        b"\xff\xfe\0 no mail at all",
    )
    processed = answering.process(settings, box, NOW)
    assert names(settings) == ["dirk@x.example", "ella@x.example"]
    assert processed.lines == [f"{name}: unsubscribed." for name in (ANNA, BART, "carla@x.example")]
    assert processed.left == 4
    assert sorted(path.name for path in (box / "cur").iterdir()) == ["0.x:2,S", "1.x:2,S", "2.x:2,S"]
    again = answering.process(settings, box, NOW)
    assert (again.lines, again.left) == ([], 4)


@pytest.mark.parametrize(
    "header",
    ["Auto-Submitted: auto-replied", "Precedence: list", "Precedence: bulk", "X-Autoreply: yes", "Return-Path: <>",
     "X-Auto-Response-Suppress: All", "To: b@x.example\r\nFrom: Team: anna@x.example, bart@x.example;"],
)  # fmt: skip
def test_what_no_single_person_wrote_ends_no_subscription_without_a_token(header: str) -> None:
    said = incoming(f"{header}\r\nSubject: stop\r\nFrom: anna@x.example\r\n\r\n".encode())
    assert said.automatic or said.sender == ""


def test_an_answer_confirms_and_an_absence_does_not(tmp_path: Path) -> None:
    settings = a_setting(tmp_path)
    with open_store(URL, tmp_path) as store:
        add(store, [Newcomer(ANNA, state="pending")], NOW)
    subject = f"Re: Bevestig uw aanmelding [{token_for(ANNA, key_of(tmp_path), 'confirm')}]"
    answering.process(settings, boxed(tmp_path, a_mail(ANNA, subject, Auto_Submitted="auto-replied")), NOW)
    assert names(settings, "active") == []
    answering.process(settings, boxed(tmp_path, a_mail(ANNA, subject)), NOW)
    assert names(settings, "active") == [ANNA]


def test_mails_that_come_back_for_good_suppress_at_the_stated_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = a_setting(tmp_path)
    identifiers = []
    with a_server() as server, open_store(URL, tmp_path) as store:
        monkeypatch.setenv("AGGREGATOR_SMTP", f"smtp://127.0.0.1:{server.port}")
        approved(store, ANNA, BART)
        for name in ("2026-10", "2026-11"):
            if name != "2026-10":
                an_issue_at(store, name)
            send(tmp_path, store, name=name)
            identifiers.append(outbox.recipients(store, name)[0].message_id)
    forged = report("<2026-10.0123456789abcdef@example.org>", "5.1.1")
    soft = [
        report(identifiers[0], "4.2.2", "delayed"),
        report(identifiers[0], "5.2.2"),
        report(identifiers[1], "5.7.1"),
    ]
    processed = answering.process(settings, boxed(tmp_path, forged, *soft), NOW)
    assert (processed.left, names(settings)) == (1, [ANNA, BART])
    with open_store(URL, tmp_path) as store:
        assert "bounces" not in readers.known_of(store, ANNA)
    for _ in range(3):  # the same issue counts once
        answering.process(settings, boxed(tmp_path, report(identifiers[0], "5.1.1")), NOW)
    assert names(settings) == [ANNA, BART]
    processed = answering.process(settings, boxed(tmp_path, report(identifiers[1], "5.1.1", headers_only=True)), NOW)
    assert names(settings) == [BART]
    assert "2 of its issues by now; gets nothing any more" in processed.lines[0]
    with open_store(URL, tmp_path) as store:
        assert "came back" in add(store, [Newcomer(ANNA)], NOW)[0].sentence


@ON_SQLITE
@pytest.mark.parametrize(
    ("reply", "status", "for_good"),
    [("smtp; 550 5.1.1 no such user", "5.1.1", True), ("smtp; 550 5.7.1 blocked as spam", "5.7.1", False),
     ("smtp; 552-5.2.2 over quota\r\n 552 5.2.2 sorry", "5.2.2", False), ("smtp; 552 mailbox full", "5.2.2", False),
     ("smtp; 451 try later", "4.0.0", False), ("smtp; 550 no", "5.0.0", True), ("", "5.0.0", True)],
)  # fmt: skip
def test_a_report_that_states_no_reason_is_read_by_the_reply_it_quotes(reply: str, status: str, for_good: bool) -> None:
    """Exim calls everything 5.0.0."""
    raw = report("<a@example.org>", "5.0.0").replace(b"smtp; 550 5.1.1 no such user", reply.encode())
    (found,) = incoming(raw).returns
    assert (found.status, found.for_good) == (status, for_good)


def complaint(message_id: str, kind: str) -> bytes:
    """What a mail provider writes of a reader who called a mail spam (RFC 5965)."""
    return (
        "From: feedback@mx.example\r\nTo: redactie@example.org\r\nSubject: Complaint\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nFeedback-Type: abuse\r\n"
        f"--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: {kind}\r\nVersion: 1\r\n\r\n"
        f"--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: {message_id}\r\n\r\nHallo\r\n--b--\r\n"
    ).encode()


def test_who_calls_a_mail_spam_gets_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = a_setting(tmp_path)
    with a_server() as server, open_store(URL, tmp_path) as store:
        monkeypatch.setenv("AGGREGATOR_SMTP", f"smtp://127.0.0.1:{server.port}")
        approved(store, ANNA, BART)
        send(tmp_path, store)
        anna, bart = (one.message_id for one in outbox.recipients(store, "2026-10"))
    others = complaint(bart, "not-spam"), complaint("<2026-10.0123456789abcdef@example.org>", "abuse")
    processed = answering.process(settings, boxed(tmp_path, complaint(anna, "abuse"), *others), NOW)
    assert processed.lines == [f"{ANNA}: unsubscribed, for issue 2026-10 was called spam there."]
    assert (processed.left, names(settings)) == (2, [BART])


@pytest.mark.parametrize(
    "raw", [b"", b"\n", b"Subject: \xff\xfe\n\nx", b"From: a\nFrom: b\nSubject: stop\n\n", b"\0" * 99]
)
def test_no_mail_is_too_odd_to_be_read(raw: bytes) -> None:
    assert incoming(raw).returns == ()


@pytest.mark.parametrize(
    "header", ["To: <", 'Cc: "', "From: :;.,;", "From: <", "To: .:)", "Delivered-To: \0<", "Subject: =?x?"]
)
def test_a_malformed_header_keeps_nobody_from_leaving(header: str) -> None:
    token = "t" * 24
    said = incoming(f"X-Original-To: nieuws+{token}@example.org\r\n{header}\r\n\r\n".encode())
    assert said.tokens == (token,)


@ON_SQLITE
@pytest.mark.parametrize(
    "raw",
    [
        b"From: a@x.example\nSubject: stop " + b"=?utf-8?q?a?= " * 20_000 + b"\n\n",
        b"Subject: stop\nTo: " + b"a@x.example, " * 20_000 + b"\n\n",
        b"Subject: stop\nContent-Type: text/plain; " + b"a=b; " * 20_000 + b"\n\n",
    ],
    ids=["subject", "recipients", "parameters"],
)
def test_a_mail_that_never_ends_holds_up_nobody_who_leaves(raw: bytes, tmp_path: Path) -> None:
    settings = ready(tmp_path)
    assert len(incoming(raw).subject) <= LONGEST_FIELD
    processed = answering.process(settings, boxed(tmp_path, raw, a_mail(ANNA, "afmelden")), NOW)
    assert (processed.lines, processed.left) == ([f"{ANNA}: unsubscribed."], 1)


def test_a_folder_that_is_no_maildir_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SendError, match="no maildir"):
        Maildir(tmp_path)


@contextmanager
def an_imap_server(folder: Path, dovecot: str) -> Iterator[int]:
    """Dovecot for one user on loopback, unprivileged as far as it goes."""
    import getpass
    import socket

    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    listener.close()
    user = getpass.getuser()
    internal = "nobody" if user == "root" else user
    (folder / "users").write_text("anna:{PLAIN}geheim::::::\n")
    (folder / "dovecot.conf").write_text(f"""
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
default_internal_user = {internal}
default_login_user = {internal}
default_internal_group = {"nogroup" if user == "root" else ""}
first_valid_uid = 0
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
}}
service anvil {{
  chroot =
}}
mail_location = maildir:{folder}/Maildir
passdb {{
  driver = passwd-file
  args = {folder}/users
}}
userdb {{
  driver = static
  args = uid={internal} gid={"nogroup" if user == "root" else ""} home={folder}
}}
""")
    subprocess.run(["chown", "-R", f"{internal}:", folder / "Maildir"], check=True)
    process = subprocess.Popen([dovecot, "-F", "-c", folder / "dovecot.conf"])
    try:
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait()


@ON_SQLITE
def test_a_mailbox_is_read_over_imap(
    tmp_path: Path, open_folder: Path, monkeypatch: pytest.MonkeyPatch, tool: Callable[[str], str]
) -> None:
    settings = ready(tmp_path)
    box = boxed(open_folder, a_mail("x@x.example", f"stop {token_for(ANNA, key_of(tmp_path))}"), a_mail(BART, "Leuk!"))
    with an_imap_server(open_folder, tool("dovecot")) as port:
        monkeypatch.setenv("AGGREGATOR_IMAP", f"imap://anna:geheim@127.0.0.1:{port}/INBOX")
        processed = answering.process(settings, None, NOW)
        assert (processed.lines, processed.left) == ([f"{ANNA}: unsubscribed."], 1)
        again = answering.process(settings, None, NOW)
        assert (again.lines, again.left) == ([], 1)
        monkeypatch.setenv("AGGREGATOR_IMAP", f"imap://anna:verkeerd@127.0.0.1:{port}/INBOX")
        with pytest.raises(SendError) as caught:
            answering.process(settings, None, NOW)
        assert "verkeerd" not in str(caught.value)
    assert box.is_dir()
    assert names(settings) == [BART]


@ON_SQLITE
@pytest.mark.parametrize(
    "address", ["imaps://u:p[w@host", "imaps://u:pw@host:99x/", "imaps://u:p\u00e4sw@host/INBOX", "x"]
)
def test_a_mailbox_that_is_not_named_right_is_refused(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGGREGATOR_IMAP", address)
    with pytest.raises(SendError, match="AGGREGATOR_IMAP") as caught:
        answering.process(a_setting(tmp_path), None, NOW)
    assert "sw" not in str(caught.value).replace("password", "")


# --- tables ---

TABLE = "E-mail;Naam;Toestemming\r\nanna@x.example;Ánna;beurs 2026\r\n;;\r\nBART@x.example;;\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "windows-1252", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_a_table_is_read_whatever_program_wrote_it(encoding: str, separator: str, tmp_path: Path) -> None:
    file = tmp_path / "lezers.csv"
    file.write_bytes(TABLE.replace(";", separator).encode(encoding))
    added = readership.import_table(a_setting(tmp_path), file, NOW)
    assert [one.outcome for one in added] == ["added", "added"]
    with open_store(URL, tmp_path) as store:
        anna, bart = subscribers.list_subscribers(store)
        assert (anna.name, anna.consent, anna.consent_at) == ("Ánna", "beurs 2026", NOW)
        assert (bart.address, bart.consent) == ("BART@x.example", "imported from lezers.csv")


HOSTILE = [
    '"anna@x.example\r\nBcc: x@y.example",Anna', '"""anna""@x.example",Anna', "=cmd|' /C calc'!A0,Anna", "anna@,Anna",
    "anna@x.example\0,Anna", "Anna <anna@x.example>,Anna", "a\u202enna@x.example,Anna", "anna@x..example,Anna",
    "x" * 5000 + ",Anna", "\u00e5nna@\u00df\u200bx.example,Anna", "anna@x.example;bart@x.example,Anna",
]  # fmt: skip


def test_rows_that_cannot_be_are_refused_each_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "lezers.csv"
    file.write_text("address,name\n" + "\n".join(HOSTILE) + "\ngoed@x.example,Goed\nGOED@x.example,Weer\n", newline="")
    added = readership.import_table(a_setting(tmp_path), file, NOW)
    refused = [one.sentence for one in added if one.outcome == "refused"]
    assert len(refused) == len(HOSTILE)
    assert [int(line.split(":")[0].removeprefix("line ")) for line in refused] == [2, *range(4, 3 + len(HOSTILE))]
    assert all("\n" not in line and len(line) < 200 for line in refused)
    assert [one.outcome for one in added if one.outcome != "refused"] == ["added", "known"]
    assert names(a_setting(tmp_path)) == ["goed@x.example"]


def test_what_is_no_table_is_refused_with_a_sentence(tmp_path: Path) -> None:
    for text, told in (
        ("naam,plaats\nanna,Gouda\n", "no column is called"), ("PK\3\4\24\0", "a workbook, not CSV"), ("address\n" + '"' + "x" * 200_000, "cannot be read as CSV"),
    ):  # fmt: skip
        (tmp_path / "lezers.csv").write_text(text)
        with pytest.raises(Refused, match=told):
            subscriber_table.read(tmp_path / "lezers.csv")
    (tmp_path / "lezers.csv").write_text("anna@x.example\nbart@x.example\n")
    assert [one.address for one in subscriber_table.read(tmp_path / "lezers.csv")[0]] == [ANNA, BART]
    (tmp_path / "lezers.csv").write_text("address,when\nanna@x.example,gisteren\nbart@x.example,2026-02-01\n")
    found, refused = subscriber_table.read(tmp_path / "lezers.csv")
    assert (found[0].address, found[0].consent_at and found[0].consent_at.year) == (BART, 2026)
    assert "no date of consent" in refused[0].sentence


def test_who_has_left_elsewhere_is_not_brought_back_by_a_table(tmp_path: Path) -> None:
    states = ["unsubscribed", "Blocklisted", "bounced", "afgemeld", "Subscribed", "enabled", "", "pending"]
    rows = [f"lezer{number}@x.example,{state}" for number, state in enumerate(states)]
    (tmp_path / "lezers.csv").write_text("\n".join(["email,status", *rows]))
    added = readership.import_table(a_setting(tmp_path), tmp_path / "lezers.csv", NOW)
    refused = [one.sentence for one in added if one.outcome == "refused"]
    assert [line.split(":")[0] for line in refused] == ["line 2", "line 3", "line 4", "line 5"]
    assert "its state is 'Blocklisted'" in refused[1]
    assert names(a_setting(tmp_path), "active") == [f"lezer{number}@x.example" for number in (4, 5, 6)]
    assert names(a_setting(tmp_path), "pending") == ["lezer7@x.example"]


EXPORTS = {
    "mailchimp, who left": '"Email Address",OPTIN_TIME,CONFIRM_TIME,UNSUB_TIME,UNSUB_REASON\n'
    'weg@x.example,,"2023-05-04 10:11:12","2024-01-02 10:00:00",\n',
    "mailchimp, who came back": '"Email Address",CLEAN_TIME\nweg@x.example,"2024-01-02 10:00:00"\n',
    "mailchimp": 'Address,"Email Address",OPTIN_TIME,CONFIRM_TIME\n"Dam 2",anna@x.example,,"2023-05-04 10:11:12"\n',
    "excel": "sep=;\nNaam;Adres;E-mailadres;Inschrijfdatum\nAnna;Dam 2;anna@x.example;4-5-2023 10:11:12\n",
    "laposta": "E-mailadres;Status;Inschrijfdatum;Uitschrijfdatum\nanna@x.example;ingeschreven;2023-05-04 10:11:12;\n"
    "weg@x.example;;;2024-01-02\n",
    "ghost": "id,email,subscribed_to_emails,confirm_time\n1,anna@x.example,true,2023-05-04 10:11:12\n"
    "2,weg@x.example,false,\n",
    "mailpoet": "email,list_status,global_status,confirm_time\nweg@x.example,subscribed,unsubscribed,\n"
    "anna@x.example,subscribed,subscribed,2023-05-04 10:11:12\n",
    "brevo": "EMAIL,EMAIL_BLACKLISTED,CONFIRM_TIME,UNSUBSCRIBE_LINK\nweg@x.example,true,,https://x.example/a\n"
    "anna@x.example,false,2023-05-04 10:11:12,https://x.example/b\n",
}  # fmt: skip


@ON_SQLITE
@pytest.mark.parametrize("service", EXPORTS)
def test_what_services_export_brings_those_who_get_the_newsletter_and_when_they_agreed(
    service: str, tmp_path: Path
) -> None:
    (tmp_path / "lezers.csv").write_text(EXPORTS[service])
    found, refused = subscriber_table.read(tmp_path / "lezers.csv")
    agreed = datetime(2023, 5, 4, 10, 11, 12, tzinfo=UTC)
    assert [(one.address, one.consent_at) for one in found] == [(ANNA, agreed)] * ("anna" in EXPORTS[service])
    assert [one.address for one in refused] == ["weg@x.example"] * ("weg" in EXPORTS[service])


def test_no_cell_is_a_formula_to_who_opens_the_table_and_it_comes_back_as_it_was(tmp_path: Path) -> None:
    settings = a_setting(tmp_path)
    with open_store(URL, tmp_path) as store:
        add(store, [
            Newcomer("+31@x.example", "=HYPERLINK(\"http://evil.example\")", "-1+1"),
            Newcomer("-rf@x.example", "@SUM(A1)\r\n\0=1", "beurs"), Newcomer("o'hara@x.example", "O'Hara, \"Jo\"", "beurs"),
        ], NOW)  # fmt: skip
    table = subscriber_table.written(readership.every(settings))
    for row in table.splitlines()[1:]:
        assert not any(cell.strip('"')[:1] in tuple("=+-@") for cell in row.split(",")[:2])
    before = readership.every(settings)
    (tmp_path / "other").mkdir()
    (tmp_path / "lezers.csv").write_text(table)
    other = a_setting(tmp_path / "other")
    assert all(one.outcome == "added" for one in readership.import_table(other, tmp_path / "lezers.csv", NOW))
    assert [(one.address, one.name, one.consent, one.consent_at) for one in readership.every(other)] == [
        (one.address, one.name, one.consent, one.consent_at) for one in before
    ]


# --- one person ---


def test_who_is_forgotten_while_an_issue_is_sent_gets_nothing_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = a_setting(tmp_path)
    with a_server() as server, open_store(URL, tmp_path) as store:
        monkeypatch.setenv("AGGREGATOR_SMTP", f"smtp://127.0.0.1:{server.port}")
        approved(store, ANNA, BART)
        assert send(tmp_path, store, limit=1).pending == 1
        assert readership.erase(settings, BART, NOW)
        assert (send(tmp_path, store).skipped, server.got) == (1, {ANNA: 1})


@ON_SQLITE
def test_who_leaves_while_their_mail_waits_its_turn_gets_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def leaving(phase: str, who: str) -> None:
        if phase == "RCPT" and who == ANNA:
            with open_store(URL, tmp_path) as store:
                subscribers.remove(store, BART, "unsubscribed", NOW)

    monkeypatch.setattr(delivering, "LONG", 0.0)
    with a_server(leaving) as server, open_store(URL, tmp_path) as store:
        monkeypatch.setenv("AGGREGATOR_SMTP", f"smtp://127.0.0.1:{server.port}")
        approved(store, ANNA, BART)
        sent = send(tmp_path, store)
    assert (sent.accepted, sent.skipped, sent.pending, server.got) == (1, 1, 0, {ANNA: 1})


def test_all_that_is_kept_of_one_person_is_shown_and_forgotten_but_for_a_hash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = a_setting(tmp_path)
    with a_server() as server, open_store(URL, tmp_path) as store:
        monkeypatch.setenv("AGGREGATOR_SMTP", f"smtp://127.0.0.1:{server.port}")
        approved(store, ANNA, BART)
        send(tmp_path, store)
        readers.bounced(store, ANNA, "2026-10", "5.1.1", "", NOW, 9)
    known = readership.known_of(settings, "Anna@X.example")
    assert set(known) == {"subscriber", "mails", "bounces", "links"}
    assert known["mails"][0]["state"] == "accepted"
    assert readership.erase(settings, "ANNA@x.example", NOW)
    assert set(readership.known_of(settings, ANNA)) == {"erased"}
    with open_store(URL, tmp_path) as store:
        assert sum(outbox.counts(store, "2026-10").values()) == 2
        assert add(store, [Newcomer(ANNA)], NOW)[0].outcome == "suppressed"
        assert issues.load(store, "2026-10") is not None
        assert subscribers.allow(store, ANNA)
        assert add(store, [Newcomer(ANNA)], NOW)[0].outcome == "added"
        mailing_id = readers.mailed_as(store, known["mails"][0]["message_id"])
        assert mailing_id is not None
        assert mailing_id[0].startswith("sha256:")
    kept = b"".join(path.read_bytes() for path in (tmp_path / "state" / "sent").iterdir())
    assert b"anna" not in kept
