"""Database URL -> an open Store, its schema up to date."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session

from narrate.errors import DiskFull, StorageError, StoreAway, StoreBusy
from narrate.store.postgres import ANSWER_WITHIN_S, as_said, with_dialect

#: Names of our advisory locks on PostgreSQL.
_RIGHT_TO_WORK = 7_202_601
_RIGHT_TO_MIGRATE = 7_202_602
_ASK_AGAIN_S = 0.1
_MIGRATIONS = Path(__file__).parent / "migrations"
#: How long a worker whose machine or network is gone keeps the right to work. It has usually stopped before.
NOTICED_AFTER_S = 14
#: Classes of PostgreSQL's error codes that say nothing about a statement: connection, rollback (deadlock), resources,
#: operator intervention (shutdown), system (PostgreSQL manual, appendix A).
_OUTAGES = ("08", "40", "53", "57", "58")
_GAVE_WAY = "40"


class Store:
    """An open database. `begin()` is one transaction: committed at the end, rolled back by any exception."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @contextmanager
    def begin(self) -> Iterator[Session]:
        with _telling(), Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def alone(self, name: str) -> Iterator[Callable[[], None]]:
        """Hold the lock of this name against every machine that shares the database. Waits for it.

        Yields a check that raises StoreAway once it is lost, and with it what it kept others from.

        SQLite is shared by nobody but processes of one machine, which lock a file instead.
        """
        if not self.is_shared:
            yield lambda: None
            return
        number = int.from_bytes(sha256(name.encode()).digest()[:8], "big", signed=True)
        with _telling(), self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            _be_noticed(connection)
            # asked again and again: a server that is silent for long is taken for one that is gone
            while not connection.scalar(text("SELECT pg_try_advisory_lock(:number)"), {"number": number}):
                time.sleep(_ASK_AGAIN_S)
            try:
                yield partial(self.check_owned, connection)
            finally:
                with suppress(SQLAlchemyError):  # then it is gone, and the lock with it
                    connection.execute(text("SELECT pg_advisory_unlock(:number)"), {"number": number})

    @property
    def is_shared(self) -> bool:
        """Whether several machines may use this database."""
        return self.engine.dialect.name == "postgresql"

    def try_to_own(self) -> Connection | None:
        """A connection that holds this database's one right to work until `let_go`; None while another does.

        The server lets go of a holder that is gone: at once when its machine closes the connection, after
        NOTICED_AFTER_S when the machine itself is gone.
        """
        with _telling():
            connection = self.engine.connect()
            try:
                _be_noticed(connection)
                is_ours = bool(connection.scalar(text("SELECT pg_try_advisory_lock(:name)"), {"name": _RIGHT_TO_WORK}))
                connection.commit()
            except DBAPIError:
                connection.close()
                raise
        if not is_ours:
            connection.close()
            return None
        return connection

    def check_owned(self, held: Connection) -> None:
        """Raises StoreAway when the connection that holds a lock is gone, and the lock with it."""
        with _telling():
            held.exec_driver_sql("SELECT 1")
            held.commit()

    def let_go(self, held: Connection) -> None:
        """Give up the right to work, at once: a server may take its time to notice a connection that is closed."""
        with suppress(SQLAlchemyError):  # then it is gone, and the right with it
            held.execute(text("SELECT pg_advisory_unlock(:name)"), {"name": _RIGHT_TO_WORK})
            held.commit()
            held.invalidate()  # not back to the others: should the server not have heard, its end lets go of the lock
        held.close()

    def close(self) -> None:
        self.engine.dispose()


def open_store(url: str, answer_within_s: float | None = ANSWER_WITHIN_S) -> Store:
    """Open (and create) the database at a SQLAlchemy URL and bring its schema up to date.

    A PostgreSQL server that says nothing for `answer_within_s` counts as away (None: it may take its time). Raises
    StoreAway when there is no server just now, StorageError when it can't be opened or holds something that isn't ours.
    """
    try:
        if with_dialect(url) != url:
            at_leisure = create_engine(with_dialect(url), answer_within_s=None)  # a migration may take long
            try:
                migrate(at_leisure)
            finally:
                at_leisure.dispose()
            engine = create_engine(with_dialect(url), answer_within_s=answer_within_s, pool_pre_ping=True)
        else:
            engine = create_engine(url)
            if engine.dialect.name == "sqlite":
                if engine.url.database:
                    Path(engine.url.database).parent.mkdir(parents=True, exist_ok=True)
                event.listen(engine, "connect", _set_pragmas)
            migrate(engine)
    except OperationalError as error:
        raise _told(error) from error
    except (SQLAlchemyError, OSError) as error:
        if isinstance(error, DBAPIError) and _is_outage(error):
            raise StoreAway(f"The database {_safe(url)} can't be opened just now: {error.orig}.") from error
        folder = isinstance(error, OSError)  # the data folder, unless the address is set
        check = "NARRATE_HOME, or NARRATE_DATABASE_URL where it is set" if folder else "NARRATE_DATABASE_URL"
        raise StorageError(f"The database {_safe(url)} can't be opened: {error}. Check {check}.") from error
    return Store(engine)


def open_to_read(url: str) -> Store:
    """Open a database that is there, to look at it only: nothing is created, brought up to date or changed.

    Raises StorageError when it isn't there, can't be opened, or is of another version.
    """
    try:
        engine = create_engine(with_dialect(url))
        if engine.dialect.name == "sqlite":
            if engine.url.database and not Path(engine.url.database).exists():
                raise StorageError(f"There is no database yet at {engine.url.database}. Check NARRATE_HOME.")
            event.listen(engine, "connect", _only_read)
        else:
            engine = engine.execution_options(postgresql_readonly=True)
        with engine.connect() as connection:
            revision = MigrationContext.configure(connection).get_current_revision()
    except OperationalError as error:
        raise _told(error) from error
    except SQLAlchemyError as error:
        if isinstance(error, DBAPIError) and _is_outage(error):
            raise StoreAway(f"The database {_safe(url)} can't be opened just now: {error.orig}.") from error
        raise StorageError(
            f"The database {_safe(url)} can't be opened: {error}. Check NARRATE_DATABASE_URL."
        ) from error
    head = ScriptDirectory(str(_MIGRATIONS)).get_current_head()
    if revision != head:
        engine.dispose()
        raise StorageError(
            f"The database is at revision {revision or 'none'} and this narrate reads {head}. Start narrate work or "
            "run of this version: it brings the database up to date."
        )
    return Store(engine)


def migrate(engine: Engine, revision: str = "head") -> None:
    """Run the Alembic migrations up to `revision`."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":  # two that open a new database at once
            connection.execute(text("SELECT pg_advisory_xact_lock(:name)"), {"name": _RIGHT_TO_MIGRATE})
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def _be_noticed(connection: Connection) -> None:
    """Have the server notice when we are gone, and let go of what we hold; also when an answer of its own is lost."""
    idle_s, interval_s = 5, 3
    count = (NOTICED_AFTER_S - idle_s) // interval_s
    for name, value in (("keepalives_idle", idle_s), ("keepalives_interval", interval_s), ("keepalives_count", count)):
        connection.exec_driver_sql(f"SET tcp_{name} = {value}")
    connection.exec_driver_sql(f"SET tcp_user_timeout = {NOTICED_AFTER_S * 1000}")


def _only_read(connection: Any, _record: Any) -> None:
    for pragma in ("busy_timeout=30000", "query_only=ON"):
        connection.execute(f"PRAGMA {pragma}")


def unmake(engine: Engine) -> None:
    """Take every migration back: no table of ours is left, nor a row."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")


def _set_pragmas(connection: Any, _record: Any) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=30000", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _safe(url: str) -> str:
    """The URL without its password."""
    head, at, tail = url.rpartition("@")
    return f"{head.partition('://')[0]}://…@{tail}" if at else url


@contextmanager
def _telling() -> Iterator[None]:
    """An outage of the database in our words; whatever else goes through."""
    try:
        yield
    except DBAPIError as error:
        if not _is_outage(error):
            raise
        raise _told(error) from error


def _is_outage(error: DBAPIError) -> bool:
    """Whether the database is what failed, and not the statement.

    pg8000 raises InterfaceError for whatever its connection meets, and DatabaseError for all that the server says.
    """
    if isinstance(error, OperationalError):
        return True
    if isinstance(error, InterfaceError):
        return type(error.orig).__module__.startswith("pg8000")
    return as_said(error.orig).get("C", "").startswith(_OUTAGES)


def _told(error: DBAPIError) -> StorageError:
    said = as_said(error.orig).get("M", str(error.orig))
    if not isinstance(error, OperationalError):
        if "No space left" in said:
            return DiskFull("The disk of the database server is full. Free some room; nothing half-written was kept.")
        if as_said(error.orig).get("C", "").startswith(_GAVE_WAY):
            return StoreBusy("Two changes met in the database, and this one gave way to the other. Try again.")
        return StoreAway(f"The database doesn't answer as it should: {said}. Check that its server runs.")
    if "full" in said:
        return DiskFull("The disk with the database is full. Free some room; nothing half-written was kept.")
    if "locked" in said:
        return StoreBusy("The database has been locked for over 30 seconds by another process. Try again when it ends.")
    return StorageError(f"The database doesn't work: {said}. Check that its folder exists and is writable.")
