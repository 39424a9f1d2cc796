"""`narrate check`: an episode is listened to, at the speeds people listen at."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import voices
from narrate.audio.sounds import Take
from narrate.audio.takes import Takes
from narrate.clarity import faster, lines_of
from narrate.cli import run_command
from narrate.company import choose_company
from narrate.home import open_home
from narrate.options import read_options
from narrate.records import Episode, PostKey
from narrate.script import write
from narrate.settings import read_settings
from narrate.store import jobs
from narrate.store.episodes import load_episode
from voices import Waveform

PAGE = (
    "<h1>A test</h1><p>The map is not the territory, but whoever wants to travel needs a map.</p>"
    "<p>Most of the money was spent before the winter began.</p>"
    "<p>If the price goes up, fewer people will buy it.</p>"
)
CUT_S = 0.3  # a line that is said wrongly is shorter by so much


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a page in it, and a data folder of its own."""
    monkeypatch.chdir(tmp_path)
    for name, value in {"HOME": str(tmp_path / "home"), "OPUS": "false", "FIND_EVERY_HOURS": "0"}.items():
        monkeypatch.setenv(f"NARRATE_{name}", value)
    Path("a.html").write_text(PAGE, encoding="utf-8")
    return tmp_path


def narrate_page(place: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """The key of the page's episode."""
    assert run_command(["episode", "a.html", "--voice", "flite-rms"]) == 0
    capsys.readouterr()
    return next(place.glob("site/episodes/*.html")).stem.replace("file-", "file:")


@pytest.mark.slow
def test_clarity_falls_with_speed(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = narrate_page(place, capsys)
    assert run_command(["check", "speed", key, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    errors = {at["speed"]: at["word_error"] for at in found["clarity"]}
    assert list(errors) == [1.0, 1.5, 2.0, 2.5, 3.0]
    assert errors[1.0] < 0.1
    assert errors[1.0] <= errors[3.0]
    assert run_command(["check", "words", key]) == 0
    assert "lines heard" in capsys.readouterr().err


@pytest.mark.slow
def test_a_line_that_was_said_wrongly_is_found_said_again_and_the_episode_remade(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    right = spoil("Most of the money", by="Winter is over, and nobody has had a thing to eat or drink.")
    key = narrate_page(place, capsys)
    wrong = episode(key)
    assert run_command(["check", "words", key, "--mend", "--json"]) == 0
    said = capsys.readouterr()
    (row,) = [json.loads(line) for line in said.out.splitlines()]
    assert (row["spoken"][:17], row["mended"]) == ("Most of the money", True)
    assert "winter is over" in row["heard"]
    assert "1 badly, 1 said better now; `narrate work` remakes the episode" in said.err
    with open_home(read_settings()) as home, home.store.begin() as session:
        mended = Takes(home.files).read(right.key)
        (job,) = jobs.list_jobs(session, "waiting")
    assert (str(job.key), job.kind) == (key, "revoice")
    assert mended.made.startswith("seed ")
    assert np.array_equal(mended.pcm, right.pcm)  # this engine has one way to say a line

    assert run_command(["work", "--once"]) == 0
    remade = episode(key)
    assert remade.audio != wrong.audio
    assert remade.duration_ms - wrong.duration_ms == pytest.approx(1000 * CUT_S, abs=2)
    assert run_command(["check", "words", key, "--mend"]) == 0
    assert " 0 badly; `narrate work` remakes" in capsys.readouterr().err  # nobody knows whether it has been


def spoil(begins: str, by: str) -> Take:
    """Keep, before anybody speaks it, a take of the line that begins so, with another text's sound; the right one."""
    with open_home(read_settings()) as home:
        script = write(home.sources.fetch("a.html"), read_options(home.settings))
        request = lines_of(script, choose_company("flite-rms", "auto"))
        (line,) = [line for _, line in request.lines.values() if line.text.startswith(begins)]
        engine = voices.load(voices.find("flite-rms"))
        said, other = engine.speak([line, replace(line, text=by, pronunciations=())])
        n = said.sound.n_samples - round(CUT_S * engine.rate_hz)
        right = Take(key=line.id, rate_hz=engine.rate_hz, pcm=said.sound.to_pcm16(), words=said.words)
        words = tuple(word for word in said.words if word.end_sample <= n)
        Takes(home.files).write(replace(right, pcm=other.sound.to_pcm16()[:n], words=words))
    return right


def episode(key: str) -> Episode:
    with open_home(read_settings()) as home, home.store.begin() as session:
        found = load_episode(session, PostKey.parse(key))
    assert found
    return found


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
