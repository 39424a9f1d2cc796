"""A script's voice roles + the voices there are -> who reads what. Pure.

The main voice tells the story; a quote has a voice of its own; each speaker of a dialogue has another. All are voices
of one engine, since a recording has one rate, and one worker loads one engine. Where an engine has too few, the main
voice itself reads in another pitch, a few percent up or down: close to it, and clearly not it. Its tempo stays.

A speaker has the same voice in every dialogue: it follows from their name (rendezvous hashing, Thaler and Ravishankar
1998), unless somebody who speaks before them in the same dialogue has it already. So no table has to be kept, and a new
voice moves only those it is given to. Nobody's voice is meant to be like them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from voices import Voice

_SPEAKER = "speaker:"

#: A heading is read a touch slower, which a listener hears as a heading.
HEADING_SPEED = 0.95
#: Of an engine's voices, those for speakers are at most so much less preferred than the main one, while they last.
_NEARLY_AS_GOOD = 15
#: Pitches of voices that are borrowed, nearest first. Beyond an eighth a voice sounds like a child or a giant.
_PITCHES = (0.94, 1.07, 0.89, 1.12)


@dataclass(frozen=True, slots=True)
class Part:
    """Which voice reads, how fast and how high: 1.0 is the voice's own."""

    voice: Voice
    speed: float = 1.0
    pitch: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Casting:
    """Who reads what. `roles` and `speakers` name the exceptions; everything else is the main part's."""

    main: Part
    roles: Mapping[str, Part] = field(default_factory=lambda: MappingProxyType({}))
    speakers: Mapping[str, Part] = field(default_factory=lambda: MappingProxyType({}))
    fallback: Voice | None = None  # of another engine, for lines that the parts' voices can't say

    def part(self, role: str, speaker: str | None = None) -> Part:
        """The part that reads an utterance of this role and speaker. A speaker keeps one voice, quoting or not."""
        if speaker is not None and speaker in self.speakers:
            return self.speakers[speaker]
        return self.roles.get(role, self.main)


def cast(
    voice_roles: Sequence[tuple[str, str]],
    main: Voice,
    others: Sequence[Voice] = (),
    *,
    fallback: Voice | None = None,
    fixed: Mapping[str, Voice] = MappingProxyType({}),
) -> Casting:
    """Give every role of a script a voice.

    `voice_roles` are a Script's: (role or "speaker:NAME", voice role); equal voice roles share a voice. `fixed` are
    voices by a speaker's name in small letters. Voices of another engine or language than `main` are passed over.
    """
    company = sorted((v for v in others if v.id != main.id and _suits(v, main)), key=lambda v: (-v.preference, v.id))
    second = Part(company[0]) if company else Part(main, pitch=_PITCHES[0])
    roles = {"heading": Part(main, HEADING_SPEED)}
    names: dict[str, list[str]] = {}  # by voice role
    for who, voice_role in voice_roles:
        if who.startswith(_SPEAKER):
            names.setdefault(voice_role, []).append(who.removeprefix(_SPEAKER))
        elif who == "quote" and voice_role != "main":
            roles["quote"] = second

    seats = _seats(main, company, len(names))
    given = {role: _fixed(of_one_voice, fixed, main) for role, of_one_voice in names.items()}
    for own in given.values():
        if own is not None and own in seats:
            seats.remove(own)
    speakers: dict[str, Part] = {}
    for role, of_one_voice in names.items():
        part = given[role]
        if part is None:
            ranks = {_rank(of_one_voice[0], seat): seat for seat in seats}
            part = ranks[min(ranks)]
            seats.remove(part)
        speakers.update(dict.fromkeys(of_one_voice, part))
    return Casting(main=Part(main), roles=roles, speakers=speakers, fallback=fallback)


def _seats(main: Voice, company: Sequence[Voice], n: int) -> list[Part]:
    """At least n different parts: the good voices, then the other ones, then pitches of the good ones."""
    good = [main, *(v for v in company if v.preference >= main.preference - _NEARLY_AS_GOOD)]
    seats = [Part(voice) for voice in good]
    more = [Part(voice) for voice in company if voice not in good]
    more += [Part(voice, pitch=pitch) for pitch in _PITCHES for voice in good]
    while len(seats) < n:
        seats.append(more.pop(0) if more else Part(main))
    return seats


def _rank(name: str, part: Part) -> str:
    return hashlib.sha256(f"{name.casefold()}|{part.voice.id}|{part.pitch}".encode()).hexdigest()


def _fixed(names: Sequence[str], fixed: Mapping[str, Voice], main: Voice) -> Part | None:
    voices = (fixed[name.casefold()] for name in names if name.casefold() in fixed)
    return next((Part(voice) for voice in voices if _suits(voice, main)), None)


def _suits(voice: Voice, main: Voice) -> bool:
    return voice.engine == main.engine and _tongue(voice) == _tongue(main)


def _tongue(voice: Voice) -> str:
    """BCP 47 -> its language: accents may mix in one recording, languages not."""
    return voice.language.partition("-")[0].lower()
