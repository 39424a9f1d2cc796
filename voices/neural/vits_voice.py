"""Lines -> sounds by a VITS network: phonemes ahead, batches of like lengths, copies beside the arithmetic.

Lines are taken in chunks in the order they come, so that the first are ready first; within a chunk the longest go
first. While the GPU works on a batch, the sound of the one before is copied, cut and given out.
"""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from voices.batching import Batch, OutOfMemory, Scheduler
from voices.engine import EngineFailed, Line, Spoken, UnknownVoice, Unspeakable, WordTime, check_line
from voices.neural.espeak_ipa import espeak_ipa
from voices.neural.finishing import cut_spoken
from voices.neural.g2p import G2p
from voices.neural.placing import Placing
from voices.neural.reading import Reading, pronounce, read_line
from voices.neural.tokens import Tokens, tokenize
from voices.neural.tts_package import PUNCTUATION, alphabet_of, cleaner_of, language_of, load_config, make_vits, quietly
from voices.neural.vits import Encoded, Row, VitsNetwork

#: Padded tokens, and frames, of one batch on a GPU. 24,576 frames are 285 s of speech and about 3 GB in half precision.
GPU_TOKENS, GPU_FRAMES = 32_768, 24_576
_CHUNK_LINES = 256

#: What a voice of one speaker calls it.
ONLY_SPEAKER = "default"


class VitsVoice:
    """A VITS model of coqui's from a folder."""

    def __init__(self, folder: Path, placing: Placing, *, compiled: bool = False) -> None:
        with quietly():
            config = load_config(folder)
            model = make_vits(config, folder)
            language = language_of(config)
            self._clean = cleaner_of(config, language)
            self._alphabet = alphabet_of(config)
        self.rate_hz = int(config.audio.sample_rate)
        self.speakers = dict(model.speaker_manager.name_to_id) if hasattr(model, "emb_g") else {ONLY_SPEAKER: 0}
        self.network = VitsNetwork(model, placing, compiled=compiled)
        self._on_gpu = placing.gpu is not None
        self._g2p = G2p(language, PUNCTUATION, 2 if self._on_gpu else 1) if config.use_phonemes else None
        self._notation = espeak_ipa if language.startswith("en") else str.strip
        self.by_tokens = Scheduler(GPU_TOKENS if self._on_gpu else 1)
        self.by_frames = Scheduler(GPU_FRAMES if self._on_gpu else 1)
        self.meter = Meter()

    def speak(self, lines: Sequence[Line]) -> Iterator[Spoken]:
        for line in lines:
            check_line(line)
            if line.speaker not in self.speakers:
                raise UnknownVoice(
                    f"this voice has no speaker {line.speaker!r}, only {_some(self.speakers)}", line_id=line.id
                )
        readings = [read_line(line, self._clean) for line in lines]
        tokens = map(self._tokens, lines, self._g2p.phonemes(readings) if self._g2p else readings)
        for at in range(0, len(lines), _CHUNK_LINES):
            chunk = lines[at : at + _CHUNK_LINES]
            with self.meter.stage("phonemes"):
                known = list(islice(tokens, len(chunk)))
            yield from self._speak_chunk(chunk, known)

    def _tokens(self, line: Line, reading: Reading) -> Tokens:
        try:
            return tokenize(line, pronounce(reading, self._notation) if self._g2p else reading, self._alphabet)
        except ValueError as cause:
            raise Unspeakable(f"line {line.id}: {cause}; correct the pronunciation", line_id=line.id) from cause

    def _speak_chunk(self, lines: Sequence[Line], tokens: Sequence[Tokens]) -> Iterator[Spoken]:
        rows = [
            Row(own.ids, self.speakers[line.speaker], line.seed, line.speed)
            for line, own in zip(lines, tokens, strict=True)
        ]
        encoded = self._encode(lines, rows)
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

    def _encode(self, lines: Sequence[Line], rows: Sequence[Row]) -> list[Encoded]:
        encoded: dict[int, Encoded] = {}
        lengths = [len(row.tokens) for row in rows]

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
        for sound, peak, item in zip(pcm, peaks, batch.items, strict=True):
            line, one = lines[item], encoded[item]
            if not np.isfinite(peak):
                raise EngineFailed(
                    f"line {line.id} came out as no numbers; if others do too, set NARRATE_PRECISION=float32",
                    line_id=line.id,
                )
            ends = np.cumsum(one.frames.numpy()) * self.network.hop
            timed = [
                WordTime(start_char, end_char, int(ends[first - 1]) if first else 0, int(ends[end - 1]))
                for start_char, end_char, first, end in tokens[item].words
            ]
            with self.meter.stage("cutting"):
                spoken = cut_spoken(line, sound[: one.n_frames * self.network.hop], self.rate_hz, timed)
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


def _some(names: Sequence[str] | dict[str, int]) -> str:
    shown = ", ".join(islice(names, 8))
    return f"{shown} and {len(names) - 8} more" if len(names) > 8 else shown
