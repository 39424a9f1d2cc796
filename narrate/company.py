"""Which voices read a post: the one asked for, the one it was published with, its author's, or the setting's.

No voice imitates an author. An operator may give an author (or a dialogue's speaker) a voice of their own, but never
one that was cloned from that very person: listeners would take it for them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import voices
from narrate.audio.cast import Casting, cast
from narrate.errors import BadSetting
from narrate.records import Author
from narrate.settings import Settings
from voices import Voice
from voices.consent import consent_of
from voices.neural import placing
from voices.weights import keep_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """The voices of one recording: who tells, who else of that engine there is, and who helps out."""

    voice: Voice
    others: tuple[Voice, ...] = ()
    fallback: Voice | None = None  # of another engine, for lines that none of them can say
    fixed: Mapping[str, Voice] = field(default_factory=dict)  # by a speaker's name in small letters

    def cast(self, voice_roles: Sequence[tuple[str, str]]) -> Casting:
        """Who reads what of a script."""
        return cast(voice_roles, self.voice, self.others, fallback=self.fallback, fixed=self.fixed)


def tell_voices(settings: Settings) -> None:
    """Where this process, and the voices it starts, look for weights and own voices, and how exactly they calculate."""
    keep_in(settings.weights_folder)
    placing.keep_precision(settings.precision)
    voices.use_also(settings.voices_file)


def choose_company(
    wanted: str | None,
    default: str,
    authors: Sequence[Author] = (),
    author_voices: Mapping[str, str] = MappingProxyType({}),
) -> Company:
    """`wanted` or else an author's own voice or else `default`, each the id of a voice or "auto" for the best here.

    `author_voices` are voice ids by an author's slug or name in small letters. Raises VoiceError, and BadSetting for a
    voice that would imitate.
    """
    fixed = {who: voices.find(voice_id) for who, voice_id in author_voices.items()}
    for who, voice in fixed.items():
        _refuse_imitation(who, voice)
    names = [name.casefold() for author in authors for name in (author.slug, author.name) if name]
    own = next((fixed[name].id for name in names if name in fixed), None)
    voice, others = choose_voice(wanted or own or default)
    for author in authors:
        _refuse_imitation(author.name, voice)
    return Company(voice=voice, others=others, fallback=choose_fallback(voice), fixed=fixed)


def choose_voice(voice_id: str) -> tuple[Voice, tuple[Voice, ...]]:
    """(the voice asked for, or the best for "auto"; the others that can speak here). Raises VoiceError."""
    voice = voices.best() if voice_id == "auto" else voices.find(voice_id)
    missing = voices.why_unavailable(voice)
    if missing:
        raise voices.VoiceUnavailable(missing)
    others = tuple(v for v in voices.catalogue() if v.engine == voice.engine and not voices.why_unavailable(v))
    return voice, others


def choose_fallback(voice: Voice) -> Voice | None:
    """The best embedded voice of another engine that can speak here, for lines that `voice` can't say.

    None for a voice that is embedded itself: what flite can't say, nobody can.
    """
    if not voice.weights and not voice.reference:
        return None
    embedded = (v for v in voices.catalogue() if not v.weights and v.preference > 0 and v.engine != voice.engine)
    return next((v for v in embedded if voices.why_unavailable(v) is None), None)


def _refuse_imitation(who: str, voice: Voice) -> None:
    consent = consent_of(voice) if voice.reference else None
    if consent is not None and _words(consent.voice_of) == _words(who.removeprefix("name:")):
        raise BadSetting(
            f"The voice {voice.id!r} was made from recordings of {consent.voice_of}, who also wrote this: a post isn't "
            "read in an imitation of its author's voice. Choose another voice for it."
        )


def _words(name: str) -> list[str]:
    return sorted(name.casefold().replace("-", " ").replace("_", " ").split())
