"""A line that its voice can't say, after every try -> other ways to have it said. Pure: decides, and joins sounds.

First the line is said in two halves, parted at a clause, and joined: much of what makes a voice stumble is length. If a
half fails too, another engine says the whole line (the fallback: an embedded voice), resampled to the recording's rate.
Whoever listens is told which lines those are. Only if that fails, or there is no other engine, the post has failed.

What is made so is kept under the key that was asked for, since that names the words; the take says how it was made.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from narrate.audio.backlog import Refusal
from narrate.audio.sounds import FALLBACK
from voices import Line, Spoken, Waveform, WordTime
from voices.faults import find_fault
from voices.pitch import at_rate

_MARK = "+"  # no take's key holds one: "KEY+1" is a line of KEY's rescue
_CLAUSE = re.compile(r"[,;:.!?…)—–]['\"’”]?(?=\s)")
_JOIN_S = 0.08  # beside the silence that both halves have at their ends
_CLAUSE_WITHIN = 0.7  # a clause's end within so much of the middle is better than the middle itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Fallback:
    """Another engine's voice, for lines that the chosen one can't say."""

    voice_id: str
    speaker: str
    rate_hz: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A line that was said after all, under the id that was asked for, and how."""

    spoken: Spoken
    made: str


@dataclass(slots=True, kw_only=True)
class _Case:
    refusal: Refusal  # the first one: what is told when nothing helps
    parts: dict[str, Line]
    sounds: dict[str, Spoken] = field(default_factory=dict)
    fallback: Fallback | None = None  # that the line is with now


def key_of(line_id: str) -> str:
    """The take's key that a line is said for."""
    return line_id.partition(_MARK)[0]


class Rescue:
    """The lines that are being saved. Every line's id begins with its take's key."""

    def __init__(self) -> None:
        self._cases: dict[str, _Case] = {}

    def __contains__(self, take_key: str) -> bool:
        return take_key in self._cases

    def refused(self, refusal: Refusal, fallback: Fallback | None) -> list[tuple[str, Line]]:
        """(voice id, line)s to be said now that this one was refused; none when nothing is left to try."""
        key = key_of(refusal.line.id)
        case = self._cases.get(key)
        if case is None:
            halves = split(refusal.line)
            self._cases[key] = case = _Case(refusal=refusal, parts={half.id: half for half in halves})
            if halves:
                return [(refusal.voice_id, half) for half in halves]
        elif refusal.line.id not in case.parts:
            return []  # the other half of a line that is with the fallback by now
        if fallback is None or case.fallback is not None:
            return []
        line = replace(case.refusal.line, id=f"{key}{_MARK}0", speaker=fallback.speaker)
        case.parts, case.sounds, case.fallback = {line.id: line}, {}, fallback
        return [(fallback.voice_id, line)]

    def first_refusal(self, take_key: str) -> Refusal:
        """Why a line had to be saved."""
        return self._cases[take_key].refusal

    def landed(self, spoken: Spoken, rate_hz: int) -> Saved | Refusal | None:
        """A line of a rescue was said: the whole, when that was the last of it; a refusal when the whole is bad."""
        key = key_of(spoken.line_id)
        case = self._cases.get(key)
        if case is None or spoken.line_id not in case.parts:
            return None
        case.sounds[spoken.line_id] = spoken
        if len(case.sounds) < len(case.parts):
            return None
        line = case.refusal.line
        if case.fallback is not None:
            whole, made = at_rate(case.sounds[spoken.line_id], rate_hz), f"{FALLBACK}{case.fallback.voice_id}"
        else:
            whole, made = _join(line, [(part, case.sounds[id_]) for id_, part in case.parts.items()]), "split"
        if fault := find_fault(line, whole, rate_hz):
            return Refusal(case.parts[spoken.line_id], fault.why, case.refusal.voice_id)
        del self._cases[key]
        return Saved(spoken=replace(whole, line_id=key), made=made)

    def forget(self, is_wanted: Callable[[str], bool]) -> None:
        """Drop the cases whose take nobody wants any more."""
        self._cases = {key: case for key, case in self._cases.items() if is_wanted(key)}


def split(line: Line) -> tuple[Line, ...]:
    """Two halves of a line, parted at a clause near its middle or else at a space; none when there is no such place.

    Their ids are the line's with +1 and +2. A pronunciation is never cut through.
    """
    text = line.text
    middle = len(text) / 2
    spaces = [found.start() for found in re.finditer(r"\s+", text)]
    clauses = {found.end() for found in _CLAUSE.finditer(text)}
    spaces = [
        at
        for at in spaces
        if all(not start < at < end for start, end, _ in line.pronunciations)
        and any(c.isalnum() for c in text[:at])
        and any(c.isalnum() for c in text[at:])
    ]
    if not spaces:
        return ()
    near = [at for at in spaces if at in clauses and abs(at - middle) < _CLAUSE_WITHIN * middle]
    at = min(near or spaces, key=lambda at: abs(at - middle))
    start = at + len(text[at:]) - len(text[at:].lstrip())
    first = tuple(p for p in line.pronunciations if p[1] <= at)
    second = tuple((a - start, b - start, ipa) for a, b, ipa in line.pronunciations if a >= start)
    return (
        replace(line, id=f"{line.id}{_MARK}1", text=text[:at], pronunciations=first),
        replace(line, id=f"{line.id}{_MARK}2", text=text[start:], pronunciations=second),
    )


def _join(line: Line, halves: list[tuple[Line, Spoken]]) -> Spoken:
    """The halves' sounds, one after the other, with their words where they stand in the whole line."""
    rate_hz = halves[0][1].sound.rate_hz
    gap = np.zeros(round(_JOIN_S * rate_hz), np.float32)
    pieces: list[np.ndarray[tuple[int, ...], np.dtype[np.float32]]] = []
    words: list[WordTime] = []
    char = sample = 0
    for part, spoken in halves:
        char = line.text.index(part.text, char)
        words += [
            WordTime(w.start_char + char, w.end_char + char, w.start_sample + sample, w.end_sample + sample)
            for w in spoken.words
        ]
        pieces += [spoken.sound.samples, gap]
        char += len(part.text)
        sample += spoken.sound.n_samples + len(gap)
    sound = Waveform(np.concatenate(pieces[:-1]), rate_hz)
    return Spoken(line_id=line.id, sound=sound, words=tuple(words))
