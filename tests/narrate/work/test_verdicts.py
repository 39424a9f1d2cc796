"""What follows from a failure, as plain values."""

from __future__ import annotations

from datetime import timedelta

import pytest

import voices
from narrate.errors import (
    BadSetting,
    DiskFull,
    EncodeFailed,
    ForumChallenged,
    ForumUnavailable,
    PostMissing,
    SpeechFailed,
    TakeMissing,
    WorkerLost,
)
from narrate.work.verdicts import LONGEST_PAUSE, MAX_ATTEMPTS, MAX_KILLS, MAX_LOSSES, Verdict, judge

PAUSE = timedelta(seconds=30)


def verdict(error: Exception, attempts: int = 1, losses: int = 0, own_voice: bool = False) -> Verdict:
    return judge(error, attempts=attempts, losses=losses, first_pause=PAUSE, own_voice=own_voice)


def test_what_may_pass_is_tried_again_four_times_as_late_each_time_and_then_given_up() -> None:
    pauses = [verdict(EncodeFailed("no"), n).retry_after for n in range(1, MAX_ATTEMPTS + 1)]
    assert pauses == [PAUSE, 4 * PAUSE, 16 * PAUSE, 64 * PAUSE, None]
    assert verdict(TakeMissing("gone")).retry_after == PAUSE


@pytest.mark.parametrize("error", [DiskFull("full"), BadSetting("bad"), voices.VoiceUnavailable("none")])
def test_what_is_wrong_with_the_machine_fails_no_post_and_makes_everybody_rest(error: Exception) -> None:
    for attempts in (1, 99):
        found = verdict(error, attempts)
        assert found.everybody_rests
        assert found.retry_after is not None
        assert found.retry_after <= LONGEST_PAUSE


def test_a_voice_that_only_this_post_wants_is_this_posts_trouble() -> None:
    assert verdict(voices.VoiceUnavailable("none"), own_voice=True) == Verdict(retry_after=None)


def test_a_forum_that_is_away_costs_its_posts_nothing_for_days() -> None:
    assert verdict(ForumUnavailable("away"), MAX_ATTEMPTS + 1).retry_after == LONGEST_PAUSE
    assert verdict(ForumUnavailable("away"), 50).retry_after is None
    challenged, away = verdict(ForumChallenged("who are you")), verdict(ForumUnavailable("away"))
    assert challenged.retry_after is not None
    assert away.retry_after is not None
    assert challenged.retry_after > away.retry_after
    assert challenged.everybody_rests


def test_a_post_that_costs_a_process_each_time_is_set_aside_sooner_than_one_whose_processes_were_killed() -> None:
    crashed, killed = WorkerLost("crashed"), WorkerLost("killed", was_killed=True)
    assert verdict(crashed, losses=MAX_LOSSES - 1).retry_after == timedelta()
    assert verdict(crashed, losses=MAX_LOSSES).retry_after is None
    assert verdict(killed, losses=MAX_LOSSES).retry_after == timedelta()
    assert verdict(killed, losses=MAX_KILLS).retry_after is None


def test_a_post_that_cant_be_had_is_refused_and_any_other_is_held() -> None:
    assert verdict(PostMissing("gone")) == Verdict(retry_after=None, for_good=True)
    assert verdict(SpeechFailed("can't say it")) == Verdict(retry_after=None)
    assert verdict(ZeroDivisionError("a fault of ours")) == Verdict(retry_after=None)
