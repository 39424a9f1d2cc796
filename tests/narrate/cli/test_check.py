"""`narrate check`: an episode is listened to, at the speeds people listen at."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from narrate.clarity import faster
from narrate.cli import run_command
from voices import Waveform

PAGE = (
    "<h1>A test</h1><p>The map is not the territory, but whoever wants to travel needs a map. Most of the money was "
    "spent before the winter began. If the price goes up, fewer people will buy it.</p>"
)


@pytest.fixture
def key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NARRATE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NARRATE_OPUS", "false")
    Path("a.html").write_text(PAGE, encoding="utf-8")
    assert run_command(["episode", "a.html", "--voice", "flite-rms"]) == 0
    capsys.readouterr()
    return next(Path("site/episodes").glob("*.html")).stem.replace("file-", "file:")


@pytest.mark.slow
def test_clarity_falls_with_speed(key: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["check", "speed", key, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    errors = {at["speed"]: at["word_error"] for at in found["clarity"]}
    assert list(errors) == [1.0, 1.5, 2.0, 2.5, 3.0]
    assert errors[1.0] < 0.1
    assert errors[1.0] <= errors[3.0]
    assert run_command(["check", "words", key]) == 0
    assert "lines heard" in capsys.readouterr().err


def test_an_episode_that_is_not_there_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NARRATE_HOME", str(tmp_path))
    assert run_command(["check", "speed", "lesswrong:nothing"]) == 2
    assert "There is no episode lesswrong:nothing" in capsys.readouterr().err
    assert run_command(["check", "words", "nothing"]) == 2
    assert "is no key" in capsys.readouterr().err


@pytest.mark.parametrize("speed", [1.0, 1.5, 2.5, 3.0])
def test_a_speed_shortens_the_sound_by_as_much(speed: float) -> None:
    hum = Waveform((0.3 * np.sin(np.arange(32_000) / 20)).astype(np.float32), 16_000)
    assert faster(hum, speed).duration_s == pytest.approx(hum.duration_s / speed, rel=0.05)
