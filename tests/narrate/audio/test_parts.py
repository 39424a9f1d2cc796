from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrate.audio.parts import parts
from narrate.audio.sounds import Piece, Recording


def laid_out(rate_hz: int, lengths: list[tuple[float, float]]) -> Recording:
    """(seconds of take, seconds of pause after it) -> Recording."""
    at, pieces = round(0.3 * rate_hz), []
    for number, (take_s, pause_s) in enumerate(lengths):
        n_samples = round(take_s * rate_hz)
        pieces.append(Piece(utterance_id=str(number), take_key="", start_sample=at, n_samples=n_samples))
        at += n_samples + round(pause_s * rate_hz)
    return Recording(rate_hz=rate_hz, n_samples=at, pieces=tuple(pieces), marks=())


lengths = st.lists(st.tuples(st.floats(0.5, 20), st.floats(0, 2)), min_size=1, max_size=40).map(lambda some: some * 10)


@given(rate_hz=st.sampled_from([8_000, 16_000, 22_050, 24_000, 44_100, 48_000]), lengths=lengths)
def test_parts_cover_the_recording_and_meet_in_silence_on_the_frame_grid(
    rate_hz: int, lengths: list[tuple[float, float]]
) -> None:
    recording = laid_out(rate_hz, lengths)
    got = parts(recording)
    assert got[0][0] == 0
    assert got[-1][1] == recording.n_samples
    assert [stop for _, stop in got[:-1]] == [start for start, _ in got[1:]]
    for _, seam in got[:-1]:
        assert seam * 44_100 % (1152 * rate_hz) == 0
        near = (seam - 0.08 * rate_hz + 1, seam + 0.08 * rate_hz - 1)
        assert all(p.end_sample <= near[0] or p.start_sample >= near[1] for p in recording.pieces)
    assert all(stop - start >= 300 * rate_hz for start, stop in got[:-1])


@pytest.mark.parametrize(("minutes", "n_parts"), [(4, 1), (60, 12), (600, 118)])
def test_speech_with_ordinary_pauses_has_parts_of_about_five_minutes(minutes: int, n_parts: int) -> None:
    recording = laid_out(16_000, [(4.7, 0.3), (6.55, 0.45)] * (minutes * 5))
    assert len(parts(recording)) == pytest.approx(n_parts, rel=0.1)


def test_without_pauses_there_is_one_part() -> None:
    assert len(parts(laid_out(16_000, [(5.0, 0.0)] * 500))) == 1
