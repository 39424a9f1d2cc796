"""Full-text search over what is said in episodes. The caretaker indexes those made before."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_ON_SQLITE = (
    "CREATE VIRTUAL TABLE text_index USING fts5(title, authors, body, tokenize='porter unicode61 remove_diacritics 2')",
)
#: English stems as PostgreSQL has them, but no stop words: somebody may look for a "not".
_ON_POSTGRES = (
    "CREATE TEXT SEARCH DICTIONARY narrate_stem (TEMPLATE = snowball, LANGUAGE = english)",
    "CREATE TEXT SEARCH CONFIGURATION narrate_words (COPY = english)",
    (
        "ALTER TEXT SEARCH CONFIGURATION narrate_words ALTER MAPPING FOR asciiword, word, asciihword, hword, "
        "hword_asciipart, hword_part WITH narrate_stem"
    ),
    (
        "CREATE TABLE text_index (id integer PRIMARY KEY, title text NOT NULL, authors text NOT NULL, "
        "body text NOT NULL, words tsvector NOT NULL)"
    ),
    "CREATE INDEX text_index_words ON text_index USING gin (words)",
)


def upgrade() -> None:
    op.create_table(
        "texts",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("key", sa.String(200), sa.ForeignKey("posts.key"), nullable=False, unique=True),
        sa.Column("site", sa.String(100), nullable=False),
        sa.Column("year", sa.Integer),
        sa.Column("minutes", sa.Double, nullable=False),
        sa.Column("tags", sa.JSON, nullable=False),
        sa.Column("tag_line", sa.Text, nullable=False),
        sa.Column("starts_ms", sa.JSON, nullable=False),
    )
    op.create_index("ix_texts_year", "texts", ["year"])
    for statement in _ON_SQLITE if op.get_bind().dialect.name == "sqlite" else _ON_POSTGRES:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("text_index")
    op.drop_table("texts")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP TEXT SEARCH CONFIGURATION narrate_words")
        op.execute("DROP TEXT SEARCH DICTIONARY narrate_stem")
