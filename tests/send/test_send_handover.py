"""The message as others take it: signed, through a real mail server, in a folder, or as a draft of listmonk."""

from __future__ import annotations

import base64
import email
import itertools
import json
import mailbox
import os
import re
import signal
import smtplib
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from email.policy import SMTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import dkim
import pytest
from click.testing import CliRunner

from aggregator import mailing, readership
from aggregator.cli import main
from aggregator.digest.message import message_id
from aggregator.model import Issue
from aggregator.send.pacing import Pace
from aggregator.send.sending import send_issue
from aggregator.send.server import SendError, server_from
from aggregator.settings import Dkim, Settings
from aggregator.store import Refused, issues, open_store, outbox
from tests.send.faulty import a_server
from tests.send.test_send_issue import NOW, URL, a_setting, approved
from tests.store.build import ON_SQLITE

ANNA, BART = "anna@x.example", "bart@x.example"


@pytest.fixture(scope="session")
def key(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, bytes]:
    """A private key, and the record that publishes its twin."""
    folder = tmp_path_factory.mktemp("key")
    run = ["openssl", "genrsa", "-traditional", "-out", str(folder / "key.pem"), "1024"]
    subprocess.run(run, check=True, capture_output=True)
    public = subprocess.run(
        ["openssl", "rsa", "-in", folder / "key.pem", "-pubout", "-outform", "DER"], check=True, capture_output=True
    ).stdout
    return (folder / "key.pem").read_text(), b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)


def signing(folder: Path) -> Settings:
    settings = a_setting(folder)
    assert settings.mail is not None
    mail = replace(
        settings.mail, dkim=Dkim(selector="s1"), list_id="klantenpost.example.org", reply_to="redactie@example.org",
        unsubscribe_by_mail="mailto:nieuws+{token}@example.org?subject=unsubscribe",
    )  # fmt: skip
    return replace(settings, mail=mail)


def verified(raw: bytes, record: bytes) -> bool:
    def published(name: bytes, timeout: int = 5) -> bytes | None:
        return record if name == b"s1._domainkey.example.org." else None

    return bool(dkim.verify(raw, dnsfunc=published, minkey=1024))


def test_the_signature_covers_the_headers_of_the_list_and_breaks_with_them(
    tmp_path: Path, key: tuple[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = signing(tmp_path)
    monkeypatch.setenv("AGGREGATOR_DKIM", key[0])
    with open_store(URL, tmp_path) as store:
        approved(store, ANNA)
        issue = issues.load(store, "2026-10")
    assert issue is not None
    raw = mailing.signed_mails(issue, settings, NOW)(ANNA, "t" * 24, "<a@example.org>")
    assert verified(raw, key[1])
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    covered = email.message_from_bytes(raw, policy=SMTP)["DKIM-Signature"].replace(" ", "").casefold()
    for name in (
        "from:from",
        "list-unsubscribe",
        "list-unsubscribe-post",
        "message-id",
        "list-id",
        "subject",
        "to",
        "date",
    ):
        assert name in covered
    for before, after in (
        (b"One-Click", b"Two-Click"), (b"Oktober", b"November"), (b"t" * 24, b"u" * 24), (b"Hallo", b"Hullo"),
        (b"To: anna", b"From: eve@y.example\r\nTo: anna"),
    ):  # fmt: skip
        assert before in raw
        assert not verified(raw.replace(before, after, 1), key[1])


def test_the_mail_to_confirm_with_is_signed_too(
    tmp_path: Path, key: tuple[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGGREGATOR_DKIM", key[0])
    with a_server() as server:
        monkeypatch.setenv("AGGREGATOR_SMTP", f"smtp://127.0.0.1:{server.port}")
        readership.invite(signing(tmp_path), [ANNA], NOW)
    assert verified(server.bodies[0], key[1])


@pytest.mark.parametrize(
    "wrong", ["", "no key", "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----"]
)
def test_a_key_that_is_none_is_said_before_anybody_is_claimed(
    wrong: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGGREGATOR_DKIM", wrong)
    with a_server() as server, open_store(URL, tmp_path) as store:
        monkeypatch.setenv("AGGREGATOR_SMTP", f"smtp://127.0.0.1:{server.port}")
        approved(store, ANNA)
        with pytest.raises(SendError, match="AGGREGATOR_DKIM"):
            send_issue(signing(tmp_path), store, "2026-10", NOW, mailing.signed_mails, message_id)
        assert sum(outbox.counts(store, "2026-10").values()) == 0


def test_secrets_come_from_a_file_too_and_stand_in_no_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "smtp").write_text("smtps://anna:gehe%40im@mail.example\n")
    monkeypatch.delenv("AGGREGATOR_SMTP", raising=False)
    monkeypatch.setenv("AGGREGATOR_SMTP_FILE", str(tmp_path / "smtp"))
    server = server_from("AGGREGATOR_SMTP")
    assert (server.user, server.secret, server.port) == ("anna", "gehe@im", 465)
    assert "gehe" not in repr(server)
    monkeypatch.setenv("AGGREGATOR_SMTP_FILE", str(tmp_path / "absent"))
    with pytest.raises(SendError, match="AGGREGATOR_SMTP_FILE"):
        server_from("AGGREGATOR_SMTP")


# --- a real mail server ---


@contextmanager
def exim(folder: Path, program: str) -> Iterator[tuple[int, Path]]:
    """Exim as an ordinary user: its port, and the maildir it delivers into."""
    spool, box = folder / "spool", folder / "Maildir"
    for place in (spool, folder / "log", box, box / "new", box / "cur", box / "tmp"):
        place.mkdir()
    for name in ("mainlog", "rejectlog", "paniclog"):  # two processes that make one at once are in each other's way
        (folder / "log" / name).touch()
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    listener.close()
    (folder / "exim.conf").write_text(f"""
exim_user = nobody
exim_group = nogroup
deliver_drop_privilege = true
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
spool_directory = {spool}
log_file_path = {folder}/log/%slog
pid_file_path = {folder}/log/exim.pid
primary_hostname = mx.example
tls_advertise_hosts =
host_lookup =
rfc1413_hosts =
keep_environment =
acl_smtp_rcpt = check
begin acl
check:
  deny condition = ${{if eq{{$local_part}}{{bounce}}}}
    message = no such user
  defer condition = ${{if eq{{$local_part}}{{later}}}}
    message = try again later
  accept
begin routers
everyone:
  driver = accept
  transport = box
begin transports
box:
  driver = appendfile
  directory = {box}
  maildir_format
  user = nobody
  envelope_to_add
""")
    subprocess.run(["chown", "-R", "nobody:nogroup", folder], check=True)
    command = [program, "-C", str(folder / "exim.conf"), "-bdf"]
    if os.geteuid() == 0:
        command = ["runuser", "-u", "nobody", "--", *command]
    process = subprocess.Popen(command, start_new_session=True)
    try:
        for _ in range(200):
            try:
                smtplib.SMTP("127.0.0.1", port, timeout=5).close()
                break
            except OSError:
                time.sleep(0.05)
        yield port, box
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def delivered(box: Path, count: int) -> list[Path]:
    """The mails in the box, once so many are there."""
    for _ in range(600):
        found = sorted((box / "new").iterdir())
        if len(found) >= count:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{len(list((box / 'new').iterdir()))} of {count} mails were delivered")


@pytest.fixture
def program(tool: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("PATH", f"{os.environ['PATH']}:/usr/sbin")
    return tool("exim4")


def a_built_issue(name: str = "2026-10") -> Issue:
    from aggregator.digest.render import render
    from tests.digest.test_digest_issue import a_setting as a_digest_setting
    from tests.digest.test_digest_issue import an_issue

    issue = replace(an_issue(24), name=name, subject="Blogoverzicht oktober: Één ‘beste’ titel — met Ümläuten en meer")
    rendered = render(issue, a_digest_setting(Path()))
    return replace(issue, html=rendered.html, text=rendered.text, state="built")


@ON_SQLITE
def test_a_real_mail_server_delivers_it_whole_signed_and_legible(
    tmp_path: Path,
    open_folder: Path,
    key: tuple[str, bytes],
    program: str,
    tool: Callable[[str], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AGGREGATOR_DKIM", key[0])
    readers = (ANNA, BART, "bounce@x.example", "later@x.example", "o'brien+nieuws@x.example")
    with exim(open_folder, program) as (port, box), open_store(URL, tmp_path) as store:
        monkeypatch.setenv("AGGREGATOR_SMTP", f"smtp://127.0.0.1:{port}")
        approved(store, *readers)
        issues.drop(store, "2026-10", NOW)
        issues.save_built(store, a_built_issue(), NOW)
        issues.approve(store, "2026-10", NOW)
        sent = send_issue(signing(tmp_path), store, "2026-10", NOW, mailing.signed_mails, message_id)
        assert (sent.accepted, sent.refused, sent.deferred) == (3, 1, 1), sent.problems
        mails = delivered(box, 3)
        expected = {one.message_id for one in outbox.recipients(store, "2026-10", "accepted")}
        raws = [path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") for path in mails]
    assert {str(email.message_from_bytes(raw, policy=SMTP)["Message-ID"]) for raw in raws} == expected
    for raw in raws:
        assert verified(raw, key[1])
        message = email.message_from_bytes(raw, policy=SMTP)
        assert [part.defects for part in message.walk()] == [[]] * 3
        assert [part.get_content_type() for part in message.walk()] == [
            "multipart/alternative",
            "text/plain",
            "text/html",
        ]
        assert all(part.get_content_charset() == "utf-8" for part in message.iter_parts())
        assert max(map(len, raw.split(b"\r\n\r\n", 1)[1].split(b"\r\n"))) <= 78
        ours = " ".join(str(value) for name, value in message.items() if name not in ("Received", "DKIM-Signature"))
        assert not re.search(rf"\b{re.escape(socket.gethostname())}\b", ours)
        assert "(helo=example.org)" in message["Received"], "the name of this machine is nobody's business"
        assert message["List-Unsubscribe"].count("<") == 2
        assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert message["Date"].datetime.tzinfo is not None
    seen_in_neomutt(box, tool("neomutt"), tool("tmux"), tmp_path)


def seen_in_neomutt(box: Path, neomutt: str, tmux: str, folder: Path) -> None:
    """What a reader sees on a screen of 80 columns."""
    (folder / "muttrc").write_text(
        f'set folder="{box}"\nset spoolfile="{box}"\nset mbox_type=Maildir\nset wait_key=no\nset pager_index_lines=0\n'
        "set header_cache=\nignore *\nunignore from to subject date list-unsubscribe\nalternative_order text/plain\nset markers=no\n"
    )
    server = ["env", "LC_ALL=C.UTF-8", "TERM=screen", tmux, "-L", f"aggregator{os.getpid()}", "-f", "/dev/null"]
    shown = [neomutt, "-F", str(folder / "muttrc"), "-n"]
    subprocess.run([*server, "new-session", "-d", "-x", "80", "-y", "50", *shown], check=True)
    try:
        index = screen(server, "Blogoverzicht oktober")
        assert "Redactie" in index
        subprocess.run([*server, "send-keys", "Enter"], check=True)
        page = screen(server, "Subject: Blogoverzicht oktober: Één ‘beste’ titel — met Ümläuten en")
        assert "To: " in page
        subprocess.run([*server, "send-keys", "Space"], check=True)
        if os.environ.get("AGGREGATOR_SCREENS"):
            Path(os.environ["AGGREGATOR_SCREENS"], "neomutt.txt").write_text(f"{index}\n\n{page}")
    finally:
        subprocess.run([*server, "kill-server"], check=True)


def screen(server: list[str], wanted: str) -> str:
    text = ""
    for _ in range(300):
        text = subprocess.run([*server, "capture-pane", "-p"], check=True, capture_output=True, text=True).stdout
        if wanted in text:
            return text
        time.sleep(0.05)
    raise AssertionError(f"{wanted!r} is not on the screen:\n{text}")


# --- folders ---


@pytest.mark.parametrize("kind", ["maildir", "eml"])
def test_mails_are_handed_over_in_a_folder_once(kind: str, tmp_path: Path) -> None:
    settings = a_setting(tmp_path)
    with open_store(URL, tmp_path) as store:
        approved(store, ANNA, BART)
    first = mailing.send(settings, "2026-10", NOW, limit=1, resolve=None, into=f"{kind}:uit")
    assert (first.accepted, first.pending) == (1, 1)
    second = mailing.send(settings, "2026-10", NOW, limit=None, resolve=None, into=f"{kind}:uit")
    assert (second.accepted, second.pending) == (2, 0)
    with pytest.raises(Refused, match="is sent"):
        mailing.send(settings, "2026-10", NOW, limit=None, resolve=None, into=f"{kind}:uit")
    if kind == "maildir":
        found = [email.message_from_bytes(bytes(one)) for one in mailbox.Maildir(tmp_path / "uit")]
        assert {one["X-Envelope-To"] for one in found} == {ANNA, BART}
    else:
        found = [email.message_from_bytes(path.read_bytes()) for path in (tmp_path / "uit").glob("*.eml")]
    assert sorted(one["To"] for one in found) == [ANNA, BART]
    assert not list((tmp_path / "uit").glob(".*")) + list((tmp_path / "uit").glob("tmp/*"))


@pytest.mark.parametrize("place", ["maildir", "eml:", "ftp:x"])
def test_another_place_is_refused(place: str, tmp_path: Path) -> None:
    with pytest.raises(SendError, match="no place to hand over to"):
        mailing.send(a_setting(tmp_path), "2026-10", NOW, limit=None, resolve=None, into=place)


# --- listmonk ---


class Listmonk(BaseHTTPRequestHandler):
    """Answers as listmonk does, to whoever has the token."""

    campaigns: list[dict[str, Any]]
    templates: list[dict[str, Any]]
    failing = False

    def do_GET(self) -> None:
        kept = self.campaigns if self.path.startswith("/api/campaigns") else self.templates
        self.answer({"results": kept} if kept is self.campaigns else kept)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        kept = self.campaigns if self.path == "/api/campaigns" else self.templates
        if self.failing and kept is self.campaigns:
            self.answer(None, 400, "Unknown list")
            return
        kept.append({"id": len(kept) + 7, "status": "draft", **body})
        self.answer(kept[-1])

    def answer(self, data: Any, status: int = 200, message: str = "") -> None:
        if self.headers["Authorization"] != "Basic " + base64.b64encode(b"api:geheim").decode():
            data, status, message = None, 403, "invalid API credentials"
        body = json.dumps({"data": data} if status == 200 else {"message": message}).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def listmonk(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Listmonk]]:
    handler = type("Handler", (Listmonk,), {"campaigns": [], "templates": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("AGGREGATOR_LISTMONK", f"http://api:geheim@127.0.0.1:{server.server_port}")
    yield handler
    server.shutdown()
    server.server_close()


def for_listmonk(folder: Path) -> Settings:
    settings = a_setting(folder)
    assert settings.mail is not None
    return replace(settings, mail=replace(settings.mail, listmonk_lists=(3,)))


def test_listmonk_gets_one_draft_that_runs_nothing_of_a_post(tmp_path: Path, listmonk: type[Listmonk]) -> None:
    settings = for_listmonk(tmp_path)
    with open_store(URL, tmp_path) as store:
        approved(store)
        issues.drop(store, "2026-10", NOW)
        issue = replace(
            a_built_issue(), subject="{{ .Subscriber.Email }}", text="Titel {{ fail }}\n\n{{unsubscribe}}\n"
        )
        issues.save_built(store, issue, NOW)
        with pytest.raises(Refused, match="approved"):
            mailing.draft(settings, "2026-10", NOW)
        issues.approve(store, "2026-10", NOW)
    assert mailing.draft(settings, "2026-10", NOW).campaign == 7
    (campaign,) = listmonk.campaigns
    assert (campaign["lists"], campaign["status"], campaign["content_type"]) == ([3], "draft", "html")
    assert campaign["subject"] == '{{ "{{" }} .Subscriber.Email }}'
    assert campaign["altbody"] == 'Titel {{ "{{" }} fail }}\n\n{{ UnsubscribeURL }}\n'
    assert campaign["body"].count("{{") == campaign["body"].count("{{ UnsubscribeURL }}") > 0
    assert listmonk.templates[0]["body"] == '{{ template "content" . }}'
    with pytest.raises(Refused, match="is sent"):
        mailing.draft(settings, "2026-10", NOW)
    with pytest.raises(Refused):
        mailing.send(settings, "2026-10", NOW, limit=None, resolve=None)


def test_what_listmonk_refuses_leaves_the_issue_approved_and_a_draft_that_is_there_is_not_made_again(
    tmp_path: Path, listmonk: type[Listmonk], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = for_listmonk(tmp_path)
    with open_store(URL, tmp_path) as store:
        approved(store)
    listmonk.failing = True
    with pytest.raises(SendError, match="Unknown list"):
        mailing.draft(settings, "2026-10", NOW)
    listmonk.failing = False
    named = os.environ["AGGREGATOR_LISTMONK"]
    for wrong in ("https://u:p[w@host", "https://u:pw@host:99x/"):
        monkeypatch.setenv("AGGREGATOR_LISTMONK", wrong)
        with pytest.raises(SendError, match="is not of the form"):
            mailing.draft(settings, "2026-10", NOW)
    monkeypatch.setenv("AGGREGATOR_LISTMONK", named.replace("geheim", "verkeerd"))
    with pytest.raises(SendError, match="invalid API credentials") as caught:
        mailing.draft(settings, "2026-10", NOW)
    assert "verkeerd" not in str(caught.value)
    monkeypatch.setenv("AGGREGATOR_LISTMONK", named)
    listmonk.campaigns.append({"id": 4, "name": "Klantenpost 2026-10"})
    assert mailing.draft(settings, "2026-10", NOW).campaign == 4
    assert len(listmonk.campaigns) == 1


# --- pace, and stopping ---


def test_mails_keep_their_distance_in_all_and_by_domain() -> None:
    pace = Pace(per_minute=60, per_domain_per_minute=6)
    moments: dict[str, list[float]] = {"a": [], "b": []}
    moment = 0.0
    while moment < 120:
        for domain in ("a", "b"):
            if pace.free_at(domain) <= moment:
                pace.took(domain, moment)
                moments[domain].append(moment)
        moment += 0.25
    assert [len(moments[domain]) for domain in ("a", "b")] == [12, 12]
    assert all(later - earlier >= 10 for domain in moments.values() for earlier, later in itertools.pairwise(domain))
    assert len({*moments["a"], *moments["b"]}) == 24, "one a second in all"


CHILD = """
import sys
from pathlib import Path
from aggregator.store import open_store
from tests.send.test_send_issue import send, URL
folder = Path(sys.argv[1])
with open_store(URL, folder) as store:
    sent = send(folder, store)
print(sent.accepted, sent.uncertain, sent.pending, sent.stopped)
"""


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_asked_to_stop_it_finishes_what_it_gives_and_goes_on_later(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(phase: str, who: str) -> bytes | None:
        if phase == "dot" and who.startswith("lezer1"):
            begun.set()
            go_on.wait(60)
        return None

    with a_server(slow) as server:
        monkeypatch.setenv("AGGREGATOR_SMTP", f"smtp://127.0.0.1:{server.port}")
        with open_store(URL, tmp_path) as store:
            approved(store, *(f"lezer{number}@x.example" for number in range(60)))
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(tmp_path)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        assert begun.wait(60)
        child.send_signal(getattr(signal, name))
        threading.Timer(0.3, go_on.set).start()
        told = child.communicate(timeout=60)[0].split(" ", 3)
        assert child.returncode == 0
        assert (told[1], f"Stopped by {name}" in told[3]) == ("0", True)
        assert int(told[0]) + int(told[2]) == 60
        assert int(told[2]) > 0
        with open_store(URL, tmp_path) as store:
            assert issues.list_issues(store)[0].state == "stopped"
            from tests.send.test_send_issue import send

            assert send(tmp_path, store).accepted == 60
        assert max(server.got.values()) == 1


def test_a_domain_that_puts_off_everybody_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.send.test_send_issue import send

    def full(phase: str, who: str) -> bytes | None:
        return b"452 4.7.1 too many from you\r\n" if phase == "RCPT" and who.endswith("@vol.example") else None

    with a_server(full) as server, open_store(URL, tmp_path) as store:
        monkeypatch.setenv("AGGREGATOR_SMTP", f"smtp://127.0.0.1:{server.port}")
        approved(store, *(f"l{number}@{domain}.example" for number in range(40) for domain in ("vol", "leeg")))
        sent = send(tmp_path, store)
        tried = sum("@vol.example" in line for line in server.commands)
        assert sent.accepted == 40
        assert 5 <= tried <= 5 + 4
        assert sent.deferred + sent.pending == 40
        assert any("vol.example: puts off" in line for line in sent.problems)


def test_a_dry_run_changes_nothing_at_all(tmp_path: Path) -> None:
    settings = a_setting(tmp_path)
    with open_store(URL, tmp_path) as store:
        approved(store, ANNA, BART)
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in tmp_path.rglob("*") if path.is_file()}
    assert mailing.rehearse(settings, "2026-10").recipients == 2
    after = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in tmp_path.rglob("*") if path.is_file()}
    assert before == after


def test_what_send_reports_is_json_where_that_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "sources.yaml"
    file.write_text(
        "publication: {title: Post, url: https://example.org/, author: {name: Redactie}}\n"
        "sources: [{name: Tuin, path: '*.md', site: https://tuin.example/}]\n"
        "mail: {from: {name: Redactie, email: redactie@example.org}}\n"
    )
    with open_store(URL, tmp_path) as store:
        approved(store, ANNA, BART)

    def told(*arguments: str) -> Any:
        result = CliRunner().invoke(main, ["send", "2026-10", "--config", str(file), "--json", *arguments])
        return json.loads(result.output) if result.exit_code == 0 else result.exit_code

    with a_server() as server:
        monkeypatch.setenv("AGGREGATOR_SMTP", f"smtp://127.0.0.1:{server.port}")
        rehearsal = told("--dry-run")
        assert (rehearsal["recipients"], rehearsal["state"], rehearsal["in_doubt"]) == (2, "approved", 0)
        assert told("--test", ANNA) == {"issue": "2026-10", "address": ANNA, "reply": "250 taken"}
        assert told("--test", ANNA, "--into", "eml:uit") == 2, "a copy would not go there"
        assert told()["accepted"] == 2
        assert told("--dry-run") == 2, "it would not be sent"
