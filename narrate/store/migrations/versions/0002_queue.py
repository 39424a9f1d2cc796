"""The queue: entries, votes, budgets, audit, withdrawals, consents."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

WHEN = sa.DateTime(timezone=True)
KEY = sa.String(200)
WHO = sa.String(40)


def upgrade() -> None:
    op.create_table(
        "queue",
        sa.Column("key", KEY, primary_key=True),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("lane", sa.String(8), nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("authors", sa.JSON, nullable=False),
        sa.Column("site", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("posted_at", WHEN, nullable=False),
        sa.Column("karma", sa.Integer, nullable=False),
        sa.Column("n_words", sa.Integer, nullable=False),
        sa.Column("curated_at", WHEN),
        sa.Column("review_votes", sa.Integer, nullable=False),
        sa.Column("won_review", sa.Integer),
        sa.Column("year_place", sa.Integer),
        sa.Column("recording_url", sa.Text),
        sa.Column("twin", sa.String(300), nullable=False),
        sa.Column("found", sa.Boolean, nullable=False),
        sa.Column("asked_by", WHO),
        sa.Column("why", sa.JSON, nullable=False),
        sa.Column("audio_elsewhere", sa.String(8), nullable=False),
        sa.Column("queued_at", WHEN, nullable=False),
        sa.Column("seen_at", WHEN, nullable=False),
        sa.Column("minutes", sa.Double, nullable=False),
        sa.Column("base", sa.Double, nullable=False),
        sa.Column("votes", sa.Double, nullable=False),
        sa.Column("head_start_days", sa.Double, nullable=False),
        sa.Column("nudge", sa.Double, nullable=False),
        sa.Column("rank", sa.Double, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("decided_by", WHO),
        sa.Column("merged_into", KEY),
        sa.Column("taken_at", WHEN),
        sa.Column("released_as", sa.String(10)),
    )
    op.create_index("queue_order", "queue", ["state", "lane", "rank", "key"])
    op.create_index("ix_queue_twin", "queue", ["twin"])
    op.create_index("ix_queue_taken_at", "queue", ["taken_at"])
    op.create_table(
        "parts",
        sa.Column("entry", KEY, primary_key=True),
        sa.Column("place", sa.Integer, primary_key=True),
        sa.Column("key", KEY, nullable=False),
        sa.Column("taken_at", WHEN),
    )
    op.create_index("ix_parts_key", "parts", ["key"])
    op.create_table(
        "votes",
        sa.Column("member_id", WHO, primary_key=True),
        sa.Column("key", KEY, primary_key=True),
        sa.Column("n", sa.Integer, nullable=False),
        sa.Column("weight", sa.Double, nullable=False),
        sa.Column("week", sa.Date, nullable=False),
        sa.Column("points", sa.Integer, nullable=False),
        sa.Column("paid", sa.Integer, nullable=False),
        sa.Column("cast_at", WHEN, nullable=False),
        sa.Column("invalid_at", WHEN),
        sa.Column("via", KEY),
    )
    op.create_index("ix_votes_key", "votes", ["key"])
    op.create_table(
        "budgets",
        sa.Column("member_id", WHO, primary_key=True),
        sa.Column("week", sa.Date, primary_key=True),
        sa.Column("spent", sa.Integer, nullable=False),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", WHEN, nullable=False),
        sa.Column("actor", WHO, nullable=False),
        sa.Column("action", WHO, nullable=False),
        sa.Column("subject", KEY, nullable=False),
        sa.Column("detail", sa.JSON, nullable=False),
    )
    op.create_index("ix_audit_actor", "audit", ["actor"])
    op.create_index("ix_audit_subject", "audit", ["subject"])
    op.create_table(
        "withdrawals",
        sa.Column("key", KEY, primary_key=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("at", WHEN, nullable=False),
    )
    op.create_table(
        "leftovers",
        sa.Column("path", sa.String(500), primary_key=True),
        sa.Column("key", KEY, nullable=False),
    )
    op.create_index("ix_leftovers_key", "leftovers", ["key"])
    op.create_table(
        "consents",
        sa.Column("author", sa.String(300), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("may_read", sa.Boolean, nullable=False),
        sa.Column("confirmed", sa.Boolean, nullable=False),
        sa.Column("proof", sa.Text, nullable=False),
        sa.Column("said_at", WHEN, nullable=False),
    )


def downgrade() -> None:
    for table in ("consents", "leftovers", "withdrawals", "audit", "budgets", "votes", "parts", "queue"):
        op.drop_table(table)
