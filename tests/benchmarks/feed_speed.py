"""How fast feeds are published and served: `python -m tests.benchmarks.feed_speed [--episodes 5000]`. Prints JSON.

The library is made of rows and small ready-made files, in the shapes and sizes that narrating gives; publishing and
serving are the real ones. One more episode is what a working service does every few minutes.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from narrate.home import Home, open_home
from narrate.settings import read_settings
from narrate.store.sites import MAIN
from tests.library import Library

_SECONDS = 3.0
_CONNECTIONS = 32


def measure(n_episodes: int) -> dict[str, Any]:
    """Seconds, bytes and requests a second over a library of so many episodes."""
    with TemporaryDirectory() as folder:
        settings = read_settings(home=Path(folder) / "home", public_url="https://pod.example.org")
        with open_home(settings) as home:
            library = Library(home, random.Random(7))
            keys = library.add(n_episodes - 1)
            first_s = _timed(lambda: home.publish(MAIN, keys))
            again_s = _timed(lambda: home.publish(MAIN))
            more = [_timed(lambda: home.publish(MAIN, library.add(1))) for _ in range(3)]
            everything_s = _timed(lambda: home.publish(MAIN, everything=True))
            site = home.publishing.folder(MAIN)
            assert site is not None
            main = (site / "feed.xml").read_bytes()
            served = _serve_and_ask(home)
            return {
                "episodes": n_episodes + 2,
                "feeds": len(list(site.glob("feeds/*.xml"))) + 1,
                "first_publish_s": round(first_s, 2),
                "publish_unchanged_s": round(again_s, 3),
                "publish_one_more_s": [round(s, 3) for s in more],
                "publish_everything_s": round(everything_s, 2),
                "main_feed_bytes": len(main),
                "main_feed_gzip_bytes": len(gzip.compress(main, 6)),
                **served,
            }


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _serve_and_ask(home: Home) -> dict[str, float]:
    """Requests a second that one process answers."""
    command = [sys.executable, "-m", "narrate", "serve", "--port", "0"]
    env = {"NARRATE_HOME": str(home.settings.home), "NARRATE_PUBLIC_URL": "https://pod.example.org", "PATH": "/usr/bin"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env) as server:
        try:
            assert server.stdout is not None
            port = int(server.stdout.readline().rsplit(":", 1)[1].strip().rstrip("/"))
            head = _once(port, b"GET /feed.xml HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n")
            etag = next(line[6:] for line in head.split(b"\r\n") if line.lower().startswith(b"etag: "))
            known = b"GET /feed.xml HTTP/1.1\r\nHost: x\r\nIf-None-Match: " + etag + b"\r\n\r\n"
            whole = b"GET /feed.xml HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n"
            return {
                "conditional_gets_per_s": round(_ask(port, known, b"304")),
                "gzipped_gets_per_s": round(_ask(port, whole, b"200")),
            }
        finally:
            server.terminate()


def _once(port: int, request: bytes) -> bytes:
    with _connected(port) as line:
        line.sendall(request)
        got = b""
        while b"\r\n\r\n" not in got:
            got += line.recv(65536)
        return got.partition(b"\r\n\r\n")[0]


def _connected(port: int) -> socket.socket:
    """A connection, also to a server that has named its port and isn't listening yet."""
    for _ in range(100):
        try:
            return socket.create_connection(("127.0.0.1", port))
        except ConnectionRefusedError:
            time.sleep(0.1)
    raise ConnectionRefusedError(port)


class _Line:
    """One connection that asks again as soon as it has its answer."""

    def __init__(self, port: int, request: bytes) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.request, self.got, self.left = request, b"", -1
        self.socket.sendall(request)

    def read(self, status: bytes) -> int:
        """How many answers are complete now: 0 or 1."""
        chunk = self.socket.recv(1 << 20)
        assert chunk, "the server closed the line"
        if self.left < 0:
            self.got += chunk
            if b"\r\n\r\n" not in self.got:
                return 0
            head, _, body = self.got.partition(b"\r\n\r\n")
            assert head[9:12] == status, head[:60]
            named = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
            self.left = (int(named[0].split(b":")[1]) if named else 0) - len(body)
        else:
            self.left -= len(chunk)
        if self.left > 0:
            return 0
        self.got, self.left = b"", -1
        self.socket.sendall(self.request)
        return 1


@contextmanager
def _lines(port: int, request: bytes) -> Iterator[selectors.DefaultSelector]:
    with selectors.DefaultSelector() as waiting:
        lines = [_Line(port, request) for _ in range(_CONNECTIONS)]
        for line in lines:
            waiting.register(line.socket, selectors.EVENT_READ, line)
        try:
            yield waiting
        finally:
            for line in lines:
                line.socket.close()


def _ask(port: int, request: bytes, status: bytes) -> float:
    """Answers a second over some seconds."""
    with _lines(port, request) as waiting:
        n_answers, started = 0, time.perf_counter()
        while (elapsed_s := time.perf_counter() - started) < _SECONDS:
            for key, _ in waiting.select(timeout=1):
                n_answers += key.data.read(status)
        return n_answers / elapsed_s


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--episodes", type=int, default=5000)
    print(json.dumps(measure(parser.parse_args().episodes), indent=1))
