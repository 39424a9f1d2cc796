"""`narrate work`, `serve`, `run`: the service on one machine."""

from __future__ import annotations

import threading

import typer


def work(
    once: bool = typer.Option(False, "--once", help="End when nothing is waiting."),
) -> None:
    """Narrate the queue from its top, one post after another, and publish each. Ends cleanly on Ctrl-C.

    Example: narrate work
    """
    from narrate.home import open_home
    from narrate.settings import read_settings
    from narrate.work.dispatcher import Dispatcher
    from narrate.work.finder import Finder

    with open_home(read_settings()) as home:
        finder = Finder(home)
        if not once:
            finder.start()
        try:
            Dispatcher(home).run(once=once)
        finally:
            finder.stop()


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
    from narrate.work.finder import Finder

    settings = read_settings()
    with open_home(settings) as home:
        at, on = host or settings.host, settings.port if port is None else port
        app = make_app(settings, home.store, sources=home.sources)
        # addresses may hold secrets (sign-in links, private feeds), so there is no log of accesses
        config = uvicorn.Config(
            app,
            host=at,
            port=on,
            log_level="warning",
            access_log=False,
            server_header=False,
            forwarded_allow_ips=settings.trusted_proxies,
        )
        server = uvicorn.Server(config)
        dispatcher = Dispatcher(home) if with_worker else None
        worker = threading.Thread(target=dispatcher.run, daemon=True) if dispatcher else None
        finder = Finder(home) if with_worker else None
        if worker and finder:
            worker.start()
            finder.start()
        app.state.service.mailer.wake()
        print(f"narrate: http://{at}:{on}/", flush=True)
        try:
            server.run()
        finally:
            app.state.service.mailer.close()
            if dispatcher and worker and finder:
                finder.stop()
                dispatcher.stop()
                worker.join(timeout=30)
