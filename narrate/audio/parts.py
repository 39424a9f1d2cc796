"""Recording -> where it may be cut into parts that are encoded side by side. Pure.

A seam lies on the grid of MP3 frames and in the middle of a silence between takes, so that joined parts are what one
encoder would have made. Where the seams are depends on the recording alone: any machine makes the same file.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from narrate.audio.mp3 import RATE_HZ, SAMPLES_PER_FRAME
from narrate.audio.sounds import Recording

_PART_S = 300  # a coder starts in the time in which it codes 20 s: shorter parts would cost more than they gain
_MARGIN_S = 0.08  # silence around a seam: a frame, its overlap and the coder's delay, or the limiter's reach


def parts(recording: Recording) -> tuple[tuple[int, int], ...]:
    """(start, stop) samples of consecutive parts that cover the recording, each of five minutes or a little more."""
    grid = Fraction(SAMPLES_PER_FRAME * recording.rate_hz, RATE_HZ).numerator
    margin = round(_MARGIN_S * recording.rate_hz)
    least = _PART_S * recording.rate_hz
    seams = [0]
    for piece, following in pairwise(recording.pieces):
        seam = -(-(piece.end_sample + margin) // grid) * grid
        if seam + margin <= following.start_sample and seam >= seams[-1] + least:
            seams.append(seam)
    return tuple(pairwise((*seams, recording.n_samples)))
