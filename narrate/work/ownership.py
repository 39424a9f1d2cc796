"""One owner of the work: a file's lock on one machine, an advisory lock where PostgreSQL joins several.

Both are let go by the system when their holder dies, however it dies. Two owners can overlap for a moment only where
a network breaks; keys, files that are made once, and claims that are looked at again make that harmless.
"""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path
from threading import Event

import structlog

from narrate.errors import StoreBusy
from narrate.home import Home
from narrate.store import Store

_LOOK_AGAIN_S = 1.0  # how often a waiting owner tries

log = structlog.get_logger()


@contextmanager
def ownership(home: Home, stopped: Event, *, wait: bool) -> Iterator[Callable[[], None]]:
    """Hold the right to work; yields a check that raises StoreAway once it is lost.

    With `wait`, as long as another holds it, or until `stopped`. Raises StoreBusy without it, or when stopped.
    """
    with ExitStack() as stack:
        is_told = False
        while (check := _try(home, stack)) is None:
            if not wait:
                raise StoreBusy(
                    f"Another narrate work or narrate run uses {home.settings.home}. Stop it, or set NARRATE_HOME."
                )
            if not is_told:
                log.info("waiting: another narrate work or narrate run is at it", home=str(home.settings.home))
                is_told = True
            if stopped.wait(_LOOK_AGAIN_S):
                raise StoreBusy("Stopped while another narrate was at work.")
        if is_told:
            log.info("taking over")
        yield check


def _try(home: Home, stack: ExitStack) -> Callable[[], None] | None:
    """The lock's check once it is ours, None while it is another's."""
    if home.store.is_shared:
        return _try_database(home.store, stack)
    return _try_file(home.settings.home / "worker.lock", stack)


def _try_file(path: Path, stack: ExitStack) -> Callable[[], None] | None:
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    stack.enter_context(closing(file))
    return lambda: None  # only our own end takes it from us


def _try_database(store: Store, stack: ExitStack) -> Callable[[], None] | None:
    held = store.try_to_own()
    if held is None:
        return None
    stack.callback(store.let_go, held)
    return partial(store.check_owned, held)
