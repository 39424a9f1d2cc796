"""A Kokoro network run in two halves, so that the second is batched by lengths that are known, not guessed.

`encode`: tokens -> durations, sounds, pitch and loudness. In float64, 5% of the arithmetic: a duration is rounded to
whole frames and the pitch is summed up over the line, so that what float32 rounds differently from batch to batch would
be heard. In float64 lengths never depend on neighbours, order, device or precision.

`decode`: frames -> sound. The blocks at the frames' rate and the last layer in float32, the generator's convolutions in
the precision asked for, norms and activations in float32. Each row ends where it ends: means are over its own steps,
every convolution meets zeros behind it as if it were alone, and its spectra mirror at its own last sample.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn.utils.rnn import pad_sequence

from voices.neural.kokoro.albert import Albert
from voices.neural.kokoro.config import Config
from voices.neural.kokoro.extent import Extent
from voices.neural.kokoro.layers import SnakeBlock, snake
from voices.neural.kokoro.text import Prosody, TextEncoder
from voices.neural.kokoro.vocoder import Decoder
from voices.neural.noise import row_noise
from voices.neural.placing import Placing
from voices.neural.rows import memory_told, spread, to_pcm16


@dataclass(frozen=True, slots=True)
class Row:
    """What one line asks for: token ids, a style (2 * style_dim,) in float32 on the CPU, its seed and speed."""

    tokens: Sequence[int]
    style: Any
    seed: int
    speed: float


@dataclass(frozen=True, slots=True)
class Encoded:
    """A row on its way: `sounds` float32 (n_tokens, hidden_dim); `pitch_hz`, `loudness` float64 (2 n_frames,).

    `frames`: int64 (n_tokens,), on the CPU.
    """

    row: Row
    sounds: Any
    pitch_hz: Any
    loudness: Any
    frames: Any

    @property
    def n_frames(self) -> int:
        return int(self.frames.sum())


class KokoroNetwork(nn.Module):  # type: ignore[misc]  # torch is untyped here
    """The five parts of a checkpoint, under its names."""

    guard_frames = 0

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.bert = Albert(config.n_token, config.plbert)
        self.bert_encoder = nn.Linear(config.plbert.hidden_size, config.hidden_dim)
        self.predictor = Prosody(config)
        self.text_encoder = TextEncoder(config)
        self.decoder = Decoder(config)
        self.hop = config.hop
        self.device = "cpu"

    def placed(self, placing: Placing, *, compiled: bool = False) -> KokoroNetwork:
        """Itself, once it is filled, where and as exactly as it is to run."""
        self.eval()
        self.device = placing.device
        self.to(placing.device)
        rough = getattr(torch, placing.precision)
        for module in self.decoder.generator.modules():
            is_last = module is self.decoder.generator.conv_post
            if isinstance(module, nn.Conv1d | nn.ConvTranspose1d) and not is_last:
                module.to(rough)
        if compiled:
            fused = torch.compile(snake, dynamic=True)
            for module in self.decoder.modules():
                if isinstance(module, SnakeBlock):
                    module.snake = fused
        return self

    def encode(self, rows: Sequence[Row]) -> list[Encoded]:
        """Durations, sounds and melody of every row, computed as one padded batch. Raises batching.OutOfMemory."""
        with torch.inference_mode(), memory_told():
            sizes = [len(row.tokens) for row in rows]
            extent = Extent(sizes, max(sizes), self.device)
            tokens = pad_sequence([torch.tensor(row.tokens) for row in rows], batch_first=True).to(self.device)
            style = self._styles(rows).double()[:, self._style_dim :]
            styled, natural = self.predictor.durations(self.bert_encoder(self.bert(tokens, extent)), style, extent)
            speeds = torch.tensor([row.speed for row in rows], device=self.device, dtype=torch.float64)
            frames = torch.round(natural / speeds[:, None]).clamp_(min=1).long().cpu()
            own = [frames[n, :size] for n, size in enumerate(sizes)]
            n_frames = [int(one.sum()) for one in own]
            whole = Extent(n_frames, max(n_frames), self.device)
            drawn = spread([styled[n, :size] for n, size in enumerate(sizes)], own, whole.length).mT
            pitch_hz, loudness = self.predictor.melody(drawn, style, whole)
            sounds = self.text_encoder(tokens, extent).float()
            return [
                Encoded(row, sounds[n, : sizes[n]], pitch_hz[n, : 2 * size], loudness[n, : 2 * size], own[n])
                for n, (row, size) in enumerate(zip(rows, n_frames, strict=True))
            ]

    def decode(self, encoded: Sequence[Encoded], length: int) -> tuple[Any, Any]:
        """int16 sound of shape (rows, length * hop) and each row's peak before it was rounded, on the device.

        A row's own sound is the first n_frames * hop of it. `length`: frames of every row, at least its own. Raises
        batching.OutOfMemory.
        """
        with torch.inference_mode(), memory_told():
            extent = Extent([one.n_frames for one in encoded], length, self.device)
            sounds = spread([one.sounds for one in encoded], [one.frames for one in encoded], length)
            curves = torch.zeros(2, len(encoded), 2 * length, dtype=torch.float64, device=self.device)
            for n, one in enumerate(encoded):
                curves[0, n, : 2 * one.n_frames], curves[1, n, : 2 * one.n_frames] = one.pitch_hz, one.loudness
            noise = row_noise([one.row.seed for one in encoded], 0, 1, length * self.hop, self.device)[:, 0]
            style = self._styles([one.row for one in encoded])[:, : self._style_dim].to(sounds.dtype)
            sound = self.decoder(sounds, *curves, noise, style, extent)
            return to_pcm16(extent.stretched(self.hop).clear(sound[:, None])[:, 0])

    @property
    def _style_dim(self) -> int:
        return int(self.predictor.text_encoder.lstms[1]["fc"].in_features)

    def _styles(self, rows: Sequence[Row]) -> Any:
        """float32 (rows, 2 * style_dim): the sound's half, then the melody's."""
        return torch.stack([row.style for row in rows]).to(self.device)
