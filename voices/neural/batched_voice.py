"""Lines -> sounds by a network in two halves: phonemes ahead, batches of like lengths, copies beside the arithmetic.

Lines are taken in chunks in the order they come, so that the first are ready first; within a chunk the longest go
first. While the GPU works on a batch, the sound of the one before is copied, cut and given out.
"""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from voices.batching import Batch, OutOfMemory, Scheduler
from voices.engine import EngineFailed, Line, Spoken, UnknownVoice, WordTime, check_line
from voices.neural.finishing import TAIL_S, cut_spoken
from voices.neural.tokens import Tokens
from voices.words import LEAD_S

_CHUNK_LINES = 256


class Encoded(Protocol):
    """A row after the first half."""

    @property
    def frames(self) -> Any:
        """How many frames each token lasts: int64 (n_tokens,), on the CPU."""

    @property
    def n_frames(self) -> int: ...


class Network(Protocol):
    """`encode` says how long each row lasts, `decode` makes its sound. Both may raise batching.OutOfMemory."""

    hop: int  # samples a frame
    guard_frames: int  # that have to stand behind a row

    def encode(self, rows: Sequence[Any]) -> list[Any]: ...

    def decode(self, encoded: Sequence[Any], length: int) -> tuple[Any, Any]:
        """Rows of `length` frames -> int16 (rows, length * hop), and each row's peak; on the device."""
        ...


class BatchedVoice:
    """What the voices of such networks share. One that is derived from it reads lines, and says what a row holds.

    `gpu_tokens`, `gpu_frames`: of one batch on a GPU, filling included; a processor goes line by line.
    """

    #: Between what a model says of a word's time and what is heard; and what is left before and behind the words.
    heard_late_s, lead_s, tail_s = 0.0, LEAD_S, TAIL_S

    def __init__(
        self,
        network: Network,
        speakers: Mapping[str, Any],
        *,
        rate_hz: int,
        on_gpu: bool,
        gpu_tokens: int,
        gpu_frames: int,
    ) -> None:
        self.network, self.speakers, self.rate_hz = network, speakers, rate_hz
        self._on_gpu = on_gpu
        self.by_tokens = Scheduler(gpu_tokens if on_gpu else 1)
        self.by_frames = Scheduler(gpu_frames if on_gpu else 1)
        self.meter = Meter()

    def _read(self, lines: Sequence[Line]) -> Iterator[Tokens]:
        """Every line's tokens, in order. Unspeakable for what the model has no signs for."""
        raise NotImplementedError

    def _row(self, line: Line, tokens: Tokens) -> Any:
        """What the network wants to know of a line."""
        raise NotImplementedError

    def has(self, speaker: str) -> bool:
        return speaker in self.speakers

    def speak(self, lines: Sequence[Line]) -> Iterator[Spoken]:
        for line in lines:
            check_line(line)
            if not self.has(line.speaker):
                raise UnknownVoice(
                    f"this voice has no speaker {line.speaker!r}, only {_some(self.speakers)}", line_id=line.id
                )
        tokens = self._read(lines)
        for at in range(0, len(lines), _CHUNK_LINES):
            chunk = lines[at : at + _CHUNK_LINES]
            with self.meter.stage("phonemes"):
                known = list(islice(tokens, len(chunk)))
            yield from self._speak_chunk(chunk, known)

    def _speak_chunk(self, lines: Sequence[Line], tokens: Sequence[Tokens]) -> Iterator[Spoken]:
        encoded = self._encode(lines, [self._row(line, own) for line, own in zip(lines, tokens, strict=True)], tokens)
        on_their_way: deque[tuple[Batch, _Copy]] = deque()
        lengths = [one.n_frames + self.network.guard_frames for one in encoded]
        try:
            for batch, copy in self.by_frames.run(lengths, lambda batch: self._decode(encoded, lengths, batch)):
                on_their_way.append((batch, copy))
                if len(on_their_way) > self._on_gpu:
                    yield from self._finish(lines, tokens, encoded, *on_their_way.popleft())
        except OutOfMemory as cause:
            raise _full(lines[max(range(len(lines)), key=lengths.__getitem__)]) from cause
        for batch, copy in on_their_way:
            yield from self._finish(lines, tokens, encoded, batch, copy)

    def _encode(self, lines: Sequence[Line], rows: Sequence[Any], tokens: Sequence[Tokens]) -> list[Encoded]:
        encoded: dict[int, Encoded] = {}
        lengths = [len(own.ids) for own in tokens]

        def run(batch: Batch) -> list[Encoded]:
            with self.meter.stage("encoder"):
                return self.network.encode([rows[item] for item in batch.items])

        try:
            for batch, done in self.by_tokens.run(lengths, run):
                encoded.update(zip(batch.items, done, strict=True))
        except OutOfMemory as cause:
            raise _full(lines[max(range(len(lines)), key=lengths.__getitem__)]) from cause
        return [encoded[item] for item in range(len(rows))]

    def _decode(self, encoded: Sequence[Encoded], lengths: Sequence[int], batch: Batch) -> _Copy:
        length = batch.length if self._on_gpu else max(lengths[item] for item in batch.items)
        with self.meter.stage("decoder"):
            copy = _Copy(*self.network.decode([encoded[item] for item in batch.items], length))
        self.meter.n_frames_computed += len(batch.items) * length
        self.meter.n_frames_heard += sum(encoded[item].n_frames for item in batch.items)
        return copy

    def _finish(
        self, lines: Sequence[Line], tokens: Sequence[Tokens], encoded: Sequence[Encoded], batch: Batch, copy: _Copy
    ) -> Iterator[Spoken]:
        with self.meter.stage("copy"):
            pcm, peaks = copy.arrive()
        late = round(self.heard_late_s * self.rate_hz)
        for sound, peak, item in zip(pcm, peaks, batch.items, strict=True):
            line, one = lines[item], encoded[item]
            if not np.isfinite(peak):
                raise EngineFailed(
                    f"line {line.id} came out as no numbers; if others do too, set NARRATE_PRECISION=float32",
                    line_id=line.id,
                )
            ends = np.cumsum(one.frames.numpy()) * self.network.hop + late
            timed = [
                WordTime(start_char, end_char, int(ends[first - 1]) if first else late, int(ends[end - 1]))
                for start_char, end_char, first, end in tokens[item].words
            ]
            own = sound[: one.n_frames * self.network.hop]
            with self.meter.stage("cutting"):
                spoken = cut_spoken(line, own, self.rate_hz, timed, lead_s=self.lead_s, tail_s=self.tail_s)
            yield spoken


class Meter:
    """What speaking has cost so far: seconds by stage, frames computed and frames heard.

    `is_exact`: wait for the device at the end of each stage. Without, a stage that only gives the GPU work looks short,
    and the next that waits looks long; with, nothing overlaps.
    """

    def __init__(self, *, is_exact: bool = False) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.n_frames_computed = self.n_frames_heard = 0
        self._is_exact = is_exact

    @property
    def padding(self) -> float:
        """The share of the decoder's work that is filling, guard frames included."""
        return 1 - self.n_frames_heard / self.n_frames_computed if self.n_frames_computed else 0.0

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        started_s = time.perf_counter()
        yield
        if self._is_exact and torch.cuda.is_available():
            torch.cuda.synchronize()
        self.seconds[name] += time.perf_counter() - started_s


class _Copy:
    """A batch's sound on its way from the device, while the device goes on."""

    def __init__(self, *tensors: Any) -> None:
        self._event = None
        self._host = tensors
        if tensors[0].is_cuda:
            self._host = tuple(torch.empty(t.shape, dtype=t.dtype, pin_memory=True) for t in tensors)
            for host, tensor in zip(self._host, tensors, strict=True):
                host.copy_(tensor, non_blocking=True)
            self._event = torch.cuda.Event()
            self._event.record()

    def arrive(self) -> tuple[NDArray[np.int16], NDArray[np.float32]]:
        """Waits for it: int16 (rows, n_samples), and the rows' peaks."""
        if self._event is not None:
            self._event.synchronize()
        pcm, peaks = (host.numpy() for host in self._host)
        return pcm, peaks


def _full(line: Line) -> EngineFailed:
    return EngineFailed(
        f"memory doesn't suffice for line {line.id} alone ({len(line.text)} characters); free some, or speak on the "
        "processor (CUDA_VISIBLE_DEVICES=-1)",
        line_id=line.id,
    )


def _some(names: Mapping[str, Any]) -> str:
    shown = ", ".join(islice(names, 8))
    return f"{shown} and {len(names) - 8} more" if len(names) > 8 else shown
