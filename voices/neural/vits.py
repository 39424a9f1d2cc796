"""A VITS network run in two halves, so that the second is batched by lengths that are known, not guessed.

`encode`: tokens -> durations and what each token stands for. In float64, 1% of the arithmetic: a duration is rounded
up to whole frames, and float32 rounds differently from batch to batch, so that a frame would come or go. In float64
lengths never depend on neighbours, order, device or precision.

`decode`: frames -> sound. The flow and the last layer in float32, the decoder in the precision asked for. Every row is
followed by silent frames, as many as the decoder looks ahead: the filling behind them is not heard.

The noise is a function of the line's seed. The arithmetic is that of Kim, Kong and Son 2021 ("Conditional variational
autoencoder with adversarial learning for end-to-end text-to-speech"); the layers are the model's own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn.functional import leaky_relu
from torch.nn.utils.rnn import pad_sequence

from voices.neural.noise import row_noise
from voices.neural.placing import Placing
from voices.neural.rows import memory_told, spread, to_pcm16

_DURATIONS, _SOUNDS = 0, 1  # streams of a seed


@dataclass(frozen=True, slots=True)
class Row:
    """What one line asks for: token ids, the speaker's number (None where there is one), its seed and speed."""

    tokens: Sequence[int]
    speaker: int | None
    seed: int
    speed: float


@dataclass(frozen=True, slots=True)
class Encoded:
    """A row on its way. `means`, `spreads`: float32 (n_tokens, channels); `frames`: int64 (n_tokens,), on the CPU."""

    row: Row
    means: Any
    spreads: Any
    frames: Any

    @property
    def n_frames(self) -> int:
        return int(self.frames.sum())


class VitsNetwork:
    """`model` is a coqui `Vits` with its weights; it is folded, cast and placed here, and no longer coqui's."""

    def __init__(self, model: Any, placing: Placing, *, compiled: bool = False) -> None:
        self.device = placing.device
        self.model, self._args = model, model.args
        self._exact = torch.float32
        self._rough = getattr(torch, placing.precision)
        fold_weight_norm(model)
        model.to(self.device)
        for part in ("text_encoder", "duration_predictor", "emb_g", "emb_l"):
            if hasattr(model, part):
                getattr(model, part).double()
        decoder = model.waveform_decoder.to(self._rough)
        decoder.conv_post.to(self._exact)
        self.hop = math.prod(up.stride[0] for up in decoder.ups)
        self.guard_frames = look_ahead_frames(decoder)
        self._decoder = torch.compile(self._decode, dynamic=True) if compiled else self._decode

    def encode(self, rows: Sequence[Row]) -> list[Encoded]:
        """Durations and prior of every row, computed as one padded batch. Raises batching.OutOfMemory."""
        with torch.inference_mode(), memory_told():
            lengths = torch.tensor([len(row.tokens) for row in rows], device=self.device)
            tokens = pad_sequence([torch.tensor(row.tokens) for row in rows], batch_first=True).to(self.device)
            speaker = self._speaker(rows)
            language = self.model.emb_l.weight[:1, :, None] if hasattr(self.model, "emb_l") else None
            language = None if language is None else language.expand(len(rows), -1, -1)
            hidden, means, spreads, mask = self.model.text_encoder(tokens, lengths, lang_emb=language)
            conditioned = speaker if self._args.condition_dp_on_speaker else None
            logs = self._log_durations(hidden, mask, conditioned, language, [row.seed for row in rows])
            speeds = torch.tensor([row.speed for row in rows], device=self.device, dtype=torch.float64)
            scale = self.model.length_scale / speeds[:, None, None]
            frames = torch.ceil(torch.exp(logs) * mask * scale).long()[:, 0].cpu()
            means, spreads = (x.transpose(1, 2).to(self._exact) for x in (means, spreads))
            encoded = []
            for n, row in enumerate(rows):
                size = len(row.tokens)
                own = frames[n, :size]
                if own.sum() == 0:
                    own[-1] = 1
                encoded.append(Encoded(row, means[n, :size], spreads[n, :size], own))
            return encoded

    def _log_durations(self, hidden: Any, mask: Any, speaker: Any, language: Any, seeds: Sequence[int]) -> Any:
        """(rows, 1, n_tokens) natural logs of frames. The stochastic predictor is run backwards on our own noise."""
        predictor = self.model.duration_predictor
        if not self._args.use_sdp:
            return predictor(hidden, mask, g=speaker, lang_emb=language)
        hidden = predictor.pre(hidden)
        if speaker is not None:
            hidden = hidden + predictor.cond(speaker)
        if language is not None:
            hidden = hidden + predictor.cond_lang(language)
        hidden = predictor.proj(predictor.convs(hidden, mask)) * mask
        first, _, *others = predictor.flows  # the second is of no use when run backwards
        z = row_noise(seeds, _DURATIONS, 2, hidden.shape[2], self.device) * self.model.inference_noise_scale_dp
        for flow in (*reversed(others), first):
            z = flow(z.flip(1), mask, g=hidden, reverse=True)
        return z[:, :1]

    def decode(self, encoded: Sequence[Encoded], length: int) -> tuple[Any, Any]:
        """int16 sound of shape (rows, length * hop) and each row's peak before it was rounded, on the device.

        A row's own sound is the first n_frames * hop of it.
        `length`: frames of every row, at least its own and `guard_frames`. Raises batching.OutOfMemory.
        """
        with torch.inference_mode(), memory_told():
            n_frames = torch.tensor([one.n_frames for one in encoded], device=self.device)
            mask = (torch.arange(length, device=self.device)[None] < n_frames[:, None])[:, None].to(self._exact)
            frames = [one.frames for one in encoded]
            means, spreads = (spread([getattr(e, x) for e in encoded], frames, length) for x in ("means", "spreads"))
            noise = row_noise([one.row.seed for one in encoded], _SOUNDS, means.shape[1], length, self.device)
            noise = noise.to(self._exact) * self.model.inference_noise_scale
            speaker = self._speaker([one.row for one in encoded])
            speaker = None if speaker is None else speaker.to(self._exact)
            z = self.model.flow((means + noise * torch.exp(spreads)) * mask, mask, g=speaker, reverse=True)
            sound = self._decoder((z * mask).to(self._rough), None if speaker is None else speaker.to(self._rough))
            return to_pcm16(sound[:, 0])

    def _decode(self, z: Any, speaker: Any) -> Any:
        """The decoder layer by layer, the last in float32: (rows, channels, frames) -> (rows, 1, samples)."""
        decoder = self.model.waveform_decoder
        x = decoder.conv_pre(z)
        if speaker is not None and hasattr(decoder, "cond_layer"):
            x = x + decoder.cond_layer(speaker)
        n = decoder.num_kernels
        for number, up in enumerate(decoder.ups):
            x = up(leaky_relu(x, 0.1))
            blocks = decoder.resblocks[number * n : (number + 1) * n]
            total = blocks[0](x)
            for block in blocks[1:]:
                total = total + block(x)
            x = total / n
        return torch.tanh(decoder.conv_post(leaky_relu(x.to(self._exact))))

    def _speaker(self, rows: Sequence[Row]) -> Any:
        """(rows, channels, 1), None for a model of one speaker."""
        if not hasattr(self.model, "emb_g"):
            return None
        ids = torch.tensor([row.speaker or 0 for row in rows], device=self.device)
        return self.model.emb_g(ids)[:, :, None]


def fold_weight_norm(model: Any) -> int:
    """Make plain weights of normed ones, for good; -> how many there were. It is done at every call otherwise."""
    from torch.nn.utils import parametrize

    folded = 0
    for module in model.modules():
        if parametrize.is_parametrized(module, "weight"):
            parametrize.remove_parametrizations(module, "weight")
            folded += 1
    return folded


def look_ahead_frames(decoder: Any) -> int:
    """How many frames beyond its own a sample hears: half the receptive field of a HiFi-GAN, rounded up.

    From the last layer back to the first: a convolution sees (kernel - 1) / 2 * dilation further, the widest block of
    a stage counts, an upsampling shrinks what was seen by its stride.
    """
    seen = _reach(decoder.conv_post)
    n = decoder.num_kernels
    for number, up in reversed(list(enumerate(decoder.ups))):
        seen += max(_block_reach(block) for block in decoder.resblocks[number * n : (number + 1) * n])
        seen = math.ceil((seen + up.kernel_size[0]) / up.stride[0])
    return seen + _reach(decoder.conv_pre)


def _block_reach(block: Any) -> int:
    return sum(_reach(module) for module in block.modules() if isinstance(module, torch.nn.Conv1d))


def _reach(convolution: Any) -> int:
    reach: int = (convolution.kernel_size[0] - 1) // 2 * convolution.dilation[0]
    return reach
