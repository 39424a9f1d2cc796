"""How long the machine was at work, which posts are in work, and sums that needn't read whole rows."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

WHEN = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "machine_days",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("busy_ms", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "speaking",
        sa.Column("key", sa.String(200), primary_key=True),
        sa.Column("n_done", sa.Integer, nullable=False),
        sa.Column("n_wanted", sa.Integer, nullable=False),
        sa.Column("begun_at", WHEN, nullable=False),
    )
    op.add_column("episodes", sa.Column("duration_ms", sa.Integer, nullable=False, server_default="0"))
    if op.get_bind().dialect.name == "postgresql":
        op.execute("UPDATE episodes SET duration_ms = (document ->> 'duration_ms')::integer")
    else:
        op.execute("UPDATE episodes SET duration_ms = json_extract(document, '$.duration_ms')")
    op.create_index("episodes_made", "episodes", ["made_at", "current", "duration_ms"])
    op.create_index("queue_hours", "queue", ["state", "lane", "rank", "minutes"])


def downgrade() -> None:
    op.drop_index("queue_hours", "queue")
    op.drop_index("episodes_made", "episodes")
    op.drop_column("episodes", "duration_ms")
    for table in ("speaking", "machine_days"):
        op.drop_table(table)
