"""A client for strangers' addresses: nothing private is ever reached, by whatever spelling, answer or redirect."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from narrate.errors import UnsafeAddress
from narrate.guarded import GuardedClient, check_url, is_public


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "224.0.0.1",
     "255.255.255.255", "192.0.2.1", "198.18.0.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1",
     "::ffff:10.0.0.1", "::ffff:127.0.0.1", "64:ff9b::a00:1", "64:ff9b::7f00:1", "2002:7f00:1::", "2002:a00:1::",
     "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:db8::1", "not an address", ""],
)  # fmt: skip
def test_an_address_that_isnt_public_is_known(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "::ffff:1.1.1.1"])
def test_a_public_address_is_known(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    ["http://127.1/", "http://0x7f000001/", "http://2130706433/", "http://0177.0.0.1/", "http://[::1]/",
     "http://[::ffff:10.0.0.1]/", "http://169.254.169.254/latest/meta-data/", "http://100.64.0.1/",
     "http://localhost/", "http://127.0.0.1:8000/", "https://localhost/"],
)  # fmt: skip
def test_a_private_place_is_never_connected_to(url: str) -> None:
    with GuardedClient("test") as client, pytest.raises(UnsafeAddress):
        client.request("GET", url)


def test_a_name_with_one_private_address_among_public_ones_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(host: str, port: int, **_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in ("1.1.1.1", "127.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with GuardedClient("test") as client, pytest.raises(UnsafeAddress):
        client.request("GET", "http://rebound.example/")


@pytest.mark.parametrize(
    "url",
    ["", "nonsense", "ftp://example.org/", "file:///etc/passwd", "javascript:alert(1)", "http://", "http:///x",
     "https://user:secret@example.org/", "http://exa mple.org/", "gopher://example.org", "http://" + "a" * 300 + ".org",
     "http://[::1", "http://example.org:99999/"],
)  # fmt: skip
def test_what_is_no_plain_web_address_is_refused_at_once(url: str) -> None:
    with pytest.raises(UnsafeAddress):
        check_url(url)


class Server(ThreadingHTTPServer):
    seen: list[tuple[str, str, bytes]]


class Handler(BaseHTTPRequestHandler):
    server: Server

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.seen.append((self.command, self.path, body))
        if self.path.startswith("/to/"):
            code, _, where = self.path.removeprefix("/to/").partition("/")
            self.send_response(int(code))
            self.send_header("Location", where)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        sent = b"x" * 200_000 if self.path == "/long" else b"fine"
        self.send_response(200)
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)

    do_GET = do_POST = _answer  # noqa: N815

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server(("127.0.0.1", 0), Handler)
    running.seen = []
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    yield running
    running.shutdown()
    running.server_close()
    thread.join()


def client_to(server: Server) -> tuple[GuardedClient, str]:
    """A client that takes 127.0.0.1, and nothing else that is private, for public."""
    allow = lambda address: address == "127.0.0.1" or is_public(address)  # noqa: E731
    return GuardedClient("test", allow=allow), f"http://127.0.0.1:{server.server_port}"


def test_what_is_allowed_is_sent_once(server: Server) -> None:
    client, url = client_to(server)
    with client:
        answer = client.request("POST", f"{url}/hook", content=b"{}", headers={"X-A": "b"})
    assert (answer.status, answer.body) == (200, b"fine")
    assert server.seen == [("POST", "/hook", b"{}")]


def test_a_long_answer_is_cut(server: Server) -> None:
    client, url = client_to(server)
    with client:
        assert len(client.request("GET", f"{url}/long").body) == 64_000


@pytest.mark.parametrize("target", ["http://127.0.0.2:1/", "http://169.254.169.254/", "file:///etc/passwd", "//[::1]/"])
def test_a_redirect_to_a_private_place_is_refused(server: Server, target: str) -> None:
    client, url = client_to(server)
    with client, pytest.raises(UnsafeAddress):
        client.request("GET", f"{url}/to/302/{target}")


def test_redirects_end_somewhere(server: Server) -> None:
    client, url = client_to(server)
    with client, pytest.raises(UnsafeAddress, match="more than 5"):
        client.request("GET", f"{url}/to/302//to/302//to/302//to/302//to/302//to/302//fine")
    assert len(server.seen) == 6


def test_a_post_isnt_turned_into_a_get(server: Server) -> None:
    client, url = client_to(server)
    with client:
        assert client.request("POST", f"{url}/to/302//fine", content=b"x").status == 302
        assert client.request("POST", f"{url}/to/307//fine", content=b"x").status == 200
    assert server.seen[-1] == ("POST", "/fine", b"x")


def test_nobody_there_is_said_plainly(server: Server) -> None:
    client, _ = client_to(server)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with client, pytest.raises(httpx.HTTPError):
        client.request("GET", f"http://127.0.0.1:{port}/")
