"""Lines that are heard badly are said again by the very model that said them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from obstore.store import MemoryStore

import voices
from narrate import clarity
from narrate.audio.sounds import Take
from narrate.audio.stage import Request
from narrate.audio.takes import Takes
from narrate.records import PostKey
from voices import Line, Spoken, Voice
from voices.heard import Heard


def test_two_models_of_one_engine_are_kept_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    tone = voices.find("tone")
    models = {name: dataclasses.replace(tone, id=name, weights=f"owner/{name}@1") for name in ("ann", "bob")}
    said: list[tuple[str, str]] = []

    class Engine:
        def __init__(self, voice: Voice) -> None:
            self._voice = voice

        def speak(self, lines: Sequence[Line]) -> Iterator[Spoken]:
            said.extend((self._voice.weights, line.id) for line in lines)
            return iter(real.speak(lines))

    real: Any = voices.load(tone)
    monkeypatch.setattr(voices, "find", models.__getitem__)
    monkeypatch.setattr(voices, "load", Engine)
    monkeypatch.setattr(clarity, "recogniser", lambda: None)
    monkeypatch.setattr(clarity, "listen", lambda sound, text, by: Heard(text="", wrong=4, n_words=6))
    takes = Takes(MemoryStore())
    lines = {}
    for name, key in (("ann", "a" * 64), ("bob", "b" * 64)):
        line = Line(id=key, text="One sentence that was said badly.", speaker="hum", seed=7)
        spoken = next(iter(real.speak([line])))
        takes.write(Take(key=key, rate_hz=24_000, pcm=spoken.sound.to_pcm16(), words=spoken.words))
        lines[key] = (name, line)
    request = Request(key=PostKey("lesswrong", "x"), take_keys={}, lines=lines, rate_hz=24_000)
    assert len(list(clarity.review(request, takes, mend=True))) == 2
    assert set(said) == {("owner/ann@1", "a" * 64), ("owner/bob@1", "b" * 64)}
