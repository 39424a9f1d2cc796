"""A fake forum -> a real server on this machine's loopback, for as long as a `with` block lasts."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn

from narrate.samples.forum.app import FakeForum, Seen, create_app
from narrate.samples.forum.data import ForumData
from narrate.samples.forum.faults import Faults

_START_WITHIN_S = 20.0


@dataclass(frozen=True, slots=True)
class RunningForum:
    """A forum that answers at `url`. `data` may be read and changed, `faults` switched, while it runs."""

    url: str
    forum: FakeForum

    @property
    def data(self) -> ForumData:
        return self.forum.data

    @property
    def faults(self) -> Faults:
        return self.forum.faults

    @property
    def seen(self) -> list[Seen]:
        """Every request so far."""
        return self.forum.seen

    def reset(self, data: ForumData) -> None:
        """Start over with other data, no faults and nothing seen, at the same address."""
        self.forum.data = data
        self.forum.faults.clear()
        self.forum.seen.clear()


@contextmanager
def running_forum(data: ForumData | None = None, *, port: int = 0, control: bool = False) -> Iterator[RunningForum]:
    """Serve `data` on 127.0.0.1 (port 0: any free one) from a thread. Raises OSError when the port is taken."""
    forum = FakeForum(data=data or ForumData())
    listener = listen(port)
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(forum, control=control),
            log_level="critical",
            lifespan="off",
            ws="none",
            timeout_graceful_shutdown=1,
        )
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="fake forum", daemon=True)
    thread.start()
    try:
        give_up_at = time.monotonic() + _START_WITHIN_S
        while not server.started:
            if not thread.is_alive() or time.monotonic() > give_up_at:
                raise OSError("the fake forum didn't start")
            time.sleep(0.005)
        yield RunningForum(f"http://127.0.0.1:{listener.getsockname()[1]}", forum)
    finally:
        server.should_exit = True
        thread.join(timeout=_START_WITHIN_S)
        listener.close()


def listen(port: int) -> socket.socket:
    """A listening socket on loopback. asyncio spares small answers 40 ms where the protocol is named."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError:
        listener.close()
        raise
    return listener
