"""A script's voice roles + the voices there are -> who reads what. Pure.

The main voice tells the story; a quote has a voice of its own where the engine has a second one; the speakers of a
dialogue have different voices in the order in which they first speak. All are voices of one engine, since a recording
has one rate, and one worker loads one engine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from voices import Voice

_SPEAKER = "speaker:"

#: A heading is read a touch slower, which a listener hears as a heading.
HEADING_SPEED = 0.95


@dataclass(frozen=True, slots=True)
class Part:
    """Which voice reads, and how fast: 1.0 is natural."""

    voice: Voice
    speed: float = 1.0


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
    voice_roles: Sequence[tuple[str, str]], main: Voice, others: Sequence[Voice] = (), fallback: Voice | None = None
) -> Casting:
    """Give every role of a script a voice.

    `voice_roles` are a Script's: (role or "speaker:NAME", voice role); equal voice roles share a voice. Of `others`,
    those of another engine or language than `main` are passed over; the more preferred ones are given out first.
    """
    fitting = [v for v in others if v.engine == main.engine and _tongue(v) == _tongue(main) and v.id != main.id]
    company = [main, *sorted(fitting, key=lambda v: (-v.preference, v.id))]
    second = company[1] if len(company) > 1 else main

    seats: dict[str, Voice] = {}
    speakers: dict[str, Part] = {}
    roles = {"heading": Part(main, HEADING_SPEED)}
    for who, voice_role in voice_roles:
        if who.startswith(_SPEAKER):
            voice = seats.setdefault(voice_role, company[len(seats) % len(company)])
            speakers[who.removeprefix(_SPEAKER)] = Part(voice)
        elif who == "quote" and voice_role != "main":
            roles["quote"] = Part(second)
    return Casting(main=Part(main), roles=roles, speakers=speakers, fallback=fallback)


def _tongue(voice: Voice) -> str:
    """BCP 47 -> its language: accents may mix in one recording, languages not."""
    return voice.language.partition("-")[0].lower()
