"""`narrate work`, `serve`, `run`: the service on one machine."""

from __future__ import annotations

import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import typer


def work(
    once: bool = typer.Option(False, "--once", help="End when nothing is waiting."),
) -> None:
    """Narrate the queue by its votes, several posts at once, and publish each. One works, a second one waits.

    Ctrl-C (or SIGTERM) lets what is nearly finished end and puts the rest back; a second one stops at once.

    Example: narrate work
    """
    from narrate import logs
    from narrate.home import open_home
    from narrate.settings import read_settings
    from narrate.work.dispatcher import Dispatcher
    from narrate.work.finder import Finder

    settings = read_settings()
    logs.start(settings.log_level, settings.log_style)
    with open_home(settings) as home:
        finder, dispatcher = Finder(home), Dispatcher(home)
        if not once:
            finder.start()
        try:
            with _stopped_by_signals(dispatcher.stop):
                dispatcher.run(once=once)
        finally:
            finder.stop()


@contextmanager
def _stopped_by_signals(stop: Callable[[], None]) -> Iterator[None]:
    """The first Ctrl-C or SIGTERM stops gracefully, the next as always."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.getsignal(number) for number in numbers]

    def restore() -> None:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)

    def stop_once(_number: int, _frame: FrameType | None) -> None:
        restore()
        stop()

    for number in numbers:
        signal.signal(number, stop_once)
    try:
        yield
    finally:
        restore()


def serve(
    host: str | None = typer.Option(None, help="Address to listen on."),
    port: int | None = typer.Option(None, help="Port to listen on."),
) -> None:
    """Serve the site, the feed and the media.

    Example: narrate serve --port 8000
    """
    _serve(host, port, with_worker=False)


def run(
    host: str | None = typer.Option(None, help="Address to listen on."),
    port: int | None = typer.Option(None, help="Port to listen on."),
) -> None:
    """Serve and work in one: the whole service on one machine.

    Example: narrate run
    """
    _serve(host, port, with_worker=True)


def _serve(host: str | None, port: int | None, *, with_worker: bool) -> None:
    import uvicorn

    from narrate import logs
    from narrate.home import open_home
    from narrate.settings import check_reach, read_settings
    from narrate.store.sites import MAIN
    from narrate.web.app import make_app
    from narrate.work.dispatcher import Dispatcher
    from narrate.work.finder import Finder
    from voices import natural_to_install

    settings = read_settings()
    logs.start(settings.log_level, settings.log_style)
    at = host or settings.host
    with open_home(settings) as home:
        with _listen(at, settings.port if port is None else port) as listener:
            check_reach(settings, at)  # bound, and nobody is answered yet
            if not home.publishing.has_feed(MAIN):
                home.publish(MAIN)  # who subscribes before the first episode finds a feed
            app = make_app(settings, home.store, sources=home.sources)
            # addresses may hold secrets (sign-in links, private feeds), so there is no log of accesses
            config = uvicorn.Config(
                app,
                log_level="warning",
                log_config=None,  # its lines are written as ours are
                access_log=False,
                server_header=False,
                forwarded_allow_ips=settings.trusted_proxies,
            )
            server = uvicorn.Server(config)
            dispatcher, finder = Dispatcher(home), Finder(home)
            broken: list[Exception] = []

            def work_or_end() -> None:
                try:
                    dispatcher.run()
                except Exception as error:  # a service that narrates nothing mustn't look like one that does
                    broken.append(error)
                    server.should_exit = True

            worker = threading.Thread(target=work_or_end, daemon=True)
            if with_worker:
                worker.start()
                finder.start()
            app.state.service.mailer.wake()
            if voice := natural_to_install():
                print(
                    f"narrate: only built-in voices can speak here. A natural one: narrate voices install {voice.id}",
                    file=sys.stderr,
                )
            print(f"narrate: http://{f'[{at}]' if ':' in at else at}:{listener.getsockname()[1]}/", flush=True)
            try:
                server.run(sockets=[listener])
            finally:
                app.state.service.mailer.close()
                dispatcher.stop()
                if with_worker:
                    finder.stop()
                    worker.join(timeout=45)
        if broken:
            raise broken[0]


def _listen(host: str, port: int) -> socket.socket:
    """A socket bound to the address. asyncio spares small answers 40 ms where the protocol is named."""
    from narrate.errors import BadSetting

    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        listener.close()
        why = error.strerror if isinstance(error, OSError) else "ports go from 0 to 65535"
        raise BadSetting(
            f"Nothing can listen on {host}, port {port}: {why}. Choose another --port or --host."
        ) from error
    return listener
