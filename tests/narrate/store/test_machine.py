"""The audio there is adds up, also what was made before its length had a column."""

from __future__ import annotations

import json

import sqlalchemy as sa

from narrate.store import machine, open_store
from narrate.store.db import migrate


def test_episodes_made_before_have_their_length_after_the_migration(any_url: str) -> None:
    url = any_url.replace("postgresql://", "postgresql+pg8000://")
    engine = sa.create_engine(url)
    migrate(engine, "0004")
    with engine.begin() as connection:
        connection.execute(
            sa.text("INSERT INTO posts (key, title, url, fetched_at, document) VALUES ('a:b', '', '', :at, '{}')"),
            {"at": "2026-01-01 00:00:00+00:00"},
        )
        connection.execute(
            sa.text(
                "INSERT INTO episodes (key, version, made_at, current, document, script, recording) "
                "VALUES ('a:b', '1', :at, true, :document, '{}', '{}')"
            ),
            {"at": "2026-01-01 00:00:00+00:00", "document": json.dumps({"duration_ms": 61_000})},
        )
    engine.dispose()
    store = open_store(any_url)
    with store.begin() as session:
        assert machine.audio_ms(session, live_only=True) == 61_000
    store.close()
