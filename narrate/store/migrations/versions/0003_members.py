"""Members: accounts, sign-in links, sessions, API tokens, passkeys, LessWrong proofs; the mails to be sent."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

WHEN = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "members",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("email", sa.Text),
        sa.Column("email_folded", sa.String(320), unique=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("created_at", WHEN, nullable=False),
        sa.Column("deleted_at", WHEN),
        sa.Column("is_operator", sa.Boolean, nullable=False),
        sa.Column("is_banned", sa.Boolean, nullable=False),
        sa.Column("lesswrong_id", sa.String(64), unique=True),
        sa.Column("lesswrong_name", sa.Text),
        sa.Column("lesswrong_at", WHEN),
        sa.Column("notify", sa.String(16), nullable=False),
        sa.Column("feed_token", sa.String(64), unique=True),
    )
    op.create_table(
        "departures",
        sa.Column("hash", sa.String(64), primary_key=True),
        _member(nullable=False),
        sa.Column("left_at", WHEN, nullable=False),
        sa.Column("is_banned", sa.Boolean, nullable=False),
    )
    op.create_index("ix_departures_left_at", "departures", ["left_at"])
    op.create_table(
        "login_links",
        sa.Column("token_hash", sa.String(64), primary_key=True),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("email_folded", sa.String(320), nullable=False),
        sa.Column("next_path", sa.Text, nullable=False),
        sa.Column("made_at", WHEN, nullable=False),
        sa.Column("expires_at", WHEN, nullable=False),
        sa.Column("spent_at", WHEN),
    )
    op.create_index("login_links_by_address", "login_links", ["email_folded", "made_at"])
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.String(64), primary_key=True),
        _member(nullable=False),
        sa.Column("device", sa.Text, nullable=False),
        sa.Column("made_at", WHEN, nullable=False),
        sa.Column("seen_at", WHEN, nullable=False),
        sa.Column("expires_at", WHEN, nullable=False),
    )
    op.create_index("ix_sessions_member_id", "sessions", ["member_id"])
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("token_hash", sa.String(64), nullable=False, unique=True),
        _member(nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("made_at", WHEN, nullable=False),
        sa.Column("used_at", WHEN),
    )
    op.create_index("ix_api_tokens_member_id", "api_tokens", ["member_id"])
    op.create_table(
        "passkeys",
        sa.Column("id", sa.String(1400), primary_key=True),
        _member(nullable=False),
        sa.Column("public_key", sa.LargeBinary, nullable=False),
        sa.Column("sign_count", sa.BigInteger, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("made_at", WHEN, nullable=False),
        sa.Column("used_at", WHEN),
    )
    op.create_index("ix_passkeys_member_id", "passkeys", ["member_id"])
    op.create_table(
        "passkey_challenges",
        sa.Column("hash", sa.String(64), primary_key=True),
        _member(nullable=True),
        sa.Column("made_at", WHEN, nullable=False),
    )
    op.create_table(
        "lesswrong_proofs",
        sa.Column("member_id", sa.String(26), sa.ForeignKey("members.id"), primary_key=True),
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("made_at", WHEN, nullable=False),
    )
    op.create_table(
        "mails",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("recipient", sa.Text),
        sa.Column("document", sa.JSON),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("made_at", WHEN, nullable=False),
        sa.Column("run_after", WHEN, nullable=False),
        sa.Column("expires_at", WHEN),
        sa.Column("error", sa.Text),
    )
    op.create_index("mails_next", "mails", ["state", "run_after"])


def _member(*, nullable: bool) -> sa.Column[str]:
    return sa.Column("member_id", sa.String(26), sa.ForeignKey("members.id"), nullable=nullable)


def downgrade() -> None:
    for table in (
        "mails",
        "lesswrong_proofs",
        "passkey_challenges",
        "passkeys",
        "api_tokens",
        "sessions",
        "login_links",
        "departures",
        "members",
    ):
        op.drop_table(table)
