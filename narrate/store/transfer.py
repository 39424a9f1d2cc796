"""All rows -> lines of JSON and back, the same from and to SQLite and PostgreSQL, as they were at one moment."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, MetaData, Table, func, select, text

from narrate.errors import StorageError
from narrate.store.db import Store, migrate, unmake
from narrate.store.tables import Base

_ROWS_AT_ONCE = 500
_VERSION_TABLE = "alembic_version"
#: Made from the others, and made again: the search index, which differs between databases.
_DERIVED = ("texts",)


@contextmanager
def one_moment(store: Store) -> Iterator[Connection]:
    """A connection that sees all tables as they are now, whatever others write meanwhile."""
    if store.is_shared:
        with store.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
            connection.exec_driver_sql("SET TRANSACTION READ ONLY")
            yield connection
            connection.rollback()
    else:
        with store.engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")  # the driver would begin with the first write only
            yield connection
            connection.rollback()


def revision(connection: Connection) -> str:
    """The schema's, as Alembic notes it."""
    return str(connection.execute(text(f"SELECT version_num FROM {_VERSION_TABLE}")).scalar_one())  # noqa: S608


def table_names() -> list[str]:
    """Every table, those before it that its rows refer to."""
    return [table.name for table in Base.metadata.sorted_tables if table.name not in _DERIVED]


def lines_of(connection: Connection, name: str) -> Iterator[str]:
    """A table's columns, then its rows, one JSON array a line."""
    table = Base.metadata.tables[name]
    yield json.dumps([column.name for column in table.columns])
    rows = connection.execution_options(yield_per=_ROWS_AT_ONCE).execute(select(table))
    for row in rows:
        yield json.dumps([_to_json(value) for value in row], ensure_ascii=False, separators=(",", ":"))


def is_empty(store: Store) -> bool:
    """Whether no table has a row."""
    with store.engine.connect() as connection:
        tables = Base.metadata.sorted_tables
        return not any(connection.execute(select(table.c[0]).limit(1)).first() for table in tables)


def replace_all(store: Store, at_revision: str, tables: Mapping[str, Iterable[str]]) -> dict[str, int]:
    """Put these lines in place of every row there is; how many of each table.

    The schema is made as it was when they were written, then brought up to date. Raises StorageError when they are of a
    later version than ours.
    """
    unmake(store.engine)
    try:
        migrate(store.engine, at_revision)
    except Exception as error:
        migrate(store.engine)
        raise StorageError(
            f"This backup is of a later narrate (schema {at_revision}). Install that one, then restore."
        ) from error
    counts: dict[str, int] = {}
    with store.engine.begin() as connection:
        there = MetaData()
        there.reflect(connection, only=list(tables))
        for name, lines in tables.items():
            counts[name] = _insert(connection, there.tables[name], lines)
        if store.is_shared:
            _continue_sequences(connection, there)
    migrate(store.engine)
    return counts


def _insert(connection: Connection, table: Table, lines: Iterable[str]) -> int:
    given = iter(lines)
    columns = json.loads(next(given))
    connection.execute(table.delete())  # what a migration put in
    n = 0
    batch: list[dict[str, Any]] = []
    for line in given:
        batch.append(dict(zip(columns, map(_from_json, json.loads(line)), strict=True)))
        n += 1
        if len(batch) == _ROWS_AT_ONCE:
            connection.execute(table.insert(), batch)
            batch = []
    if batch:
        connection.execute(table.insert(), batch)
    return n


def _continue_sequences(connection: Connection, there: MetaData) -> None:
    """Rows came with their numbers: the next number must not be one of them."""
    for table in there.tables.values():
        for column in table.primary_key.columns:
            found = connection.execute(
                text("SELECT pg_get_serial_sequence(:table, :column)"), {"table": table.name, "column": column.name}
            ).scalar()
            if found is not None:
                last = connection.execute(select(func.max(column))).scalar()
                if last is not None:
                    connection.execute(text("SELECT setval(:name, :last)"), {"name": found, "last": last})


def _to_json(value: Any) -> Any:
    """What JSON has no word for is an object of one key, which no row of ours holds otherwise."""
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=UTC)
        return {"$at": aware.astimezone(UTC).isoformat()}
    if isinstance(value, date):
        return {"$day": value.isoformat()}
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    return value


def _from_json(value: Any) -> Any:
    match value:
        case {"$at": at, **rest} if not rest:
            return datetime.fromisoformat(at)
        case {"$day": day, **rest} if not rest:
            return date.fromisoformat(day)
        case {"$bytes": coded, **rest} if not rest:
            return base64.b64decode(coded)
    return value
