"""Scripts, an in-process runner with faults to order, and stores for the tests of this room."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from obstore.store import LocalStore, MemoryStore, ObjectStore

import voices
from narrate.audio.packs import Done, Outcome, Pack
from narrate.audio.takes import Takes
from narrate.records import Chapter, PostKey, Script, Utterance
from voices import Line, Spoken, Voice

TONE = voices.find("tone")


class HereRunner:
    """A runner that speaks in this process, one pack a slot, and fails as it is told.

    `fault` sees a pack and the number of times its lines were handed in; it returns an outcome, or None to speak.
    """

    def __init__(
        self, n_slots: int = 2, fault: Callable[[Pack, int], Outcome | None] | None = None, voice: Voice = TONE
    ) -> None:
        self.n_slots = n_slots
        self.packs: list[Pack] = []  # all that were ever submitted
        self.closed = False
        self._fault = fault or (lambda pack, n_times: None)
        self._flying: list[Pack] = []
        self._engine = voices.load(voice)

    def free_slots(self) -> int:
        return self.n_slots - len(self._flying)

    def submit(self, pack: Pack) -> None:
        assert self.free_slots() > 0
        self.packs.append(pack)
        self._flying.append(pack)

    def wait(self, timeout_s: float) -> Sequence[Outcome]:
        if not self._flying:
            return []
        pack = self._flying.pop(0)
        n_times = sum(earlier.lines == pack.lines for earlier in self.packs)
        return [self._fault(pack, n_times) or Done(pack_id=pack.id, spoken=tuple(self.speak(pack.lines)))]

    def close(self) -> None:
        self.closed = True

    def speak(self, lines: Sequence[Line]) -> list[Spoken]:
        return list(self._engine.speak(lines))

    @property
    def texts(self) -> list[str]:
        """Every line that was ever handed in."""
        return [line.text for pack in self.packs for line in pack.lines]


def make_utterance(text: str, id: str = "u1", **others: object) -> Utterance:
    fields: dict[str, object] = {"block": 0, "written": text, "spoken": text, "role": "prose", "pause_after_s": 0.4}
    return Utterance(id=id, **(fields | others))  # type: ignore[arg-type]


def make_script(*chapters: Sequence[str | Utterance], key: str = "file:abc") -> Script:
    """A script of chapters of texts; ids count through."""
    made = []
    n_before = 0
    for number, texts in enumerate(chapters, 1):
        utterances = tuple(
            text if isinstance(text, Utterance) else make_utterance(text, f"u{n_before + place}")
            for place, text in enumerate(texts, 1)
        )
        n_before += len(texts)
        made.append(
            Chapter(title=f"Chapter {number}", spoken_title="", anchor=f"c{number}", level=1, utterances=utterances)
        )
    return Script(
        key=PostKey.parse(key),
        title="A post",
        authors=("Ann",),
        source_url="",
        posted_at=None,
        revision="1",
        text_sha256="",
        script_version="1",
        voice_roles=(),
        chapters=tuple(made),
    )


def tones(*parts: tuple[float, float, float], rate_hz: int = 24_000) -> np.ndarray:
    """(seconds, Hz, amplitude) after one another -> float32."""
    pieces = [level * np.sin(2 * np.pi * hz * np.arange(round(s * rate_hz)) / rate_hz) for s, hz, level in parts]
    return np.concatenate(pieces).astype(np.float32)


def ebur128(*source: str) -> tuple[float, float]:
    """(integrated LUFS, true peak in dBTP) of what ffmpeg reads from these arguments, by its own meter."""
    meter = ("-af", "ebur128=peak=true:metadata=1,ametadata=print:key=lavfi.r128.I:file=-", "-f", "null", "-")
    ran = subprocess.run(
        ["ffmpeg", "-hide_banner", "-nostats", *source, *meter], capture_output=True, text=True, check=True
    )
    peak = re.findall(r"Peak:\s+(\S+) dBFS", ran.stderr[ran.stderr.rindex("Summary:") :])
    return float(re.findall(r"lavfi\.r128\.I=(\S+)", ran.stdout)[-1]), float(peak[0])


def decode(path: Path, rate_hz: int = 44_100) -> np.ndarray:
    """Any file -> float32 samples, by ffmpeg."""
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-f", "f32le", "-ac", "1", "-ar", str(rate_hz), "-"]
    return np.frombuffer(subprocess.run(command, capture_output=True, check=True).stdout, np.float32)


@pytest.fixture(scope="session", name="make_script")
def _make_script() -> Callable[..., Script]:
    return make_script


@pytest.fixture(scope="session", name="make_utterance")
def _make_utterance() -> Callable[..., Utterance]:
    return make_utterance


@pytest.fixture(scope="session", name="here_runner")
def _here_runner() -> type[HereRunner]:
    return HereRunner


@pytest.fixture(scope="session", name="tones")
def _tones() -> Callable[..., np.ndarray]:
    return tones


@pytest.fixture(scope="session", name="ebur128")
def _ebur128() -> Callable[..., tuple[float, float]]:
    return ebur128


@pytest.fixture(scope="session", name="decode")
def _decode() -> Callable[..., np.ndarray]:
    return decode


@pytest.fixture(params=["folder", "memory"])
def any_store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    return LocalStore(tmp_path) if request.param == "folder" else MemoryStore()


@pytest.fixture
def takes() -> Takes:
    return Takes(MemoryStore())
