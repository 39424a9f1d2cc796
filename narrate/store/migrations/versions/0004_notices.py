"""Notices to voters, webhooks and what is sent to them, reports of listeners, episodes by author."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from narrate.records import Author

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

WHEN = sa.DateTime(timezone=True)
KEY = sa.String(200)
WHO = sa.String(40)


def upgrade() -> None:
    op.create_table(
        "notices",
        sa.Column("member_id", WHO, primary_key=True),
        sa.Column("key", KEY, primary_key=True),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("made_at", WHEN, nullable=False),
        sa.Column("told_at", WHEN),
    )
    op.create_index("notices_waiting", "notices", ["state", "member_id"])
    op.create_table(
        "webhooks",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("secret", sa.String(64), nullable=False),
        sa.Column("made_at", WHEN, nullable=False),
    )
    op.create_table(
        "deliveries",
        sa.Column("webhook_id", sa.String(26), sa.ForeignKey("webhooks.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("event", sa.String(300), primary_key=True),
        sa.Column("document", sa.JSON),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("made_at", WHEN, nullable=False),
        sa.Column("run_after", WHEN, nullable=False),
        sa.Column("error", sa.Text),
    )
    op.create_index("deliveries_next", "deliveries", ["state", "run_after"])
    op.create_table(
        "reports",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("key", KEY, nullable=False),
        sa.Column("member_id", WHO, nullable=False),
        sa.Column("at_ms", sa.Integer),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("made_at", WHEN, nullable=False),
    )
    op.create_index("ix_reports_key", "reports", ["key"])
    op.create_index("ix_reports_member_id", "reports", ["member_id"])
    bylines = op.create_table(
        "bylines",
        sa.Column("author", sa.String(300), primary_key=True),
        sa.Column("key", KEY, sa.ForeignKey("posts.key", ondelete="CASCADE"), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("url", sa.Text),
    )
    op.create_index("ix_bylines_key", "bylines", ["key"])
    rows = list(_bylines_there_are())
    if rows:
        op.bulk_insert(bylines, rows)


def _bylines_there_are() -> list[dict[str, Any]]:
    """The authors of the episodes made before there were bylines."""
    episodes = sa.table(
        "episodes", sa.column("key", KEY), sa.column("current", sa.Boolean), sa.column("document", sa.JSON)
    )
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for key, document in op.get_bind().execute(
        sa.select(episodes.c.key, episodes.c.document).where(episodes.c.current)
    ):
        for author in (Author(name=a["name"], url=a.get("url")) for a in document["authors"]):
            if author.slug:
                row = {"author": author.slug, "key": key, "name": author.name, "url": author.url}
                found[author.slug, key] = row
    return list(found.values())


def downgrade() -> None:
    for table in ("bylines", "reports", "deliveries", "webhooks", "notices"):
        op.drop_table(table)
