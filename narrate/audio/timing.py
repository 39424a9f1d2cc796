"""Recording + script + takes -> when each written word is heard.

A take knows when its *spoken* words are heard; a transcript shows the *written* ones. Both texts are the same run of
characters outside the rewrites, so a written character has a place among the spoken ones: its own outside a rewrite,
its proportional share inside one ("5%" read "five percent": "5%" lasts as long as "five percent"). Places count the
characters that aren't white space, since white space is free to differ. Places become samples by the spoken words'
times, linear within a word.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise

from narrate.audio.sounds import Recording
from narrate.audio.takes import Takes
from narrate.records import Rewrite, Script, Utterance
from voices.engine import WordTime

#: A written word and the samples of the recording in which it is heard, end exclusive.
TimedWord = tuple[str, int, int]


def word_times(recording: Recording, script: Script, takes: Takes) -> Iterator[tuple[Utterance, tuple[TimedWord, ...]]]:
    """Each utterance with all its written words (split at white space), in order, timed in the whole recording.

    Times rise and never overlap; no word is without one. Reads one take at a time. Raises TakeMissing, and ValueError
    when recording and script aren't of each other.
    """
    for utterance, piece in zip(script.utterances, recording.pieces, strict=True):
        if utterance.id != piece.utterance_id:
            raise ValueError(f"{script.key}: piece {piece.utterance_id} stands where utterance {utterance.id} should")
        heard = takes.read(piece.take_key).words
        yield (
            utterance,
            tuple(
                (word, piece.start_sample + start, piece.start_sample + end)
                for word, start, end in written_times(utterance, heard, piece.n_samples)
            ),
        )


def written_times(utterance: Utterance, heard: Sequence[WordTime], n_samples: int) -> list[TimedWord]:
    """The written words with samples of the take, which has `n_samples`. `heard` are the take's own word times."""
    places = _places(utterance.written, utterance.spoken, utterance.rewrites)
    clock = _Clock(utterance.spoken, heard, n_samples)
    words = utterance.written.split()
    lasts = list(accumulate(len(word) for word in words))
    spans = [
        clock.span(places[last - len(word)][0], places[last - 1][1]) for word, last in zip(words, lasts, strict=True)
    ]
    return [(word, *span) for word, span in zip(words, _share(words, spans, n_samples), strict=True)]


def _places(written: str, spoken: str, rewrites: Sequence[Rewrite]) -> list[tuple[float, float]]:
    """For each written character that isn't white space, where it starts and ends among the spoken ones.

    Raises ValueError when `spoken` isn't `written` with the rewrites applied.
    """
    places: list[tuple[float, float]] = []
    said: list[str] = []
    at = n_said = 0
    changes = [(r.start, r.end, r.after) for r in sorted(rewrites, key=lambda r: (r.start, r.end))]
    for start, end, after in (*changes, (len(written), len(written), "")):
        if start < at:
            raise ValueError(f"rewrites overlap at character {start} of {written!r}")
        for before, now in ((written[at:start], written[at:start]), (written[start:end], after)):
            n_before, now = len(_dense(before)), _dense(now)
            edges = [n_said + i * len(now) / n_before for i in range(n_before + 1)] if n_before else []
            places += pairwise(edges)
            said.append(now)
            n_said += len(now)
        at = end
    if "".join(said) != _dense(spoken):
        raise ValueError(f"{spoken!r} isn't {written!r} with its rewrites applied")
    return places


def _dense(text: str) -> str:
    """Text without its white space."""
    return "".join(text.split())


class _Clock:
    """Places among the spoken characters -> samples of the take."""

    def __init__(self, spoken: str, heard: Sequence[WordTime], n_samples: int) -> None:
        n_dense = [0, *accumulate(not char.isspace() for char in spoken)]
        self._words = [(n_dense[w.start_char], n_dense[w.end_char], w.start_sample, w.end_sample) for w in heard]
        self._firsts = [first for first, *_ in self._words]
        if not self._words:
            raise ValueError(f"no word of {spoken!r} has a time")

    def span(self, start: float, end: float) -> tuple[int, int]:
        """When the characters start..end are heard. A span of no length for what isn't said."""
        last = self._sample(bisect_left(self._firsts, end) - 1, end)
        first = self._sample(bisect_right(self._firsts, start) - 1, start) if end > start else last
        return min(first, last), last

    def _sample(self, index: int, place: float) -> int:
        first, last, start, end = self._words[max(index, 0)]
        done = min(max((place - first) / max(last - first, 1), 0.0), 1.0)
        return start + round(done * (end - start))


def _share(words: Sequence[str], spans: Sequence[tuple[int, int]], n_samples: int) -> list[tuple[int, int]]:
    """Give words that aren't said a part of the time of the word before them (of the one after, at the very start)."""
    groups: list[list[int]] = [[]]  # indexes; each group has one word with a time
    for index, (start, end) in enumerate(spans):
        if end > start and any(spans[i][1] > spans[i][0] for i in groups[-1]):
            groups.append([])
        groups[-1].append(index)
    shared: list[tuple[int, int]] = []
    for group in groups:
        start, end = next((spans[i] for i in group if spans[i][1] > spans[i][0]), (0, n_samples))
        lengths = [0, *accumulate(len(words[i]) for i in group)]
        edges = [start + (end - start) * length // max(lengths[-1], 1) for length in lengths]
        shared += pairwise(edges)
    return shared
