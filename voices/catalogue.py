"""catalogue.toml -> Voice records, and the choice between them. No engine is imported before one is needed."""

from __future__ import annotations

import difflib
import importlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import Any, cast

from voices.consent import why_refused
from voices.engine import Engine, EngineIdentity, UnknownVoice, VoiceError, VoiceUnavailable
from voices.weights import catalogue_text, parse_tables


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """A voice of the catalogue; the comments of catalogue.toml say what each field holds."""

    id: str
    title: str
    engine: str
    speaker: str
    language: str  # BCP 47
    licence: str
    licence_url: str
    quality: str
    weights: str  # "" or repository@revision
    preference: int  # higher is taken first by `best`, 0 never
    reference: str = ""  # of a cloned voice: the file of the sound it is made from

    @property
    def model(self) -> tuple[str, str, str]:
        """What is loaded for it: voices with the same are spoken by one loaded engine."""
        return self.engine, self.weights, self.reference

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not isinstance(value, int if field.name == "preference" else str):
                raise VoiceError(f"voice {self.id!r}: {field.name} can't be {value!r}; correct it in catalogue.toml")
            if value == "" and field.name not in ("weights", "reference"):
                raise VoiceError(f"voice {self.id!r} has no {field.name}; add it in catalogue.toml")
        if not self.engine.isidentifier():
            raise VoiceError(f"voice {self.id!r}: {self.engine!r} can't name a module in voices/engines")


def parse_catalogue(text: str) -> tuple[Voice, ...]:
    """TOML -> voices, most preferred first. A wrong entry raises VoiceError naming it."""
    entries = parse_tables(text, "voice")
    voices = tuple(_parse_voice(entry, number) for number, entry in enumerate(entries, 1))
    ids = [voice.id for voice in voices]
    for twice in {id_ for id_ in ids if ids.count(id_) > 1}:
        raise VoiceError(f"the voice catalogue has two voices {twice!r}; rename one")
    return tuple(sorted(voices, key=lambda voice: -voice.preference))


def _parse_voice(entry: Mapping[str, Any], number: int) -> Voice:
    name = repr(entry.get("id", f"number {number}"))
    known = {field.name for field in fields(Voice)}
    for missing in sorted(known - entry.keys() - {"reference"}):
        raise VoiceError(f"voice {name} has no {missing}; add it in catalogue.toml")
    for surplus in sorted(entry.keys() - known):
        raise VoiceError(f"voice {name} has an unknown field {surplus!r}; a voice has {', '.join(sorted(known))}")
    return Voice(**entry)


def catalogue() -> tuple[Voice, ...]:
    """Every voice there is, most preferred first: ours, and those of the operator's own file (`use_also`)."""
    return _read_catalogue(os.environ.get("NARRATE_VOICES_FILE", ""))


def use_also(path: Path | None) -> None:
    """Let this process and the voices it starts know the voices of a file in the form of catalogue.toml, too."""
    if path is not None:
        os.environ["NARRATE_VOICES_FILE"] = str(path.resolve())


@cache
def _read_catalogue(own: str) -> tuple[Voice, ...]:
    here = Path(own).parent
    return tuple(
        replace(voice, reference=str(here / voice.reference)) if voice.reference else voice
        for voice in parse_catalogue(catalogue_text(own))
    )


def find(voice_id: str) -> Voice:
    """The voice of that id; UnknownVoice with the nearest one otherwise.

    `coqui:FOLDER` and `kokoro:FOLDER`, or either with `#SPEAKER`, are models of this machine that no catalogue knows.
    """
    for voice in catalogue():
        if voice.id == voice_id:
            return voice
    if voice_id.startswith(("coqui:", "kokoro:")):
        return _local(voice_id)
    ids = [voice.id for voice in catalogue() if voice.preference]  # the hum is nobody's wish
    near = difflib.get_close_matches(voice_id.lower(), ids, n=1, cutoff=0.4)
    near = near or [id_ for id_ in ids if voice_id and voice_id.lower() in id_][:1]
    hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(ids)}"
    raise UnknownVoice(f"there is no voice {voice_id!r}: {hint}")


def _local(voice_id: str) -> Voice:
    engine, _, place = voice_id.partition(":")
    path, _, speaker = place.partition("#")
    folder = Path(path).resolve()
    return Voice(
        id=voice_id,
        title=f"{folder.name or engine}, a model of this machine",
        engine=engine,
        speaker=speaker or ("af_heart" if engine == "kokoro" else "default"),
        language="en",
        licence="as its maker says",
        licence_url=folder.as_uri(),
        quality="as its maker says",
        weights=str(folder),
        preference=0,
    )


def _engine_class(name: str) -> type[Engine]:
    """The class that speaks; importing its module loads no library and no weights."""
    return cast("type[Engine]", importlib.import_module(f"voices.engines.{name}").Engine)


def why_unavailable(voice: Voice) -> str | None:
    """One line saying what is missing here and how to get it, None when the voice can speak. Loads nothing."""
    return why_refused(voice) or _engine_class(voice.engine).missing(voice)


def fingerprint(voice: Voice) -> EngineIdentity:
    """What decides how a voice sounds, for a take's key. Loads nothing; VoiceUnavailable where it can't speak."""
    if (reason := why_unavailable(voice)) is not None:
        raise VoiceUnavailable(reason)
    return _engine_class(voice.engine).identity(voice)


def pack_lines(voice_id: str) -> int:
    """How many lines that voice's engine likes at one go on this machine. Loads nothing."""
    engine = _engine_class(find(voice_id).engine)
    return getattr(engine, "pack_lines", Engine.pack_lines)()


def most_processes(voice_id: str) -> int | None:
    """How many processes of that voice's engine are of use at once here; None: one for every core. Loads nothing."""
    engine = _engine_class(find(voice_id).engine)
    return getattr(engine, "most_processes", Engine.most_processes)()


def best() -> Voice:
    """The most preferred voice that can speak here. Never a person's: who clones one names it."""
    wanted = [voice for voice in catalogue() if voice.preference > 0 and not voice.reference]
    for voice in wanted:
        if why_unavailable(voice) is None:
            return voice
    easiest = next(voice for voice in wanted if not voice.weights)
    raise VoiceUnavailable(f"no voice can speak here: {why_unavailable(easiest)}")


def natural_to_install() -> Voice | None:
    """The most preferred voice that has to be installed, while none of those can speak here; None once one can."""
    installable = [voice for voice in catalogue() if voice.weights and voice.preference > 0]
    if any(why_unavailable(voice) is None for voice in installable):
        return None
    return installable[0] if installable else None


def load(voice: Voice) -> Engine:
    """The engine, ready to speak. Loads libraries and weights; VoiceUnavailable where they are missing."""
    if (reason := why_unavailable(voice)) is not None:
        raise VoiceUnavailable(reason)
    return _engine_class(voice.engine)(voice)
