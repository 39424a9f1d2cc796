"""SQLAlchemy's way to PostgreSQL through pg8000, made to notice a server that is gone, and to say so.

pg8000 lets a socket's own errors through as they are; here each is one of its InterfaceErrors, which SQLAlchemy takes
for a lost connection: that connection, and all that lie ready beside it, are thrown away.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.pg8000 import PGDialect_pg8000

#: How long a server may be silent while it is asked something. No statement of ours needs a tenth of it.
ANSWER_WITHIN_S = 60.0
#: A peer whose machine or network is gone is given up after some 6 s, whether we wait for it or it for us, and one
#: attempt is made to find it again, which takes longer where its name has to be looked up: so a worker that is cut off
#: is mostly quiet before the server lets another have the right to work (`db.NOTICED_AFTER_S`). In seconds, but for the
#: last, the longest that what was sent may stay unacknowledged: milliseconds (Linux, tcp(7)).
_CONNECT_WITHIN_S = 4.0
_KEEPALIVE = {"TCP_KEEPIDLE": 2, "TCP_KEEPINTVL": 2, "TCP_KEEPCNT": 2, "TCP_USER_TIMEOUT": 6_000}
#: Codes by which a server takes leave: connection exceptions, and its own shutdown or start (PostgreSQL manual,
#: appendix A).
_FAREWELLS = ("08", "57P01", "57P02", "57P03")

_NAME = "postgresql+narrate"
registry.register("postgresql.narrate", __name__, "Dialect")


def with_dialect(url: str) -> str:
    """A database's address as `create_engine` takes it: PostgreSQL's through this dialect, any other as it is."""
    scheme, colon, rest = url.partition("://")
    return f"{_NAME}{colon}{rest}" if scheme in ("postgresql", "postgresql+pg8000") else url


def as_said(error: BaseException | None) -> dict[str, str]:
    """What a PostgreSQL server said in an error, by the letters of its protocol: C is the code, M the message."""
    said = error.args[0] if error is not None and error.args else None
    return said if isinstance(said, dict) else {}


class Dialect(PGDialect_pg8000):
    """`answer_within_s` None: as long as it takes, for what may take long."""

    supports_statement_cache = True

    def __init__(self, answer_within_s: float | None = ANSWER_WITHIN_S, **options: Any) -> None:
        super().__init__(**options)  # type: ignore[no-untyped-call]
        self._answer_within_s = answer_within_s

    def connect(self, *args: Any, **options: Any) -> Any:
        with self._telling(), ExitStack() as stack:
            if "unix_sock" not in options:
                place = (options.get("host") or "localhost", options.get("port") or 5432)
                options["sock"] = stack.enter_context(_open(place, self._answer_within_s))
            connection = self.loaded_dbapi.Connection(*args, **options)
            connection.socket = options.get("sock")
            stack.pop_all()
            return connection

    def do_close(self, dbapi_connection: Any) -> None:
        try:
            with suppress(self.loaded_dbapi.InterfaceError):  # it is gone already: nobody hears the farewell
                super().do_close(dbapi_connection)  # type: ignore[no-untyped-call]
        finally:  # pg8000 leaves a socket that broke to the garbage collector
            opened = dbapi_connection.socket
            if opened is not None and (descriptor := opened.detach()) >= 0:
                os.close(descriptor)

    def is_disconnect(self, e: Any, connection: Any, cursor: Any) -> bool:
        is_lost = super().is_disconnect(e, connection, cursor)  # type: ignore[no-untyped-call]
        return bool(is_lost) or as_said(e).get("C", "").startswith(_FAREWELLS)

    def do_ping(self, *args: Any) -> bool:
        return bool(self._ask(super().do_ping, *args))

    def do_execute(self, *args: Any) -> None:
        self._ask(super().do_execute, *args)

    def do_executemany(self, *args: Any) -> None:
        self._ask(super().do_executemany, *args)

    def do_execute_no_params(self, *args: Any) -> None:
        self._ask(super().do_execute_no_params, *args)

    def do_commit(self, *args: Any) -> None:
        self._ask(super().do_commit, *args)

    def do_rollback(self, *args: Any) -> None:
        self._ask(super().do_rollback, *args)

    def _ask(self, ask: Callable[..., Any], *args: Any) -> Any:
        with self._telling():
            return ask(*args)

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise self.loaded_dbapi.InterfaceError(f"network error: {error}") from error


def _open(place: tuple[str, int], answer_within_s: float | None) -> socket.socket:
    opened = socket.create_connection(place, _CONNECT_WITHIN_S)
    opened.settimeout(answer_within_s)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEPALIVE.items():
        if hasattr(socket, name):  # other systems lack some
            opened.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    return opened
