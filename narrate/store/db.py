"""Database URL -> an open Store, its schema up to date."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session

from narrate.errors import DiskFull, StorageError, StoreBusy

#: Names of our advisory locks on PostgreSQL.
_RIGHT_TO_WORK = 7_202_601
_RIGHT_TO_MIGRATE = 7_202_602
_MIGRATIONS = Path(__file__).parent / "migrations"


class Store:
    """An open database. `begin()` is one transaction: committed at the end, rolled back by any exception."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @contextmanager
    def begin(self) -> Iterator[Session]:
        try:
            with Session(self.engine, expire_on_commit=False) as session, session.begin():
                yield session
        except OperationalError as error:
            raise _told(error) from error

    @contextmanager
    def alone(self, name: str) -> Iterator[None]:
        """Hold the lock of this name against every machine that shares the database. Waits for it.

        SQLite is shared by nobody but processes of one machine, which lock a file instead.
        """
        if not self.is_shared:
            yield
            return
        number = int.from_bytes(sha256(name.encode()).digest()[:8], "big", signed=True)
        try:
            with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("SELECT pg_advisory_lock(:number)"), {"number": number})
                try:
                    yield
                finally:
                    connection.execute(text("SELECT pg_advisory_unlock(:number)"), {"number": number})
        except OperationalError as error:
            raise _told(error) from error

    @property
    def is_shared(self) -> bool:
        """Whether several machines may use this database."""
        return self.engine.dialect.name == "postgresql"

    def try_to_own(self) -> Connection | None:
        """A connection that holds this database's one right to work until it is closed; None while another does.

        The server lets go of a holder that is gone: at once when its machine closes the connection, after some
        fifteen seconds when the machine itself is gone.
        """
        connection = self.engine.connect()
        try:
            for name, seconds in (("idle", 5), ("interval", 3), ("count", 3)):
                connection.exec_driver_sql(f"SET tcp_keepalives_{name} = {seconds}")
            if connection.scalar(text("SELECT pg_try_advisory_lock(:name)"), {"name": _RIGHT_TO_WORK}):
                connection.commit()
                connection.detach()  # closing it then really closes it, which lets go of the lock
                return connection
        except OperationalError as error:
            connection.close()
            raise _told(error) from error
        connection.close()
        return None

    def close(self) -> None:
        self.engine.dispose()


def open_store(url: str) -> Store:
    """Open (and create) the database at a SQLAlchemy URL and bring its schema up to date.

    Raises StorageError when it can't be opened or holds something that isn't ours.
    """
    if url.startswith("postgresql://"):
        url = "postgresql+pg8000://" + url.removeprefix("postgresql://")
    try:
        engine = create_engine(url)
        if engine.dialect.name == "sqlite":
            if engine.url.database:
                Path(engine.url.database).parent.mkdir(parents=True, exist_ok=True)
            event.listen(engine, "connect", _set_pragmas)
        migrate(engine)
    except OperationalError as error:
        raise _told(error) from error
    except (SQLAlchemyError, OSError) as error:
        folder = isinstance(error, OSError)  # the data folder, unless the address is set
        check = "NARRATE_HOME, or NARRATE_DATABASE_URL where it is set" if folder else "NARRATE_DATABASE_URL"
        raise StorageError(f"The database {_safe(url)} can't be opened: {error}. Check {check}.") from error
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


def _told(error: OperationalError) -> StorageError:
    said = str(error.orig)
    if "full" in said:
        return DiskFull("The disk with the database is full. Free some room; nothing half-written was kept.")
    if "locked" in said:
        return StoreBusy("The database has been locked for over 30 seconds by another process. Try again when it ends.")
    return StorageError(f"The database doesn't work: {said}. Check that its folder exists and is writable.")
