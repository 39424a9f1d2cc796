"""Every feed of a site and the items they share; sequences; what a Review, moderators and karma said of a post."""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

WHEN = sa.DateTime(timezone=True)
KEY = sa.String(200)
SITE = sa.String(500)


def upgrade() -> None:
    for column in (
        sa.Column("karma", sa.Integer),
        sa.Column("curated_at", WHEN),
        sa.Column("review_votes", sa.Integer, nullable=False, server_default="0"),
        sa.Column("won_review", sa.Integer),
    ):
        op.add_column("posts", column)
    op.create_table(
        "series",
        sa.Column("key", KEY, primary_key=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("seen_at", WHEN, nullable=False),
    )
    op.create_table(
        "series_parts",
        sa.Column("series", KEY, sa.ForeignKey("series.key", ondelete="CASCADE"), primary_key=True),
        sa.Column("key", KEY, primary_key=True),
        sa.Column("number", sa.Integer),
        sa.Column("chapter", sa.Integer, nullable=False),
        sa.Column("chapter_title", sa.Text, nullable=False),
    )
    op.create_index("ix_series_parts_key", "series_parts", ["key"])
    op.create_table(
        "shelf",
        sa.Column("site", SITE, primary_key=True),
        sa.Column("key", KEY, primary_key=True),
        sa.Column("edition", sa.String(16), primary_key=True),
        sa.Column("stamp", sa.String(64), nullable=False),
        sa.Column("made_at", WHEN, nullable=False),
        sa.Column("facts", sa.JSON, nullable=False),
        sa.Column("item", sa.LargeBinary, nullable=False),
        sa.ForeignKeyConstraint(["site", "key"], ["publications.site", "publications.key"], ondelete="CASCADE"),
    )
    op.create_table(
        "channels",
        sa.Column("site", SITE, sa.ForeignKey("sites.name", ondelete="CASCADE"), primary_key=True),
        sa.Column("name", KEY, primary_key=True),
        sa.Column("podcast_guid", sa.String(36), nullable=False),
        sa.Column("group", sa.String(10), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("n_episodes", sa.Integer, nullable=False),
        sa.Column("made_at", WHEN, nullable=False),
        sa.Column("changed_at", WHEN, nullable=False),
        sa.Column("digests", sa.JSON, nullable=False),
        sa.Column("hubs_told", sa.String(64), nullable=False),
    )
    op.create_table(
        "retired",
        sa.Column("site", SITE, sa.ForeignKey("sites.name", ondelete="CASCADE"), primary_key=True),
        sa.Column("path", sa.String(500), primary_key=True),
        sa.Column("since", WHEN, nullable=False),
    )
    op.create_index("ix_retired_since", "retired", ["since"])
    _copy_facts()


def _copy_facts() -> None:
    """Karma and curation of the posts there are, out of their documents."""
    posts = sa.table(
        "posts",
        sa.column("key", KEY),
        sa.column("karma"),
        sa.column("curated_at", WHEN),
        sa.column("document", sa.JSON),
    )
    connection = op.get_bind()
    for key, document in connection.execute(sa.select(posts.c.key, posts.c.document)).all():
        curated = document.get("curated_at")
        values = {
            "karma": document.get("karma"),
            "curated_at": datetime.fromisoformat(curated) if curated else None,
        }
        connection.execute(sa.update(posts).where(posts.c.key == key).values(**values))


def downgrade() -> None:
    for table in ("retired", "channels", "shelf", "series_parts", "series"):
        op.drop_table(table)
    for column in ("won_review", "review_votes", "curated_at", "karma"):
        op.drop_column("posts", column)
