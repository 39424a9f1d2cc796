"""The tables. Schema changes go through `migrations/`; a test holds the two against each other."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, DateTime, ForeignKey, Index, String, Text, TypeDecorator
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime in and out, on databases with and without time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError(f"a naive datetime must not reach the database: {value!r}")
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: UtcDateTime()}


class PostRow(Base):
    """A post as last fetched, and the dates that are set once and never move."""

    __tablename__ = "posts"

    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    title: Mapped[str] = mapped_column(Text)
    url: Mapped[str] = mapped_column(Text)
    fetched_at: Mapped[datetime]
    posted_at: Mapped[datetime | None]
    ready_at: Mapped[datetime | None]
    released_at: Mapped[datetime | None] = mapped_column(index=True)
    document: Mapped[dict[str, Any]] = mapped_column(JSON(), deferred=True)  # the whole Post, its html included


class TakeRow(Base):
    """A spoken line whose file is complete."""

    __tablename__ = "takes"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    n_samples: Mapped[int]
    rate_hz: Mapped[int]
    made_at: Mapped[datetime]


class EpisodeRow(Base):
    """One finished version of a post's recording. A correction is a new row; the newest `made_at` is the live one."""

    __tablename__ = "episodes"

    key: Mapped[str] = mapped_column(ForeignKey("posts.key"), primary_key=True)
    version: Mapped[str] = mapped_column(String(64), primary_key=True)
    made_at: Mapped[datetime]
    current: Mapped[bool]
    document: Mapped[dict[str, Any]] = mapped_column(JSON())  # the Episode less the dates of `posts`
    script: Mapped[dict[str, Any]] = mapped_column(JSON(), deferred=True)  # Script JSON
    recording: Mapped[dict[str, Any]] = mapped_column(JSON(), deferred=True)  # the plan it was assembled by


class SiteRow(Base):
    """A place that is published into: the data folder's own site ("main") or a folder given on the command line."""

    __tablename__ = "sites"

    name: Mapped[str] = mapped_column(String(500), primary_key=True)
    base_url: Mapped[str] = mapped_column(Text)
    podcast_guid: Mapped[str] = mapped_column(String(36))
    made_at: Mapped[datetime]


class PublicationRow(Base):
    """Which episode stands on which site, since when, and in which version its page was last written there."""

    __tablename__ = "publications"

    site: Mapped[str] = mapped_column(ForeignKey("sites.name", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(ForeignKey("posts.key"), primary_key=True)
    published_at: Mapped[datetime]
    version: Mapped[str | None] = mapped_column(String(64))


class JobRow(Base):
    """A post that was asked for. One row a post; the row outlives the work, so that nothing is asked for twice."""

    __tablename__ = "jobs"

    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    source: Mapped[str] = mapped_column(Text)  # what was submitted, as the sources understand it
    state: Mapped[str] = mapped_column(String(16))  # waiting, working, done, failed
    attempts: Mapped[int]
    submitted_at: Mapped[datetime]
    run_after: Mapped[datetime]
    error: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (Index("jobs_next", "state", "run_after", "submitted_at"),)
