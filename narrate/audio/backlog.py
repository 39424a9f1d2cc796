"""Lines to speak -> packs, and what ended -> what is tried again. Pure: decides, and touches no runner.

Packs are filled longest line first, so that lines of one pack have like lengths (an engine that batches pads little)
and the short ones are left for the end. Towards the end packs shrink with what remains (guided self-scheduling,
Polychronopoulos and Kuck 1987), so that all slots finish together.

A pack that was lost is tried twice more as it is, then in halves, until the line that kills its speaker is alone and
is named. Lines that merely travelled with it are spoken.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import count

from narrate.audio.packs import Failed, Lost, Pack
from voices.engine import Line

_FREE_TRIES = 2
_SHARES_PER_SLOT = 2  # a pack is at most this part of what remains for a slot
_FEWEST_LINES = 8  # a smaller pack costs more in handing over than it gains in balance


@dataclass(frozen=True, slots=True)
class Refusal:
    """A line that can't be spoken, after every try, and why."""

    line: Line
    why: str


@dataclass(frozen=True, slots=True)
class _Flight:
    voice_id: str
    lines: tuple[Line, ...]
    n_tries: int  # that have failed so far


#: Pack ids never come twice in a process: a runner may still hold packs of somebody who gave up on them.
_pack_numbers = count(1)


class Backlog:
    """What is still to be spoken. A line's id is its take's key; it is handed in once while the backlog holds it.

    `max_lines` of a pack, by voice id: few for an engine that speaks one by one, hundreds where it batches.
    """

    def __init__(self, max_lines: Callable[[str], int] = lambda voice_id: 24) -> None:
        self._max_lines = max_lines
        self._waiting: dict[str, deque[tuple[int, Line]]] = {}  # by voice id: (place, line), in this order
        self._again: deque[_Flight] = deque()
        self._flying: dict[str, _Flight] = {}
        self._held: set[str] = set()  # ids of lines that wait or fly
        self._n_places = 0  # what is added goes behind all of these

    def __contains__(self, line_id: str) -> bool:
        return line_id in self._held

    @property
    def n_flying(self) -> int:
        """How many packs are out."""
        return len(self._flying)

    @property
    def n_chars(self) -> int:
        """How much text waits for its first try."""
        return sum(len(line.text) for lines in self._waiting.values() for _, line in lines)

    def add(self, lines: Iterable[tuple[str, Line]]) -> None:
        """Put (voice id, line)s behind what was added before, the longest of them first."""
        self._n_places += 1
        for voice_id, line in sorted(lines, key=lambda asked: (-len(asked[1].text), asked[1].id)):
            self._waiting.setdefault(voice_id, deque()).append((self._n_places, line))
            self._held.add(line.id)

    def reorder(self, place_of: Callable[[str], int]) -> None:
        """Put the waiting lines in the order of the places that this gives by line id, the lowest first.

        Within a place the longest come first. Packs that are out, or are tried again, stay ahead of all.
        """
        for voice_id, lines in self._waiting.items():
            placed = sorted(
                ((place_of(line.id), line) for _, line in lines), key=lambda p: (p[0], -len(p[1].text), p[1].id)
            )
            self._waiting[voice_id] = deque(placed)
        self._n_places = max((lines[-1][0] for lines in self._waiting.values() if lines), default=0)

    def next_pack(self, n_slots: int) -> Pack | None:
        """The next pack for one of `n_slots`, None when nothing waits. It counts as flying from here on."""
        flight = self._again.popleft() if self._again else self._fresh(n_slots)
        if flight is None:
            return None
        pack = Pack(id=f"pack-{next(_pack_numbers)}", voice_id=flight.voice_id, lines=flight.lines)
        self._flying[pack.id] = flight
        return pack

    def flying(self, pack_id: str) -> tuple[str, tuple[Line, ...]]:
        """The voice id and the lines of a pack that is out; no lines for one that isn't."""
        flight = self._flying.get(pack_id)
        return (flight.voice_id, flight.lines) if flight else ("", ())

    def landed(self, pack_id: str, wrong: Mapping[str, str]) -> tuple[Refusal, ...]:
        """A pack was spoken. `wrong` says by line id which sounds can't be right and why: those are spoken again."""
        flight = self._flying.pop(pack_id)
        self._held.difference_update(line.id for line in flight.lines if line.id not in wrong)
        refusals = [self._again_alone(flight, line, wrong[line.id]) for line in flight.lines if line.id in wrong]
        return tuple(refusal for refusal in refusals if refusal)

    def retry(self, outcome: Failed | Lost) -> tuple[Refusal, ...]:
        """A pack came to nothing: put its lines back, but for those that can't be spoken."""
        flight = self._flying.pop(outcome.pack_id)
        if isinstance(outcome, Lost) and not outcome.counts:
            self._again.append(flight)
            return ()
        if isinstance(outcome, Failed) and any(line.id == outcome.line_id for line in flight.lines):
            return self._single_out(flight, outcome)
        if isinstance(outcome, Failed) and not outcome.retryable:
            return self._halve(flight, outcome.why)
        if flight.n_tries < _FREE_TRIES:
            self._again.append(replace(flight, n_tries=flight.n_tries + 1))
            return ()
        return self._halve(flight, outcome.why)

    def keep(self, is_wanted: Callable[[str], bool]) -> None:
        """Drop the waiting lines that nobody wants any more. Those in flight land."""
        for voice_id, lines in self._waiting.items():
            self._waiting[voice_id] = deque(entry for entry in lines if is_wanted(entry[1].id))
        kept = [replace(f, lines=tuple(line for line in f.lines if is_wanted(line.id))) for f in self._again]
        self._again = deque(flight for flight in kept if flight.lines)
        waiting = {line.id for lines in self._waiting.values() for _, line in lines}
        self._held = waiting.union(line.id for f in (*self._again, *self._flying.values()) for line in f.lines)

    def _fresh(self, n_slots: int) -> _Flight | None:
        heads = [(lines[0][0], voice_id) for voice_id, lines in self._waiting.items() if lines]
        if not heads:
            return None
        _, voice_id = min(heads)
        lines = self._waiting[voice_id]
        share = self.n_chars / (_SHARES_PER_SLOT * max(1, n_slots))
        chosen: list[Line] = []
        n_chars, max_lines = 0, self._max_lines(voice_id)
        while lines and len(chosen) < max_lines and (n_chars < share or len(chosen) < _FEWEST_LINES):
            chosen.append(lines.popleft()[1])
            n_chars += len(chosen[-1].text)
        return _Flight(voice_id, tuple(chosen), 0)

    def _single_out(self, flight: _Flight, failed: Failed) -> tuple[Refusal, ...]:
        """The engine named the line: it alone is tried again or refused, the others lose nothing."""
        guilty = next(line for line in flight.lines if line.id == failed.line_id)
        others = tuple(line for line in flight.lines if line is not guilty)
        if others:
            self._again.append(replace(flight, lines=others))
        refusal = (
            self._again_alone(flight, guilty, failed.why) if failed.retryable else self._refuse(guilty, failed.why)
        )
        return (refusal,) if refusal else ()

    def _again_alone(self, flight: _Flight, line: Line, why: str) -> Refusal | None:
        if flight.n_tries >= _FREE_TRIES:
            return self._refuse(line, why)
        self._again.append(_Flight(flight.voice_id, (line,), flight.n_tries + 1))
        return None

    def _halve(self, flight: _Flight, why: str) -> tuple[Refusal, ...]:
        if len(flight.lines) == 1:
            return (self._refuse(flight.lines[0], why),)
        middle = len(flight.lines) // 2
        for half in (flight.lines[:middle], flight.lines[middle:]):
            self._again.append(replace(flight, lines=half))
        return ()

    def _refuse(self, line: Line, why: str) -> Refusal:
        self._held.discard(line.id)
        return Refusal(line, why)
