"""The tables. Schema changes go through `migrations/`; a test holds the two against each other."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    String,
    Text,
    TypeDecorator,
)
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
    # as it was when last fetched; the queue has what polls saw since
    karma: Mapped[int | None]
    curated_at: Mapped[datetime | None]
    review_votes: Mapped[int] = mapped_column(server_default="0")
    won_review: Mapped[int | None]
    document: Mapped[dict[str, Any]] = mapped_column(JSON(), deferred=True)  # the whole Post, its html included

    __table_args__ = (Index("posts_ready", "ready_at", "key"),)


class SeriesRow(Base):
    """A sequence of posts, as its forum last showed it."""

    __tablename__ = "series"

    key: Mapped[str] = mapped_column(String(200), primary_key=True)  # lesswrong:sequence-<id>
    title: Mapped[str] = mapped_column(Text)
    url: Mapped[str] = mapped_column(Text)
    seen_at: Mapped[datetime]


class SeriesPartRow(Base):
    """A post's place in a sequence, whether it is narrated or not."""

    __tablename__ = "series_parts"

    series: Mapped[str] = mapped_column(ForeignKey("series.key", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True, index=True)
    number: Mapped[int | None]  # from 1, over all chapters; unknown where the forum doesn't tell
    chapter: Mapped[int]  # from 1
    chapter_title: Mapped[str] = mapped_column(Text)


class TakeRow(Base):
    """A spoken line whose file is complete."""

    __tablename__ = "takes"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    n_samples: Mapped[int]
    rate_hz: Mapped[int]
    needed_at: Mapped[datetime] = mapped_column(
        "made_at"
    )  # by the recording that was kept last; named when it was set once


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
    duration_ms: Mapped[int] = mapped_column(default=0, server_default="0")

    #: Sums of audio come from the index alone: a row is as large as its script.
    __table_args__ = (Index("episodes_made", "made_at", "current", "duration_ms"),)


class MachineDayRow(Base):
    """How long at least one post was in work on a day (UTC)."""

    __tablename__ = "machine_days"

    day: Mapped[date] = mapped_column(primary_key=True)
    busy_ms: Mapped[int] = mapped_column(BigInteger)


class SpeakingRow(Base):
    """How far a post at work is. Told for those who look; nothing is decided by it."""

    __tablename__ = "speaking"

    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    n_done: Mapped[int]  # takes
    n_wanted: Mapped[int]
    begun_at: Mapped[datetime]


class TextRow(Base):
    """What is said in a live episode, for the search. The words themselves are in `text_index` (fulltext.py)."""

    __tablename__ = "texts"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(ForeignKey("posts.key"), unique=True)
    site: Mapped[str] = mapped_column(String(100))
    year: Mapped[int | None] = mapped_column(index=True)
    minutes: Mapped[float]
    tags: Mapped[list[str]] = mapped_column(JSON())
    tag_line: Mapped[str] = mapped_column(Text)  # the tags in lower case, a line break before and after each
    starts_ms: Mapped[list[int]] = mapped_column(JSON(), deferred=True)  # of each line of the indexed text


class BookRow(Base):
    """An audiobook that stands on the site."""

    __tablename__ = "books"

    name: Mapped[str] = mapped_column(String(300), primary_key=True)
    made_at: Mapped[datetime]
    document: Mapped[dict[str, Any]] = mapped_column(JSON())  # the whole Book


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


class ShelfRow(Base):
    """An episode of a site, ready to be put into any of its feeds: its item, less what differs between feeds."""

    __tablename__ = "shelf"

    site: Mapped[str] = mapped_column(String(500), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    edition: Mapped[str] = mapped_column(String(16), primary_key=True)  # "" is the episode itself
    stamp: Mapped[str] = mapped_column(String(64))  # changes with the item
    made_at: Mapped[datetime]  # the version's date
    facts: Mapped[dict[str, Any]] = mapped_column(JSON())  # what decides in which feeds it is
    item: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)

    __table_args__ = (
        ForeignKeyConstraint(["site", "key"], ["publications.site", "publications.key"], ondelete="CASCADE"),
    )


class ChannelRow(Base):
    """A feed of a site. Its name and podcast:guid are for ever, whatever is in it."""

    __tablename__ = "channels"

    site: Mapped[str] = mapped_column(ForeignKey("sites.name", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    podcast_guid: Mapped[str] = mapped_column(String(36))
    group: Mapped[str] = mapped_column(String(10))
    title: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    n_episodes: Mapped[int]
    made_at: Mapped[datetime]
    changed_at: Mapped[datetime]  # when its newest bytes were written
    digests: Mapped[list[str]] = mapped_column(JSON())  # of what its files are made from: the feed, then its pages
    hubs_told: Mapped[str] = mapped_column(String(64))  # the digest that hubs were last told of


class RetiredRow(Base):
    """A file on a site that nothing there names any more, and since when. It is kept for those half-way through."""

    __tablename__ = "retired"

    site: Mapped[str] = mapped_column(ForeignKey("sites.name", ondelete="CASCADE"), primary_key=True)
    path: Mapped[str] = mapped_column(String(500), primary_key=True)
    since: Mapped[datetime] = mapped_column(index=True)


class JobRow(Base):
    """A post that was asked for. One row a post; the row outlives the work, so that nothing is asked for twice."""

    __tablename__ = "jobs"

    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    source: Mapped[str] = mapped_column(Text)  # what was submitted, as the sources understand it
    kind: Mapped[str] = mapped_column(String(8))  # narrate, revoice
    voice_id: Mapped[str | None] = mapped_column(String(100))  # None: the voice the episode has, else the setting's
    priority: Mapped[int]  # 0 normal; below that, after everything else
    state: Mapped[str] = mapped_column(String(16))  # waiting, working, done, failed
    stage: Mapped[str | None] = mapped_column(String(12))  # of a job at work: writing, speaking, encoding, publishing
    stage_at: Mapped[datetime | None]  # since when it is in that stage
    attempts: Mapped[int]
    losses: Mapped[int]  # how often in a row who worked on it died or hung in the stage `lost_in`
    lost_in: Mapped[str | None] = mapped_column(String(12))
    submitted_at: Mapped[datetime]
    run_after: Mapped[datetime]
    error: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (Index("jobs_next", "state", "priority", "submitted_at"),)


class SwitchRow(Base):
    """Something that is switched on while its row is there, for every process: "paused", say."""

    __tablename__ = "switches"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    reason: Mapped[str] = mapped_column(Text)
    actor: Mapped[str] = mapped_column(String(40))
    since: Mapped[datetime]


class QueueRow(Base):
    """A post that was found or submitted, whatever became of it: the queue, and why the others aren't in it."""

    __tablename__ = "queue"

    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    state: Mapped[str] = mapped_column(String(12))  # waiting, held, taken, done, refused, removed
    lane: Mapped[str] = mapped_column(String(8))  # recent, classic
    # as the forum shows it
    url: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    authors: Mapped[list[list[str | None]]] = mapped_column(JSON())  # (name, page)
    site: Mapped[str] = mapped_column(String(100))
    kind: Mapped[str] = mapped_column(String(16))
    posted_at: Mapped[datetime]
    karma: Mapped[int]
    n_words: Mapped[int]
    curated_at: Mapped[datetime | None]
    review_votes: Mapped[int]
    won_review: Mapped[int | None]
    year_place: Mapped[int | None]  # by karma among its year's posts, from 1
    recording_url: Mapped[str | None] = mapped_column(Text)
    twin: Mapped[str] = mapped_column(String(300), index=True)  # title and author, folded: the same on another forum
    # why it is here
    found: Mapped[bool]  # by a poll
    asked_by: Mapped[str | None] = mapped_column(String(40))  # a member's id, or OPERATOR
    why: Mapped[list[str]] = mapped_column(JSON())
    audio_elsewhere: Mapped[str] = mapped_column(String(8))  # human, likely, none
    # its order
    queued_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    minutes: Mapped[float]
    base: Mapped[float]
    votes: Mapped[float]
    head_start_days: Mapped[float]
    nudge: Mapped[float]  # by an operator
    rank: Mapped[float]
    # what became of it
    reason: Mapped[str | None] = mapped_column(Text)
    decided_by: Mapped[str | None] = mapped_column(String(40))  # an operator, whose word no poll undoes
    merged_into: Mapped[str | None] = mapped_column(String(200))
    taken_at: Mapped[datetime | None] = mapped_column(index=True)
    released_as: Mapped[str | None] = mapped_column(String(10))  # place, votes, operator

    __table_args__ = (
        Index("queue_order", "state", "lane", "rank", "key"),
        Index("queue_hours", "state", "lane", "rank", "minutes"),  # sums of what waits come from it alone
    )


class PartRow(Base):
    """A post of a sequence that was submitted as one entry. Its posts are taken one by one, in this order."""

    __tablename__ = "parts"

    entry: Mapped[str] = mapped_column(String(200), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(200), index=True)
    taken_at: Mapped[datetime | None]


class VoteRow(Base):
    """What one member gives one post. `points` were paid in `week`, `paid` in the weeks before it."""

    __tablename__ = "votes"

    member_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True, index=True)
    n: Mapped[int]
    weight: Mapped[float]
    week: Mapped[date]
    points: Mapped[int]
    paid: Mapped[int]
    cast_at: Mapped[datetime]
    invalid_at: Mapped[datetime | None]
    via: Mapped[str | None] = mapped_column(String(200))  # the entry it was cast on, where that was merged into this


class BudgetRow(Base):
    """How many of a week's points a member has spent. Locking this row orders a member's own votes."""

    __tablename__ = "budgets"

    member_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    week: Mapped[date] = mapped_column(primary_key=True)  # its Monday
    spent: Mapped[int]


class AuditRow(Base):
    """Who did what to what, and when. Rows are only ever added."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(40), index=True)
    action: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(200), index=True)
    detail: Mapped[dict[str, Any]] = mapped_column(JSON())


class WithdrawalRow(Base):
    """A post withdrawn for good: nothing brings it back, and nothing else is kept of it."""

    __tablename__ = "withdrawals"

    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]


class LeftoverRow(Base):
    """A file of something withdrawn that is still to be deleted; the row goes after the file."""

    __tablename__ = "leftovers"

    path: Mapped[str] = mapped_column(String(500), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), index=True)


class ConsentRow(Base):
    """What an author said about having their posts read."""

    __tablename__ = "consents"

    author: Mapped[str] = mapped_column(String(300), primary_key=True)  # their page, else their name
    name: Mapped[str] = mapped_column(Text)
    may_read: Mapped[bool]
    confirmed: Mapped[bool]  # by an operator; an objection counts before that
    proof: Mapped[str] = mapped_column(Text)
    said_at: Mapped[datetime]


class MemberRow(Base):
    """A person who signs in. A deleted account keeps its id alone, so that its votes still add up."""

    __tablename__ = "members"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    email: Mapped[str | None] = mapped_column(Text)
    email_folded: Mapped[str | None] = mapped_column(String(320), unique=True)  # one person, one spelling
    name: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    is_operator: Mapped[bool]
    is_banned: Mapped[bool]
    lesswrong_id: Mapped[str | None] = mapped_column(String(64), unique=True)
    lesswrong_name: Mapped[str | None] = mapped_column(Text)
    lesswrong_at: Mapped[datetime | None]
    notify: Mapped[str] = mapped_column(String(16))  # at_once, digest, never
    feed_token: Mapped[str | None] = mapped_column(String(64), unique=True)


class DepartureRow(Base):
    """A keyed hash of a deleted account's address or LessWrong id, so that leaving isn't a way to vote twice."""

    __tablename__ = "departures"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    member_id: Mapped[str] = mapped_column(ForeignKey("members.id"))
    left_at: Mapped[datetime] = mapped_column(index=True)
    is_banned: Mapped[bool]


class LoginLinkRow(Base):
    """A sign-in link that was mailed. Only the hash of its secret is kept."""

    __tablename__ = "login_links"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    email: Mapped[str] = mapped_column(Text)
    email_folded: Mapped[str] = mapped_column(String(320))
    next_path: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    spent_at: Mapped[datetime | None]

    __table_args__ = (Index("login_links_by_address", "email_folded", "made_at"),)


class SessionRow(Base):
    """A browser that is signed in. Only the hash of its cookie is kept."""

    __tablename__ = "sessions"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    member_id: Mapped[str] = mapped_column(ForeignKey("members.id"), index=True)
    device: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class ApiTokenRow(Base):
    """A token with which a program acts for a member. Only its hash is kept."""

    __tablename__ = "api_tokens"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    member_id: Mapped[str] = mapped_column(ForeignKey("members.id"), index=True)
    name: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class PasskeyRow(Base):
    """A passkey's public half. `id` is the credential's, as base64url."""

    __tablename__ = "passkeys"

    id: Mapped[str] = mapped_column(String(1400), primary_key=True)
    member_id: Mapped[str] = mapped_column(ForeignKey("members.id"), index=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class ChallengeRow(Base):
    """A question put to a passkey, answered once. With `member_id` it is for adding a passkey to that account."""

    __tablename__ = "passkey_challenges"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    member_id: Mapped[str | None] = mapped_column(ForeignKey("members.id"))
    made_at: Mapped[datetime]


class ProofRow(Base):
    """The code a member puts into their biography to show that a LessWrong account is theirs."""

    __tablename__ = "lesswrong_proofs"

    member_id: Mapped[str] = mapped_column(ForeignKey("members.id"), primary_key=True)
    code: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime]


class MailRow(Base):
    """A mail to be sent. Sent ones keep neither address nor text."""

    __tablename__ = "mails"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    recipient: Mapped[str | None] = mapped_column(Text)
    document: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    state: Mapped[str] = mapped_column(String(16))  # waiting, sent, failed, expired
    attempts: Mapped[int]
    made_at: Mapped[datetime]
    run_after: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (Index("mails_next", "state", "run_after"),)


class NoticeRow(Base):
    """A member who is told that a post they voted or asked for can be heard. One row for ever: told once."""

    __tablename__ = "notices"

    member_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    state: Mapped[str] = mapped_column(String(8))  # waiting (for the digest), told, silent
    made_at: Mapped[datetime]
    told_at: Mapped[datetime | None]

    __table_args__ = (Index("notices_waiting", "state", "member_id"),)


class WebhookRow(Base):
    """An address of an operator's that is told of what happens. `secret` signs what is sent."""

    __tablename__ = "webhooks"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    url: Mapped[str] = mapped_column(Text)
    secret: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime]  # what happened before isn't sent


class DeliveryRow(Base):
    """One thing that happened, on its way to one webhook. `event` names it for ever, so it is sent once."""

    __tablename__ = "deliveries"

    webhook_id: Mapped[str] = mapped_column(ForeignKey("webhooks.id", ondelete="CASCADE"), primary_key=True)
    event: Mapped[str] = mapped_column(String(300), primary_key=True)  # "episode.ready lesswrong:abc"
    document: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))  # dropped once delivered
    state: Mapped[str] = mapped_column(String(10))  # waiting, delivered, failed
    attempts: Mapped[int]
    made_at: Mapped[datetime]
    run_after: Mapped[datetime]
    error: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (Index("deliveries_next", "state", "run_after"),)


class ReportRow(Base):
    """Something that is wrong in an episode, as a listener heard it."""

    __tablename__ = "reports"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), index=True)
    member_id: Mapped[str] = mapped_column(String(40), index=True)
    at_ms: Mapped[int | None]  # where in the audio
    text: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(8))  # open, closed
    made_at: Mapped[datetime]


class BylineRow(Base):
    """Whose post an episode is, by the author's address on our site."""

    __tablename__ = "bylines"

    author: Mapped[str] = mapped_column(String(300), primary_key=True)  # Author.slug
    key: Mapped[str] = mapped_column(ForeignKey("posts.key", ondelete="CASCADE"), primary_key=True, index=True)
    name: Mapped[str] = mapped_column(Text)
    url: Mapped[str | None] = mapped_column(Text)
