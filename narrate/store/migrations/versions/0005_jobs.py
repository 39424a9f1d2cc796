"""Jobs of several kinds and priorities, their stage, and how often their workers died; switches."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

WHEN = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.drop_index("jobs_next", "jobs")
    with op.batch_alter_table("jobs") as jobs:
        jobs.add_column(sa.Column("kind", sa.String(8), nullable=False, server_default="narrate"))
        jobs.add_column(sa.Column("voice_id", sa.String(100)))
        jobs.add_column(sa.Column("priority", sa.Integer, nullable=False, server_default="0"))
        jobs.add_column(sa.Column("stage", sa.String(12)))
        jobs.add_column(sa.Column("stage_at", WHEN))
        jobs.add_column(sa.Column("losses", sa.Integer, nullable=False, server_default="0"))
        jobs.add_column(sa.Column("lost_in", sa.String(12)))
    op.create_index("jobs_next", "jobs", ["state", "priority", "submitted_at"])
    op.create_table(
        "switches",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("actor", sa.String(40), nullable=False),
        sa.Column("since", WHEN, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("switches")
    op.drop_index("jobs_next", "jobs")
    with op.batch_alter_table("jobs") as jobs:
        for column in ("lost_in", "losses", "stage_at", "stage", "priority", "voice_id", "kind"):
            jobs.drop_column(column)
    op.create_index("jobs_next", "jobs", ["state", "run_after", "submitted_at"])
