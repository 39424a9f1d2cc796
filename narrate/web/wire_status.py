"""How the service is doing -> the JSON of /api/status, typed. Field names are stable; fields may be added."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, Field

from narrate.choose import Lane
from narrate.store.status import Status


class LaneOut(BaseModel):
    lane: Lane
    posts: int
    audio_hours: float
    archived: int = Field(description="posts that only a backfill wants; they come after all others")
    archived_hours: float


class InWorkOut(BaseModel):
    key: str
    title: str
    stage: Literal["writing", "speaking", "encoding", "publishing"] | None
    lines_done: int
    lines: int = Field(description="spoken lines the post has; 0 while that isn't known")


class DayOut(BaseModel):
    day: date
    episodes: int
    audio_hours: float
    busy_hours: float


class FailuresOut(BaseModel):
    refused: int = Field(description="posts that can't be had or read")
    held: int = Field(description="posts that failed and wait for an operator")
    again: int = Field(description="posts that will be tried again by themselves")


class StatusOut(BaseModel):
    """How the service is doing."""

    at: datetime
    paused: bool = Field(
        description="nothing new is begun: an operator paused the work, or a standing limit is reached"
    )
    waiting: list[LaneOut]
    in_work: list[InWorkOut]
    hours_behind: float = Field(description="audio that somebody waits for, or that was found")
    delay_p50_s: float | None = Field(description="from being asked for to being published, last 30 days")
    delay_p95_s: float | None
    episodes: int
    audio_hours: float
    audio_hours_week: float = Field(description="made in the last seven days")
    busy_hours: float = Field(description="in which at least one post was at work")
    price_per_audio_hour: float | None
    currency: str | None
    failures: FailuresOut
    days: list[DayOut] = Field(description="the last 30, oldest first")


def status_out(status: Status, limited: bool, price: float | None, currency: str | None) -> StatusOut:
    return StatusOut(
        at=status.at,
        paused=limited or status.pause is not None,
        waiting=[
            LaneOut(
                lane=lane.lane,
                posts=lane.n_posts,
                audio_hours=round(lane.audio_hours, 3),
                archived=lane.n_archived,
                archived_hours=round(lane.archived_hours, 3),
            )
            for lane in status.waiting
        ],
        in_work=[
            InWorkOut(
                key=str(work.key), title=work.title, stage=work.stage, lines_done=work.n_done, lines=work.n_wanted
            )
            for work in status.in_work
        ],
        hours_behind=round(status.hours_behind, 3),
        delay_p50_s=status.delay_s(0.5),
        delay_p95_s=status.delay_s(0.95),
        episodes=status.n_episodes,
        audio_hours=round(status.audio_hours, 3),
        audio_hours_week=round(status.hours_of_week, 3),
        busy_hours=round(status.busy_hours, 3),
        price_per_audio_hour=None if price is None else round(price, 4),
        currency=currency,
        failures=FailuresOut(
            refused=status.failures.n_refused, held=status.failures.n_held, again=status.failures.n_again
        ),
        days=[
            DayOut(
                day=day.day,
                episodes=day.n_episodes,
                audio_hours=round(day.audio_hours, 3),
                busy_hours=round(day.busy_hours, 3),
            )
            for day in status.days
        ],
    )
