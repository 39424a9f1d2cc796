"""Posts, takes, episodes, sites, publications, jobs."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

WHEN = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "posts",
        sa.Column("key", sa.String(200), primary_key=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("fetched_at", WHEN, nullable=False),
        sa.Column("posted_at", WHEN),
        sa.Column("ready_at", WHEN),
        sa.Column("released_at", WHEN),
        sa.Column("document", sa.JSON, nullable=False),
    )
    op.create_index("ix_posts_released_at", "posts", ["released_at"])
    op.create_table(
        "takes",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("n_samples", sa.Integer, nullable=False),
        sa.Column("rate_hz", sa.Integer, nullable=False),
        sa.Column("made_at", WHEN, nullable=False),
    )
    op.create_table(
        "episodes",
        sa.Column("key", sa.String(200), sa.ForeignKey("posts.key"), primary_key=True),
        sa.Column("version", sa.String(64), primary_key=True),
        sa.Column("made_at", WHEN, nullable=False),
        sa.Column("current", sa.Boolean, nullable=False),
        sa.Column("document", sa.JSON, nullable=False),
        sa.Column("script", sa.JSON, nullable=False),
        sa.Column("recording", sa.JSON, nullable=False),
    )
    op.create_table(
        "sites",
        sa.Column("name", sa.String(500), primary_key=True),
        sa.Column("base_url", sa.Text, nullable=False),
        sa.Column("podcast_guid", sa.String(36), nullable=False),
        sa.Column("made_at", WHEN, nullable=False),
    )
    op.create_table(
        "publications",
        sa.Column("site", sa.String(500), sa.ForeignKey("sites.name", ondelete="CASCADE"), primary_key=True),
        sa.Column("key", sa.String(200), sa.ForeignKey("posts.key"), primary_key=True),
        sa.Column("published_at", WHEN, nullable=False),
        sa.Column("version", sa.String(64)),
    )
    op.create_table(
        "jobs",
        sa.Column("key", sa.String(200), primary_key=True),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("submitted_at", WHEN, nullable=False),
        sa.Column("run_after", WHEN, nullable=False),
        sa.Column("error", sa.Text),
    )
    op.create_index("jobs_next", "jobs", ["state", "run_after", "submitted_at"])


def downgrade() -> None:
    for table in ("jobs", "publications", "sites", "episodes", "takes", "posts"):
        op.drop_table(table)
