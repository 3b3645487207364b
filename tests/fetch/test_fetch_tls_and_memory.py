"""Certificates are checked, and nothing that is sent can fill the memory."""

from __future__ import annotations

import asyncio
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from aggregator.fetch import authorities
from aggregator.fetch.client import Fetcher
from aggregator.model import Answer, Fetched, Problem
from aggregator.settings import Network, Source
from tests.fetch.bombs import bomb
from tests.fetch.faults import answer, serving

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)


class Quiet(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: object) -> None:
        pass


AUTHORITY = """[ca]
default_ca = own
[own]
database = {folder}/index.txt
serial = {folder}/serial
policy = any
x509_extensions = names
default_md = sha256
[any]
commonName = supplied
[names]
subjectAltName = DNS:{name}{address}
"""


def certificate(folder: Path, openssl: str, name: str, start: str, end: str) -> Path:
    """A self-signed certificate for `name`, valid from `start` to `end`, and its key, in one file."""
    address = ",IP:127.0.0.1" if name == "localhost" else ""
    (folder / "authority").write_text(AUTHORITY.format(folder=folder, name=name, address=address))
    (folder / "index.txt").touch()
    (folder / "serial").write_text("01")
    key, request, file = (folder / part for part in ("key.pem", "request.csr", "certificate.pem"))
    new = ["req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-keyout", key, "-out", request]
    sign = ["ca", "-batch", "-selfsign", "-notext", "-config", folder / "authority", "-keyfile", key, "-in", request]
    sign += ["-startdate", start, "-enddate", end, "-outdir", folder, "-out", file]
    for command in (new, sign):
        subprocess.run([openssl, *map(str, command)], check=True, capture_output=True)
    file.write_text(file.read_text() + key.read_text())
    return file


OPEN = Network(allow_private=True, total_seconds=5.0)


def get(url: str, network: Network = OPEN) -> Answer:
    async def ask() -> Answer:
        async with Fetcher(network, "https://example.org/", NOW) as fetcher:
            return await fetcher.getter(Source(name="A", url=url))(url, "feed")

    return asyncio.run(ask())


def served_with(file: Path) -> ThreadingHTTPServer:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    context.set_alpn_protocols(["h2", "http/1.1"])  # it speaks the second only, if it is let choose the first
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


CERTIFICATES = {
    "trusted": ("localhost", "20991231000000Z", True, ""),
    "nobody vouches for": ("localhost", "20991231000000Z", False, "self-signed certificate"),
    "expired": ("localhost", "20200201000000Z", True, "expired"),
    "of another name": ("other.example", "20991231000000Z", True, "not valid for"),
}


@pytest.mark.parametrize("case", CERTIFICATES)
def test_a_certificate_is_checked(
    case: str, tmp_path: Path, tool: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    name, end, trusted, words = CERTIFICATES[case]
    file = certificate(tmp_path, tool("openssl"), name, "20200101000000Z", end)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
    server = served_with(file)
    try:
        found = get(f"https://127.0.0.1:{server.server_port}/")
    finally:
        server.shutdown()
        server.server_close()
    if words:
        assert isinstance(found, Problem), found
        assert found.state == "unreachable"
        assert "certificate is not valid" in found.sentence
        assert words in found.sentence
    else:
        assert isinstance(found, Fetched)


def test_pages_of_a_host_come_over_one_connection_whose_certificate_is_for_its_name(
    tmp_path: Path, tool: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = certificate(tmp_path, tool("openssl"), "other.example", "20200101000000Z", "20991231000000Z")
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    server = served_with(file)
    peers = set()

    class Counting(Quiet):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            peers.add(self.client_address)
            super().do_GET()

    async def resolver(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    async def ask() -> list[Answer]:
        async with Fetcher(OPEN, "https://example.org/", NOW, resolver) as fetcher:
            url = f"https://other.example:{server.server_port}/"
            return [await fetcher.getter(Source(name="A", url=url))(f"{url}{page}", "feed") for page in range(5)]

    server.RequestHandlerClass = Counting
    try:
        answers = asyncio.run(ask())
    finally:
        server.shutdown()
        server.server_close()
    assert [found.body for found in answers if isinstance(found, Fetched)] == [b"ok"] * 5
    assert len(peers) == 1


def test_what_nobody_asked_for_over_tls_does_not_spoil_the_next_page(
    tmp_path: Path, tool: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = certificate(tmp_path, tool("openssl"), "localhost", "20200101000000Z", "20991231000000Z")
    monkeypatch.setenv("SSL_CERT_FILE", str(file))

    class Surplus(Quiet):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            super().do_GET()
            self.wfile.write(b"more than it said")

    async def ask(url: str) -> list[Answer]:
        async with Fetcher(OPEN, "https://example.org/", NOW) as fetcher:
            return [await fetcher.getter(Source(name="A", url=url))(f"{url}{page}", "feed") for page in range(5)]

    server = served_with(file)
    server.RequestHandlerClass = Surplus
    try:
        answers = asyncio.run(ask(f"https://127.0.0.1:{server.server_port}/"))
    finally:
        server.shutdown()
        server.server_close()
    assert [found.body for found in answers if isinstance(found, Fetched)] == [b"ok"] * 5


@pytest.mark.parametrize("places", [{}, {"SSL_CERT_DIR": "/nowhere"}], ids=["of the system", "a folder"])
def test_the_authorities_are_those_that_python_would_take(
    places: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    for name, place in places.items():
        monkeypatch.setenv(name, place)
    found = ssl.get_default_verify_paths()
    assert authorities.places() == (found.cafile, found.capath)


def test_a_file_that_is_named_stands_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "authorities.pem"
    file.write_text("-----BEGIN CERTIFICATE-----\n")
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    assert authorities.places() == (str(file), None)


@pytest.mark.parametrize("proxy", ["", "http://127.0.0.1:9"], ids=["direct", "by a proxy"])
@pytest.mark.parametrize("written", [None, ""], ids=["absent", "empty"])
def test_authorities_that_cannot_be_read_are_named(
    written: str | None, proxy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", proxy)
    file = tmp_path / "authorities.pem"
    if written is not None:
        file.write_text(written)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    found = get("https://127.0.0.1:9/")
    assert isinstance(found, Problem)
    assert f"{file}, which SSL_CERT_FILE names, holds no authorities" in found.sentence


def test_authorities_that_are_damaged_are_named(
    tmp_path: Path, tool: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = served_with(certificate(tmp_path, tool("openssl"), "localhost", "20200101000000Z", "20991231000000Z"))
    damaged = tmp_path / "authorities.pem"
    damaged.write_text("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n")
    monkeypatch.setenv("SSL_CERT_FILE", str(damaged))
    try:
        found = get(f"https://127.0.0.1:{server.server_port}/")
    finally:
        server.shutdown()
        server.server_close()
    assert isinstance(found, Problem)
    assert f"{damaged}, which SSL_CERT_FILE names, holds no authorities" in found.sentence


def test_a_server_that_is_silent_before_it_could_be_asked_is_waited_for_as_for_connecting() -> None:
    network = Network(allow_private=True, connect_seconds=0.4, read_seconds=0.1, total_seconds=20.0)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        found = get(f"https://127.0.0.1:{listener.getsockname()[1]}/", network)
    assert isinstance(found, Problem)
    assert "could not be connected to in time" in found.sentence


def test_plain_http_on_a_tls_port_is_named() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    found = get(f"https://127.0.0.1:{server.server_port}/")
    server.shutdown()
    server.server_close()
    assert isinstance(found, Problem)
    assert "TLS" in found.sentence


FETCHING = """
import sys
from pathlib import Path
from tests.fetch.test_fetch_tls_and_memory import get
found = get(sys.argv[1])
peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(type(found).__name__, int(peak.split()[1]) // 1024)
"""


@pytest.mark.parametrize(("coding", "megabytes"), [("gzip", 1_000), ("br", 1_000), ("zstd", 10_000)])
def test_a_bomb_leaves_the_memory_of_the_whole_process_under_300_mb(coding: str, megabytes: int) -> None:
    """The bomb is made here. VmHWM, because ru_maxrss of a child begins with the size of the one that started it."""
    if not Path("/proc/self/status").is_file():
        pytest.skip("needs Linux's /proc to see the peak of a process")
    with serving(answer(body=bomb(coding, megabytes), content_encoding=coding)) as server:
        command = [sys.executable, "-c", FETCHING, server.url]
        root = Path(__file__).parents[2]
        result = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    kind, peak = result.stdout.split()
    assert kind == "Problem"
    assert int(peak) < 300
