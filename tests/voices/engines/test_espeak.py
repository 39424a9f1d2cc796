"""eSpeak NG: in a child only, and a child may die."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import voices
from voices import Line
from voices.engines import espeak
from voices.wire import Header

LINE = Line(id="x", text="The map is not the territory.", speaker="en-us")


@pytest.fixture
def engine() -> espeak.Engine:
    loaded = voices.load(voices.find("espeak-en-us"))
    assert isinstance(loaded, espeak.Engine)
    return loaded


def test_the_library_is_never_in_our_process(engine: espeak.Engine) -> None:
    list(engine.speak([LINE]))
    assert "espeak" not in Path("/proc/self/maps").read_text()
    assert "libespeak-ng" in Path(f"/proc/{engine._child.pid}/maps").read_text()


def test_a_child_that_dies_fails_one_try_and_is_replaced(
    engine: espeak.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    (before,) = engine.speak([LINE])
    os.kill(engine._child.pid, signal.SIGSTOP)  # so that it doesn't answer before it is killed
    read = espeak.read_frame

    def killed_meanwhile(source: Callable[[int], bytes]) -> tuple[Header, bytes]:
        engine._child.kill()
        return read(source)

    monkeypatch.setattr(espeak, "read_frame", killed_meanwhile)
    with pytest.raises(voices.EngineFailed) as caught:
        list(engine.speak([LINE]))
    monkeypatch.undo()
    assert caught.value.retryable
    assert caught.value.line_id == "x"
    (after,) = engine.speak([LINE])
    assert np.array_equal(before.sound.samples, after.sound.samples)


def test_a_child_that_died_idle_costs_nothing(engine: espeak.Engine) -> None:
    engine._child.kill()
    engine._child.wait()
    assert len(list(engine.speak([LINE]))) == 1


def test_the_package_is_the_way_without_the_system_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(espeak, "find_library", lambda soname: None)
    package = tmp_path / "espeakng_loader"
    (package / "espeak-ng-data").mkdir(parents=True)
    for name in (
        "__init__.py",
        "libespeak-ng.so",
        "libespeak-ng.so.1.52.0",
        *(f"espeak-ng-data/{name}" for name in espeak._DATA_FILES),
    ):
        (package / name).touch()
    voice = voices.find("espeak-en-us")
    assert "narrate[espeak]" in (voices.why_unavailable(voice) or "")
    monkeypatch.syspath_prepend(tmp_path)
    assert voices.why_unavailable(voice) is None
    assert voices.fingerprint(voice).version.startswith("1.52.0-")


def test_the_child_ends_with_its_engine() -> None:
    engine = voices.load(voices.find("espeak-en-us"))
    assert isinstance(engine, espeak.Engine)
    child = engine._child
    del engine
    assert child.returncode is not None
