"""`aggregator serve`: what a client gets for what it asks, over real connections."""

from __future__ import annotations

import gzip
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator import serving
from aggregator.config import load
from aggregator.publish.files import write_with_twin
from aggregator.serve import Request, Response, client, fields, server
from aggregator.serve.files import names_in, takes_gzip
from tests.serving import Served, served, served_folder

THEN = datetime(2026, 6, 1, 9, tzinfo=UTC)
ATOM = b"<feed xmlns='http://www.w3.org/2005/Atom'>" + b"<entry/>" * 200 + b"</feed>"


def echo(request: Request) -> Response:
    told = f"{request.method} {request.path} {request.query} {request.body.decode()}"
    return Response(200, {"content-type": "text/plain"}, told.encode())


def broken(request: Request) -> Response:
    raise ValueError("secret detail")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    write_with_twin(folder / "atom.xml", ATOM, THEN)
    for path in ("index.html", "style.css", "rss.xml", "feed.json", "sources.opml", "status.json", "a b.html"):
        write_with_twin(folder / path, path.encode(), THEN)
    write_with_twin(folder / "digest" / "2026-05" / "index.html", b"issue", THEN)
    (folder / ".atom.xml.part").write_bytes(b"half")
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "leads-out.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "out-folder").symlink_to(tmp_path)
    (folder / "circle.txt").symlink_to("circle.txt")
    os.mkfifo(folder / "pipe.txt")
    return folder


@pytest.fixture
def front(out: Path) -> Iterator[Served]:
    with served_folder(out, {"echo": echo, "broken": broken}) as found:
        yield found


def get(front: Served, path: str, **headers: str) -> httpx.Response:
    named = {"accept-encoding": "identity"} | {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.get(front.url + path, headers=named)


def raw(front: Served, request: bytes) -> bytes:
    """All that comes back for these bytes, until the server hangs up."""
    with socket.create_connection(("127.0.0.1", front.port), timeout=30) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65_536), b""))


TYPES = {
    "atom.xml": "application/atom+xml",
    "rss.xml": "application/rss+xml",
    "feed.json": "application/feed+json",
    "sources.opml": "text/x-opml; charset=utf-8",
    "status.json": "application/json",
    "style.css": "text/css; charset=utf-8",
    "": "text/html; charset=utf-8",
    "a%20b.html": "text/html; charset=utf-8",
    "digest/2026-05/": "text/html; charset=utf-8",
}


@pytest.mark.parametrize(("path", "media_type"), TYPES.items())
def test_a_file_comes_whole_with_its_type_its_validators_and_no_rights_for_others(
    front: Served, path: str, media_type: str
) -> None:
    answer = get(front, path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
    assert answer.headers["last-modified"] == "Mon, 01 Jun 2026 09:00:00 GMT"
    assert answer.headers["accept-ranges"] == "none"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "script" not in policy


def test_whoever_holds_the_file_gets_304_and_whoever_holds_another_gets_it_whole(front: Served, out: Path) -> None:
    first = get(front, "atom.xml")
    etag, modified = first.headers["etag"], first.headers["last-modified"]
    assert first.content == ATOM
    known = get(front, "atom.xml", if_none_match=etag)
    assert (known.status_code, known.content, known.headers["etag"]) == (304, b"", etag)
    assert get(front, "atom.xml", if_none_match=f'"x", W/{etag}').status_code == 304
    assert get(front, "atom.xml", if_none_match="*").status_code == 304
    assert get(front, "atom.xml", if_modified_since=modified).status_code == 304
    assert get(front, "atom.xml", if_modified_since="Sun, 31 May 2026 09:00:00 GMT").status_code == 200
    for no_date in ("never", f"Sun, 31 May 2026 09:00:00 +{'9' * 20}"):
        assert get(front, "atom.xml", if_modified_since=no_date).status_code == 200
    assert get(front, "atom.xml", if_none_match='"x"', if_modified_since=modified).status_code == 200
    assert get(front, "atom.xml", range="bytes=0-3").status_code == 200
    write_with_twin(out / "atom.xml", ATOM.replace(b"entry", b"Entry"), THEN)
    again = get(front, "atom.xml", if_none_match=etag, if_modified_since=modified)
    assert again.status_code == 200
    assert again.headers["etag"] != etag


def test_the_packed_copy_goes_to_those_who_take_it_and_only_while_it_belongs_to_the_file(
    front: Served, out: Path
) -> None:
    plain, packed = get(front, "atom.xml"), get(front, "atom.xml", accept_encoding="br, gzip;q=0.5")
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == ATOM
    assert int(packed.headers["content-length"]) == (out / "atom.xml.gz").stat().st_size < len(ATOM)
    assert packed.headers["etag"] != plain.headers["etag"]
    assert plain.headers["vary"] == packed.headers["vary"] == "accept-encoding"
    asked = {"accept_encoding": "gzip", "if_none_match": packed.headers["etag"]}
    assert get(front, "atom.xml", **asked).status_code == 304
    (out / "atom.xml.gz").write_bytes(gzip.compress(b"another state"))
    stale = get(front, "atom.xml", accept_encoding="gzip")
    assert stale.content == ATOM
    assert "content-encoding" not in stale.headers


@pytest.mark.parametrize(
    ("accepted", "taken"),
    [
        ("gzip", True), ("", False), ("identity", False), ("*", True), ("gzip;q=0", False), ("gzip; q=0.000", False),
        ("*;q=0.5, gzip;q=0", False), ("br, GZIP", True), ("gzip;q=1.0", True), ("deflate", False),
        ("gzip;Q=0", False),
    ],
)  # fmt: skip
def test_whether_gzip_is_taken(accepted: str, taken: bool) -> None:
    assert takes_gzip(accepted) is taken


HIDDEN = [
    "nothing.html", ".atom.xml.part", "..%2fsecret.txt", "%2e%2e/secret.txt", "../secret.txt", "digest/../../secret.txt",
    "leads-out.txt", "out-folder/secret.txt", "pipe.txt", "%00", "atom.xml%00.html", "%ff", "digest//2026-05/",
    "/etc/passwd", "..%5csecret.txt", "%252e%252e/secret.txt", "atom.xml/", "digest/",
    "x" * 300, "circle.txt", "circle.txt/x",
]  # fmt: skip


@pytest.mark.parametrize("path", HIDDEN)
def test_nothing_outside_out_nothing_hidden_and_nothing_half_written_is_shown(front: Served, path: str) -> None:
    answer = raw(front, f"GET /{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert b"secret\n" not in answer
    assert b"half" not in answer


@given(st.text(st.sampled_from("a./%25fFeE0c\\:~é")))
def test_no_path_leads_up_or_to_a_hidden_file(path: str) -> None:
    for name in names_in("/" + path) or []:
        assert not name.startswith(".")
        assert "/" not in name


def test_a_folder_without_its_slash_is_sent_on_and_a_page_of_errors_finds_its_way_back(front: Served) -> None:
    sent = get(front, "digest/2026-05?a=1")
    assert (sent.status_code, sent.headers["location"]) == (308, "2026-05/?a=1")
    assert get(front, "digest/2026-05/x").content == b"404 ../../"


def test_head_tells_what_get_would_and_other_methods_are_refused(front: Served) -> None:
    told = httpx.head(front.url + "atom.xml", headers={"accept-encoding": "identity"})
    assert (told.status_code, told.content, told.headers["content-length"]) == (200, b"", str(len(ATOM)))
    posted = httpx.post(front.url + "atom.xml")
    assert (posted.status_code, posted.headers["allow"]) == (405, "GET, HEAD")
    assert httpx.request("DELETE", front.url + "atom.xml").status_code == 501


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("http://proef.example/echo/a?b=c", "GET /echo/a b=c "), ("HTTPS://proef.example:443/echo", "GET /echo  "),
        ("http://proef.example/echo/http://x/?y", "GET /echo/http://x/ y "),
    ],
)  # fmt: skip
def test_a_whole_url_is_asked_for_as_its_path_is(front: Served, target: str, told: str) -> None:
    """As proxies ask; RFC 9112, 3.2.2, has every server take it."""
    answer = raw(front, f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    assert answer.endswith(b"\r\n\r\n" + told.encode())


@pytest.mark.parametrize("target", ["http://proef.example", "http://proef.example?a"])
def test_a_url_without_a_path_is_the_front_page(front: Served, target: str) -> None:
    assert raw(front, f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()).endswith(b"index.html")


def test_one_connection_serves_many_requests(front: Served) -> None:
    request = b"GET /style.css HTTP/1.1\r\nHost: x\r\n\r\n"
    assert raw(front, request * 5).count(b"HTTP/1.1 200") == 5


def test_a_handler_answers_all_below_its_segment_and_its_failure_is_nobodys_business(
    front: Served, capfd: pytest.CaptureFixture[str]
) -> None:
    assert httpx.post(front.url + "echo/a?b=c", content=b"body").text == "POST /echo/a b=c body"
    chunked = (
        b"POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"
    )
    assert raw(front, chunked).endswith(b"POST /echo  hi")
    expecting = (
        b"POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi"
    )
    assert raw(front, expecting).endswith(b"POST /echo  hi")
    answer = get(front, "broken")
    assert (answer.status_code, b"secret" in answer.content) == (500, False)
    assert "ValueError: secret detail" in capfd.readouterr().err


REFUSED = {
    400: [
        b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"GET /\xc3\xa9 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET ftp://x/ HTTP/1.1\r\nHost: x\r\n\r\n", b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    ],
    413: [b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 70000\r\n\r\n" + b"x" * 70_000,
          b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + b"4000\r\n" + b"x" * 0x4000 + b"\r\n" + (b"4000\r\n" + b"x" * 0x4000 + b"\r\n") * 5 + b"0\r\n\r\n"],
    431: [b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"x" * 100_000 + b"\r\n\r\n"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("status", "request_"), [(status, one) for status, all_of in REFUSED.items() for one in all_of]
)
def test_what_is_malformed_or_too_large_is_refused(front: Served, status: int, request_: bytes) -> None:
    assert raw(front, request_).startswith(f"HTTP/1.1 {status} ".encode())


def test_a_client_that_dribbles_is_left_and_costs_the_others_nothing(
    front: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "HEAD_SECONDS", 0.3)
    with socket.create_connection(("127.0.0.1", front.port), timeout=30) as slow:
        slow.sendall(b"GET / HTTP/1.1\r\nHo")
        assert get(front, "atom.xml").status_code == 200
        assert slow.recv(100).startswith(b"HTTP/1.1 408 ")
    with socket.create_connection(("127.0.0.1", front.port), timeout=30) as silent:
        assert silent.recv(100) == b""


def test_more_connections_than_it_can_hold_are_told_so(front: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "CONNECTIONS", 2)
    held = [socket.create_connection(("127.0.0.1", front.port), timeout=30) for _ in range(2)]
    for one in held:
        one.sendall(b"GET /style.css HTTP/1.1\r\nHost: x\r\n\r\n")
        assert one.recv(100).startswith(b"HTTP/1.1 200 ")
    assert raw(front, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").startswith(b"HTTP/1.1 503 ")
    for one in held:
        one.close()


def test_the_fields_of_a_form() -> None:
    assert fields("token=a%20b&x=&token=c") == {"token": "a b", "x": ""}
    assert fields(b"List-Unsubscribe=One-Click") == {"List-Unsubscribe": "One-Click"}
    assert len(fields("&".join(f"a{number}=" for number in range(1_000)))) == 50


CONFIGURATION = """
publication: {title: Proef, url: 'https://proef.example/', language: nl, author: {name: Redactie}}
sources: [{name: Map, path: '*.md', site: 'https://proef.example/', link: '{slug}.html'}]
"""


def test_the_command_says_where_it_serves_and_stops_when_told(tmp_path: Path, out: Path) -> None:
    (tmp_path / "sources.yaml").write_text(CONFIGURATION)
    command = [sys.executable, "-m", "aggregator", "serve", "--port", "0", "--verbose"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1]
        modified = format_datetime(THEN, usegmt=True)
        with httpx.Client() as client:
            known = client.get(url + "atom.xml", headers={"if-modified-since": modified, "user-agent": "reader/1\x7f"})
            assert known.status_code == 304
            absent = client.get(url + "digest/x/y")
            assert "Deze pagina is er niet" in absent.text
            assert 'href="../../style.css"' in absent.text
            assert client.post(f"{url}unsubscribe/{'a' * 24}").status_code == 404
            process.send_signal(signal.SIGTERM)
            _, told = process.communicate(timeout=60)
        assert process.returncode == 0
    assert told.splitlines()[0].startswith("GET /atom.xml 304 reader/1")
    assert "POST /unsubscribe/... 404" in told
    assert "a" * 24 not in told  # whoever reads the log can unsubscribe nobody


def test_an_address_that_is_taken_is_told_with_what_to_do(tmp_path: Path, front: Served) -> None:
    (tmp_path / "sources.yaml").write_text(CONFIGURATION)
    command = [sys.executable, "-m", "aggregator", "serve", "--port", str(front.port)]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 4
    assert "Address already in use; choose another with --host, --port" in ended.stderr


def test_whoever_errs_is_answered_whatever_becomes_of_the_template_meanwhile(
    tmp_path: Path, out: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "sources.yaml").write_text(CONFIGURATION)
    with served(serving.front(load(tmp_path / "sources.yaml"))) as site:
        (tmp_path / "templates").mkdir()
        (tmp_path / "templates" / "error.html.j2").write_text("{% if %}")
        answers = get(site, "nothing"), httpx.request("DELETE", site.url)
        assert [answer.status_code for answer in answers] == [404, 501]
        assert all(str(answer.status_code) in answer.text for answer in answers)
    told = capfd.readouterr().err.splitlines()
    assert len(told) == 2
    assert "templates/error.html.j2:1: cannot be used" in told[0]
