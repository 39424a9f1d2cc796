"""Facts about a day's work, the disk and a post -> whether it may go on. Pure.

At a standing limit nothing fails: the dispatcher takes no further post, says so in one line, and goes on by itself
when the day is over or there is room again. A post beyond a limit of its own is refused, with the number.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from narrate.errors import PostTooLarge
from narrate.records import Post, Script

GB = 1_000_000_000


class Limits(Protocol):
    """The settings that limit; 0 is no limit. `narrate.settings.Settings` has them all."""

    @property
    def max_audio_hours_a_day(self) -> float: ...
    @property
    def max_home_gb(self) -> float: ...
    @property
    def min_free_gb(self) -> float: ...
    @property
    def max_post_mb(self) -> float: ...
    @property
    def max_post_lines(self) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the standing limits are held against. None: not known, or not asked for."""

    audio_s_today: float  # made since midnight, UTC
    free_bytes: int | None  # on the disk of the data folder
    home_bytes: int | None  # what the data folder holds


def midnight(now: datetime) -> datetime:
    """When the day of `now` began, in UTC: the day that limits count by."""
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def may_work(now: datetime, facts: Facts, limits: Limits) -> str | None:
    """None when another post may be begun; else why not and what ends it, as one sentence."""
    most_hours, hours = limits.max_audio_hours_a_day, facts.audio_s_today / 3600
    if most_hours and hours >= most_hours:
        tomorrow = midnight(now) + timedelta(days=1)
        return (
            f"{hours:.1f} hours of audio were made today and the limit is {most_hours:g} "
            f"(NARRATE_MAX_AUDIO_HOURS_A_DAY): work goes on at {tomorrow:%H:%M} UTC"
        )
    if facts.free_bytes is not None and facts.free_bytes < limits.min_free_gb * GB:
        return (
            f"{facts.free_bytes / GB:.1f} GB are free on the data folder's disk and {limits.min_free_gb:g} have to be "
            "(NARRATE_MIN_FREE_GB): work goes on when there is room"
        )
    if limits.max_home_gb and facts.home_bytes is not None and facts.home_bytes >= limits.max_home_gb * GB:
        return (
            f"the data folder holds {facts.home_bytes / GB:.1f} GB and the limit is {limits.max_home_gb:g} "
            "(NARRATE_MAX_HOME_GB): work goes on when there is less in it"
        )
    return None


def check_post(post: Post, limits: Limits) -> Post:
    """The post as it came, when it isn't too large to be read. Raises PostTooLarge."""
    bodies = [
        post.html,
        *(comment.html for comment in post.comments),
        post.linked_page.html if post.linked_page else "",
    ]
    n_bytes, most = sum(len(body.encode()) for body in bodies), limits.max_post_mb * 1_000_000
    if most and n_bytes > most:
        raise PostTooLarge(
            f"{post.key} has {n_bytes / 1e6:.1f} MB of HTML and the limit is {limits.max_post_mb:g}: "
            "raise NARRATE_MAX_POST_MB to have it read"
        )
    return post


def check_script(script: Script, limits: Limits) -> Script:
    """The script as it came, when it hasn't too many lines to be spoken. Raises PostTooLarge."""
    n_lines, most = len(script.utterances), limits.max_post_lines
    if most and n_lines > most:
        raise PostTooLarge(
            f"{script.key} would be {n_lines:,} spoken lines and the limit is {most:,}: "
            "raise NARRATE_MAX_POST_LINES to have it read"
        )
    return script
