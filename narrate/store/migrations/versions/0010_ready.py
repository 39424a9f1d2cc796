"""What became ready lately is found by an index."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("posts_ready", "posts", ["ready_at", "key"])


def downgrade() -> None:
    op.drop_index("posts_ready", "posts")
