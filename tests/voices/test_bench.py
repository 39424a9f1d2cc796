"""The bench of voices: both sides say the same for the same time. Speeds aren't judged here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from voices import bench
from voices.bench_sides import SUBJECTS, deal, make_lines, speak_ours
from voices.engine import VoiceError


def test_every_line_is_another() -> None:
    lines = make_lines(1024, "x")
    assert len({line.text for line in lines}) == 1024
    assert max(len(line.text) for line in lines) <= 300


def test_lines_are_dealt_out_evenly() -> None:
    lines = make_lines(8, "x")
    shares = [deal(lines, number, 2) for number in range(2)]
    assert sorted(line.id for share in shares for line in share) == [line.id for line in lines]
    sizes = [sum(len(line.text) for line in share) for share in shares]
    assert max(sizes) < 1.05 * min(sizes)
    assert deal(lines, 0, 1) == lines


@pytest.mark.slow
def test_both_sides_speak_for_the_same_time() -> None:
    from tests.tiny_models import tiny_vits

    asked = {"engine": "coqui", "folder": str(tiny_vits()), "n_lines": 2, "precision": "float32", "compiled": False,
             "share": [0, 1]}  # fmt: skip
    stock, ours = (
        json.loads(
            subprocess.run(
                [sys.executable, "-m", "voices.bench", "--side", side, json.dumps(asked | {"batch_frames": 1})],
                capture_output=True, text=True, check=True,
            ).stdout.splitlines()[-1]
        )
        for side in ("stock", "ours")
    )  # fmt: skip
    assert stock["audio_s"] == pytest.approx(ours["audio_s"], abs=0.051)
    assert ours["audio_s"] > 2 * 25 * SUBJECTS["coqui"].frames_per_phoneme * 256 / 22050
    assert set(ours["stages_s"]) == {"phonemes", "encoder", "decoder", "copy", "cutting"}


@pytest.mark.slow
def test_kokoro_speaks_for_as_long_as_it_has_phonemes(tmp_path: Path) -> None:
    """Its package's network can't be small: that both sides speak for the same time is seen when it is measured."""
    from tests.tiny_models import TINY_KOKORO
    from voices.neural.random_models import make_kokoro_folder

    kokoro = SUBJECTS["kokoro"]
    make_kokoro_folder(tmp_path, ("af_heart",), frames_per_token=kokoro.frames_per_phoneme, **TINY_KOKORO)
    asked = {"engine": "kokoro", "folder": str(tmp_path), "n_lines": 2, "precision": "float32", "compiled": False,
             "share": [0, 1], "batch_frames": 1}  # fmt: skip
    ours = speak_ours(asked)
    n_frames = ours["audio_s"] * 24_000 / 600
    assert n_frames % kokoro.frames_per_phoneme == pytest.approx(0)
    assert n_frames > 2 * 25 * kokoro.frames_per_phoneme
    assert set(ours["stages_s"]) == {"phonemes", "encoder", "decoder", "copy", "cutting"}


def test_the_plot_shows_the_package_and_every_batch_size() -> None:
    runs = [{"batch_frames": 1, "speed_x": 40.0}, {"batch_frames": 24_576, "speed_x": 2000.0}]
    machine = {"gpu": {"name": "NVIDIA H200"}, "cores": 16}
    figures = {"engine": "coqui", "stock": [{"speed_x": 30.0}] * 2, "ours": runs, "precision": "float16",
               "machine": machine}  # fmt: skip
    drawn = bench.plot(figures)
    assert drawn.count("<rect") == 3
    assert bench.plot(figures | {"engine": "kokoro", "stock": []}).count("<rect") == 2  # where no package is installed
    assert "24,576 frames" in drawn
    assert "NVIDIA H200" in drawn
    assert "random weights" in drawn


def test_an_engine_without_a_bench_is_answered_with_those_that_have_one() -> None:
    with pytest.raises(VoiceError, match="there are coqui, kokoro"):
        bench.measure("flite")
