"""How a job failed -> what is done about it. Pure: decides, and touches nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import feeds
import voices
from narrate.errors import (
    BadSetting,
    ClusterUnavailable,
    FfmpegMissing,
    FileMissing,
    ForumChallenged,
    ForumUnavailable,
    RunnerBroken,
    SiteUnfinished,
    SourceError,
    StorageError,
    WorkerLost,
)

MAX_ATTEMPTS = 5
#: A forum that is away is no fault of the post's: with the longest pause of an hour, this is two days.
MAX_FORUM_ATTEMPTS = 50
#: How many processes a post may cost in a row, in one stage, until it is set aside.
MAX_LOSSES = 3
#: The same where somebody killed them from outside: that says little about a post, but can't go on for ever.
MAX_KILLS = 30
LONGEST_PAUSE = timedelta(hours=1)

#: What is wrong with this machine and not with the post: no post fails of it, all wait until it is mended.
_THE_MACHINES = (
    BadSetting,
    ClusterUnavailable,
    FfmpegMissing,
    RunnerBroken,
    SiteUnfinished,
    StorageError,
    feeds.StorageFull,
    feeds.StorageUnavailable,
    voices.UnknownVoice,
    voices.VoiceUnavailable,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`retry_after` None: the job has failed. `for_good`: its post can't be had or read, whoever asks again.

    `everybody_rests`: what is wrong would meet the next post too, so none is taken for as long.
    """

    retry_after: timedelta | None
    for_good: bool = False
    everybody_rests: bool = False


def judge(error: Exception, *, attempts: int, losses: int, first_pause: timedelta, own_voice: bool) -> Verdict:
    """What follows from an error.

    `attempts`: tries so far, this one included. `losses`: processes lost in this stage. `own_voice`: the job asks for
    a voice of its own, so one that is missing is its own trouble.
    """
    pause = min(first_pause * 4 ** min(max(attempts - 1, 0), 9), LONGEST_PAUSE)
    if isinstance(error, WorkerLost):
        most = MAX_KILLS if error.was_killed else MAX_LOSSES
        return Verdict(retry_after=timedelta() if losses < most else None)
    if isinstance(error, FileMissing):
        return Verdict(retry_after=pause if attempts < MAX_ATTEMPTS else None)
    if isinstance(error, _THE_MACHINES):
        is_own = own_voice and isinstance(error, voices.VoiceError)
        return Verdict(retry_after=None) if is_own else Verdict(retry_after=pause, everybody_rests=True)
    if isinstance(error, ForumUnavailable):
        if attempts >= MAX_FORUM_ATTEMPTS:
            return Verdict(retry_after=None)
        much_later = isinstance(error, ForumChallenged)
        return Verdict(retry_after=max(pause, 8 * first_pause) if much_later else pause, everybody_rests=True)
    if getattr(error, "retryable", False) and attempts < MAX_ATTEMPTS:
        return Verdict(retry_after=pause)
    return Verdict(retry_after=None, for_good=isinstance(error, SourceError))
