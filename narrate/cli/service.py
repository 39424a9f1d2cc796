"""`narrate submit`, `work`, `serve`, `run`: the service on one machine."""

from __future__ import annotations

import socket
import threading

import typer


def submit(
    sources: list[str] = typer.Argument(..., metavar="URL...", help="Post address or id."),
) -> None:
    """Ask for posts to be narrated by `narrate work`. Asking twice for one post is asking once.

    Example: narrate submit https://www.lesswrong.com/posts/ID/slug
    """
    from datetime import UTC, datetime

    from narrate.cli import tell
    from narrate.home import open_home
    from narrate.settings import read_settings
    from narrate.store import jobs

    code = 0
    with open_home(read_settings()) as home:
        for source in sources:
            try:
                key = home.sources.resolve(source)
                with home.store.begin() as session:
                    new = jobs.submit(session, key, source, datetime.now(UTC))
                print(f"{key}: {'queued' if new else 'asked for already'}")
            except Exception as error:  # one bad address doesn't stop the rest
                code = max(code, tell(error))
    raise typer.Exit(code)


def work(
    once: bool = typer.Option(False, "--once", help="End when nothing is waiting."),
) -> None:
    """Narrate what waits, one post after another, and publish each. Ends cleanly on Ctrl-C.

    Example: narrate work
    """
    from narrate.home import open_home
    from narrate.settings import read_settings
    from narrate.work.dispatcher import Dispatcher

    with open_home(read_settings()) as home:
        Dispatcher(home).run(once=once)


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

    from narrate.home import open_home
    from narrate.settings import read_settings
    from narrate.web.app import make_app
    from narrate.work.dispatcher import Dispatcher

    settings = read_settings()
    with open_home(settings) as home:
        at = host or settings.host
        with _listen(at, settings.port if port is None else port) as listener:
            app = make_app(settings, home.store)
            server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))
            dispatcher = Dispatcher(home)
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
            print(f"narrate: http://{f'[{at}]' if ':' in at else at}:{listener.getsockname()[1]}/", flush=True)
            try:
                server.run(sockets=[listener])
            finally:
                dispatcher.stop()
                if with_worker:
                    worker.join(timeout=30)
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
