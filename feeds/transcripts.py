"""Timed words -> transcripts as WebVTT, SubRip and JSON, with the same words and times in each.

Formats: w3.org/TR/webvtt1 with `<v Speaker>` (no inline times: AntennaPod would show them as text); SubRip, two lines
of 32 characters; podcast-namespace transcripts JSON 1.0.0, one word a segment, for players that follow the voice.
SubRip has nowhere to put a speaker but among the words, so only the other two name one.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from feeds.records import Cue, FeedError
from feeds.text import is_said, mark_tags, plain, strip_controls

VTT_LINE_CHARS = 65
SRT_LINE_CHARS = 32
LINES = 2
#: Words may overlap by as much as rounding and words of no length make them; more is somebody's mistake.
_TOLERATED_MS = 500
#: Fewer words than this are too short a last line to be read.
_MIN_WORDS = 4
_OPENING = tuple("([{<«‹“‘„‚¿¡")
_SENTENCE_ENDS, _CLAUSE_ENDS = tuple(".?!…"), tuple(",;:—–")
_CLOSING = "\"'’”»)]}›"


@dataclass(frozen=True, slots=True)
class _Word:
    """One spoken word with the punctuation that belongs to it; `text` may hold a space before a dash."""

    text: str
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class _Display:
    """What is shown at once."""

    speaker: str
    lines: tuple[str, ...]
    start_ms: int
    end_ms: int


def render_vtt(cues: Sequence[Cue]) -> bytes:
    """text/vtt: cues of at most two lines of 65 characters, each with its speaker."""
    blocks = ["WEBVTT\n"]
    for shown in _displays(cues, VTT_LINE_CHARS):
        voice = f"<v {_escape(shown.speaker)}>" if shown.speaker else ""
        times = f"{_clock(shown.start_ms, '.')} --> {_clock(shown.end_ms, '.')}"
        blocks.append(f"{times}\n{voice}{_escape(chr(10).join(shown.lines))}\n")
    return "\n".join(blocks).encode()


def render_srt(cues: Sequence[Cue]) -> bytes:
    """application/x-subrip: numbered cues of at most two lines of 32 characters."""
    blocks = []
    for number, shown in enumerate(_displays(cues, SRT_LINE_CHARS), 1):
        times = f"{_clock(shown.start_ms, ',')} --> {_clock(shown.end_ms, ',')}"
        text = mark_tags(chr(10).join(shown.lines)).replace("-->", "→")  # SubRip has no escapes
        blocks.append(f"{number}\n{times}\n{text}\n")
    return "\n".join(blocks).encode()


def render_json(cues: Sequence[Cue]) -> bytes:
    """application/json: one segment a word, each with its speaker, start, end and body."""
    segments = [
        {"speaker": speaker, "startTime": word.start_ms / 1000, "endTime": word.end_ms / 1000, "body": body}
        for speaker, words in _timed(cues)
        for word in words
        for body in ["".join(word.text.split())]
    ]
    document = {"version": "1.0.0", "segments": segments}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _timed(cues: Sequence[Cue]) -> Iterator[tuple[str, list[_Word]]]:
    """(speaker, words): times strictly rise over the whole transcript, no word is shorter than 1 ms."""
    now_ms = 0
    for cue in cues:
        words = []
        for word in _joined(_split(cue)):
            if word.start_ms < now_ms - _TOLERATED_MS:
                raise FeedError(
                    f"The transcript's word {word.text!r} starts at {word.start_ms} ms, before the word ahead of it "
                    f"ends at {now_ms} ms. Make the cues again from the recording's marks."
                )
            start_ms = max(word.start_ms, now_ms)
            now_ms = max(word.end_ms, start_ms + 1)
            words.append(_Word(word.text, start_ms, now_ms))
        if words:
            yield plain(cue.speaker), words


def _split(cue: Cue) -> Iterator[_Word]:
    """A timed stretch of several words ("x + y") becomes several, each with its share of the time by length."""
    for text, start_ms, end_ms in cue.words:
        parts = strip_controls(text).split()
        total = sum(map(len, parts))
        done = 0
        for part in parts:
            begin, done = done, done + len(part)
            length = max(end_ms - start_ms, 0)
            yield _Word(part, start_ms + length * begin // total, start_ms + length * done // total)


def _joined(words: Iterable[_Word]) -> Iterator[_Word]:
    """Bare punctuation joins a neighbour, since nobody says it: an opening mark the next word, any other the last."""
    held: _Word | None = None
    for word in words:
        if held is None:
            held = word
        elif not is_said(held.text) and held.text.endswith(_OPENING):
            held = _Word(held.text + word.text, word.start_ms, word.end_ms)
        elif not is_said(word.text) and not word.text.startswith(_OPENING):
            held = _Word(f"{held.text} {word.text}", held.start_ms, max(held.end_ms, word.end_ms))
        elif not is_said(held.text):
            held = _Word(f"{held.text} {word.text}", min(held.start_ms, word.start_ms), word.end_ms)
        else:
            yield held
            held = word
    if held is not None:
        yield held


def _displays(cues: Sequence[Cue], width: int) -> Iterator[_Display]:
    for speaker, words in _timed(cues):
        while words:
            n_shown = _break(words, width)
            shown, words = words[:n_shown], words[n_shown:]
            yield _Display(speaker, tuple(_wrap(shown, width)), shown[0].start_ms, shown[-1].end_ms)


def _break(words: Sequence[_Word], width: int) -> int:
    """How many words to show now: all that fit, or up to a sentence's or a clause's end in the latter half of them."""
    fitting = 1
    while fitting < len(words) and len(_wrap(words[: fitting + 1], width)) <= LINES:
        fitting += 1
    if fitting == len(words):
        return fitting
    for ends in (_SENTENCE_ENDS, _CLAUSE_ENDS):
        for n_shown in range(fitting, fitting // 2, -1):
            if words[n_shown - 1].text.rstrip(_CLOSING).endswith(ends):
                return n_shown
    return (len(words) + 1) // 2 if len(words) - fitting < _MIN_WORDS else fitting


def _wrap(words: Sequence[_Word], width: int) -> list[str]:
    """Lines of at most `width` characters; a longer word has a line of its own, for no word is ever broken."""
    lines: list[str] = []
    for piece in (piece for word in words for piece in word.text.split()):
        if lines and len(lines[-1]) + 1 + len(piece) <= width:
            lines[-1] += f" {piece}"
        else:
            lines.append(piece)
    return lines


def _escape(text: str) -> str:
    return html.escape(text, quote=False)


def _clock(at_ms: int, point: str) -> str:
    seconds, ms = divmod(at_ms, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{point}{ms:03}"
