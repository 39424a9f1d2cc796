"""The embedded voice through the whole room, judged by ffmpeg's meter; and the memory of a long one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from obstore.store import LocalStore

import voices
from narrate.audio.assemble import assemble
from narrate.audio.cast import Casting, Part
from narrate.audio.finish import Opus, master_and_encode
from narrate.audio.parts import parts
from narrate.audio.perform import perform
from narrate.audio.sounds import Take
from narrate.audio.takes import Takes
from narrate.errors import TakeMissing
from narrate.records import Script

WORDS = [
    "The map is not the territory, and a belief that pays no rent should be evicted.",
    "When you notice that you are confused, stop: either your model is false or the story is wrong.",
    "Was it obvious? No! It was not obvious at all; it only looks so now.",
    "Six sixes, sifted, sit in a stack of successive guesses.",
    "Nobody said that the bridge was safe, but nobody said that it was not.",
]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["flite-rms", "flite-slt", "tone"])
def test_an_episode_has_the_level_the_peak_and_the_length_it_should(
    make_script: Callable[..., Script],
    takes: Takes,
    here_runner: Callable[..., Any],
    ebur128: Callable[..., tuple[float, float]],
    decode: Callable[..., np.ndarray],
    tmp_path: Path,
    name: str,
) -> None:
    voice = voices.find(name)
    script = make_script(WORDS[:2], WORDS[2:])
    done = perform(script, Casting(main=Part(voice)), takes, here_runner(voice=voice))
    recording = assemble(script, done, done.rate_hz)
    made = master_and_encode(recording, takes, b"", tmp_path / "a.mp3")
    lufs, peak_dbtp = ebur128("-i", str(made.path))
    assert lufs == pytest.approx(-19.0, abs=0.3)
    assert peak_dbtp <= -1.0
    assert made.duration_ms == pytest.approx(recording.n_samples * 1000 / recording.rate_hz, abs=1)
    assert len(decode(made.path)) == made.n_samples


@pytest.mark.slow
def test_a_long_recording_is_the_same_whoever_encodes_it_and_each_take_is_in_its_place(
    make_script: Callable[..., Script],
    takes: Takes,
    here_runner: Callable[..., Any],
    decode: Callable[..., np.ndarray],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Eleven minutes: three parts, joined. The hum's words start as sharply as the plan says."""
    script = make_script([f"{WORDS[n % 5]} {'x' * (n % 40)}" for n in range(120)])
    done = perform(script, Casting(main=Part(voices.find("tone"))), takes, here_runner())
    recording = assemble(script, done, done.rate_hz)
    made = master_and_encode(recording, takes, b"", tmp_path / "a.mp3")
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    assert master_and_encode(recording, takes, b"", tmp_path / "b.mp3").path.read_bytes() == made.path.read_bytes()

    sound = np.abs(decode(made.path, recording.rate_hz))
    assert len(sound) == recording.n_samples
    for piece in recording.pieces:
        first = takes.read(piece.take_key).words[0].start_sample + piece.start_sample
        assert sound[first - 1200 : first - 48].max() < 0.01 < sound[first : first + 480].max()


@pytest.mark.slow
def test_the_opus_file_made_beside_it_holds_the_whole_sound(
    make_script: Callable[..., Script],
    takes: Takes,
    here_runner: Callable[..., Any],
    decode: Callable[..., np.ndarray],
    tmp_path: Path,
) -> None:
    """Six minutes: two parts, which are ready in whatever order, and one Opus file of them."""
    script = make_script([f"{WORDS[n % 5]} {'x' * (n % 40)}" for n in range(65)])
    done = perform(script, Casting(main=Part(voices.find("tone"))), takes, here_runner())
    recording = assemble(script, done, done.rate_hz)
    assert len(parts(recording)) == 2
    small = Opus(tmp_path / "a.opus", ())
    made = master_and_encode(recording, takes, b"", tmp_path / "a.mp3", small)
    n = recording.n_samples * 8000 // recording.rate_hz // 400 * 400  # whole spans of a twentieth of a second, at 8 kHz
    envelopes = [np.abs(decode(path, 8000)[:n]).reshape(-1, 400).max(axis=1) for path in (made.path, small.path)]
    assert np.corrcoef(*envelopes)[0, 1] > 0.98
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["a.mp3", "a.opus"]


def test_nothing_is_left_of_either_file_when_a_take_is_gone(
    make_script: Callable[..., Script], takes: Takes, here_runner: Callable[..., Any], tmp_path: Path
) -> None:
    script = make_script(WORDS)
    done = perform(script, Casting(main=Part(voices.find("tone"))), takes, here_runner())
    recording = assemble(script, done, done.rate_hz)
    out = tmp_path / "out"
    out.mkdir()
    one_is_gone = recording.pieces[3].take_key

    class Thief(Takes):
        n_read = 0

        def read(self, key: str) -> Take:
            self.n_read += key == one_is_gone
            if self.n_read > 1:  # the pass that measures still finds it
                raise TakeMissing("gone")
            return super().read(key)

    with pytest.raises(TakeMissing):
        master_and_encode(recording, Thief(LocalStore(tmp_path)), b"", out / "a.mp3", Opus(out / "a.opus", ()))
    assert list(out.iterdir()) == []


LONG = """
import sys
from pathlib import Path
import numpy as np
from obstore.store import LocalStore
from narrate.audio.finish import master_and_encode
from narrate.audio.sounds import Piece, Recording
from narrate.audio.takes import Takes

takes, hours = Takes(LocalStore(sys.argv[1])), float(sys.argv[2])
n, step = 16000 * 6, 16000 * 6 + 7000
pieces = tuple(
    Piece(utterance_id=str(i), take_key=f"{i % 9:064x}", start_sample=4800 + i * step, n_samples=n)
    for i in range(int(hours * 3600 * 16000 / step))
)
recording = Recording(rate_hz=16000, n_samples=pieces[-1].end_sample + 16000, pieces=pieces, marks=())
made = master_and_encode(recording, takes, b"", Path(sys.argv[1]) / "a.mp3")
assert abs(made.duration_ms - recording.n_samples / 16) < 2
status = Path("/proc/self/status").read_text()
print(int(status.split("VmHWM:")[1].split()[0]) / 1024)
"""


@pytest.mark.slow
def test_memory_is_flat_in_the_recordings_length(tmp_path: Path) -> None:
    """A quarter of an hour and two and a half times that, each in a process of its own. As floats: 50 and 130 MB."""
    rng = np.random.default_rng(0)
    takes = Takes(LocalStore(tmp_path))
    for i in range(9):
        pcm = (rng.standard_normal(16_000 * 6) * 3000).astype(np.int16)
        takes.write(Take(key=f"{i:064x}", rate_hz=16_000, pcm=pcm, words=()))

    def used_mb(hours: float) -> float:
        command = [sys.executable, "-c", LONG, str(tmp_path), str(hours)]
        return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)

    short, long = used_mb(0.23), used_mb(0.58)
    assert long < short + 25
    assert long < 150
