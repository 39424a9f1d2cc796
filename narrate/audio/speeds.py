"""How fast each voice speaks on this machine: measured when it is asked for, remembered until the voice changes."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import asdict
from pathlib import Path

import voices
from voices import Line, Voice

FILE = "voice-speeds.json"

_WARM_UP = "One short sentence, so that everything is loaded."
_TEXTS = (
    "The map is not the territory, but whoever wants to travel needs a map, and a good one is worth its price.",
    "Suppose that every second measurement was wrong: would anybody in the laboratory have noticed before the summer?",
    "We asked forty people, and three of them had an answer.",
    "Nothing that has been said so far depends on the numbers, so let us leave the numbers for another day.",
)


def measure(voice: Voice, home: Path) -> float:
    """Seconds of speech a second, by one process, and remember it. Loads the voice; raises VoiceError."""
    engine = voices.load(voice)
    next(iter(engine.speak([Line(id="0", text=_WARM_UP, speaker=voice.speaker)])))
    lines = [Line(id=str(n), text=text, speaker=voice.speaker, seed=n) for n, text in enumerate(_TEXTS * 2)]
    started_s = time.perf_counter()
    audio_s = sum(spoken.sound.duration_s for spoken in engine.speak(lines))
    speed_x = audio_s / (time.perf_counter() - started_s)
    home.mkdir(parents=True, exist_ok=True)
    known = _read(home) | {voice.id: {"speed_x": round(speed_x, 1), "of": _digest(voice)}}
    draft = home / f"{FILE}.draft"
    draft.write_text(json.dumps(known, indent=1), encoding="utf-8")
    draft.replace(home / FILE)
    return speed_x


def remembered(voice: Voice, home: Path) -> float | None:
    """What was measured of this very voice; None when nothing was, or it can't speak here now."""
    found = _read(home).get(voice.id)
    if found is None or voices.why_unavailable(voice) is not None or found["of"] != _digest(voice):
        return None
    return float(found["speed_x"])


def _digest(voice: Voice) -> str:
    """Of everything that decides how the voice sounds: other weights may be slower ones."""
    return hashlib.sha256(json.dumps(asdict(voices.fingerprint(voice)), sort_keys=True).encode()).hexdigest()[:16]


def _read(home: Path) -> dict[str, dict[str, str]]:
    try:
        known = json.loads((home / FILE).read_text(encoding="utf-8"))
        return {str(id_): dict(found) for id_, found in known.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}  # never measured, or not readable: it is measured again
