"""The half that reads: phonemes -> what each is to sound like, how long it lasts, and the melody of the line."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn.functional import layer_norm, leaky_relu

from voices.neural.kokoro.config import Config
from voices.neural.kokoro.extent import Extent
from voices.neural.kokoro.layers import ChannelNorm, StyleBlock, read_both_ways

_EPSILON = 1e-5


class TextEncoder(nn.Module):  # type: ignore[misc]  # torch is untyped here
    """Token ids (rows, n_tokens) -> their sounds (rows, n_tokens, hidden_dim)."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        dim, kernel = config.hidden_dim, config.text_encoder_kernel_size
        self.embedding = nn.Embedding(config.n_token, dim)
        self.cnn = nn.ModuleList(
            nn.Sequential(nn.Conv1d(dim, dim, kernel, padding=(kernel - 1) // 2), ChannelNorm(dim))
            for _ in range(config.n_layer)
        )
        self.lstm = _lstm(dim, dim)

    def forward(self, tokens: Any, extent: Extent) -> Any:
        x = extent.clear(self.embedding(tokens).mT)
        for convolution in self.cnn:
            x = extent.clear(leaky_relu(convolution(x), 0.2))
        return read_both_ways(self.lstm, x.mT, extent)


class Prosody(nn.Module):  # type: ignore[misc]
    """How long each token lasts; pitch and loudness, twice a frame."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        dim, style = config.hidden_dim, config.style_dim
        self.text_encoder = _StyledLstms(config)
        self.lstm, self.shared = _lstm(dim + style, dim), _lstm(dim + style, dim)
        self.duration_proj = nn.ModuleDict({"linear_layer": nn.Linear(dim, config.max_dur)})
        self.F0, self.N = (
            nn.ModuleList([
                StyleBlock(dim, dim, style),
                StyleBlock(dim, dim // 2, style, doubling=True),
                StyleBlock(dim // 2, dim // 2, style),
            ])
            for _ in range(2)
        )  # fmt: skip
        self.F0_proj, self.N_proj = nn.Conv1d(dim // 2, 1, 1), nn.Conv1d(dim // 2, 1, 1)

    def durations(self, read: Any, style: Any, extent: Extent) -> tuple[Any, Any]:
        """(rows, n_tokens, hidden_dim) -> the same, styled; and frames at natural speed, unrounded (rows, n_tokens)."""
        styled = self.text_encoder(read, style, extent)
        hidden = read_both_ways(self.lstm, styled, extent)
        return styled, torch.sigmoid(self.duration_proj["linear_layer"](hidden)).sum(dim=2)

    def melody(self, styled: Any, style: Any, extent: Extent) -> tuple[Any, Any]:
        """(rows, n_frames, hidden_dim + style_dim) -> pitch in Hz, loudness; each (rows, 2 n_frames)."""
        shared = read_both_ways(self.shared, styled, extent).mT
        curves = []
        for blocks, last in ((self.F0, self.F0_proj), (self.N, self.N_proj)):
            x, reached = shared, extent
            for block in blocks:
                x, reached = block(x, style, reached)
            curves.append(reached.clear(last(x))[:, 0])
        return curves[0], curves[1]


class _StyledLstms(nn.Module):  # type: ignore[misc]
    """LSTMs with an adaptive layer norm behind each; the style stands beside every token."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        dim, style = config.hidden_dim, config.style_dim
        self.lstms = nn.ModuleList()
        for _ in range(config.n_layer):
            self.lstms.append(_lstm(dim + style, dim))
            self.lstms.append(nn.ModuleDict({"fc": nn.Linear(style, 2 * dim)}))

    def forward(self, x: Any, style: Any, extent: Extent) -> Any:
        beside = style[:, None].expand(-1, extent.length, -1)
        x = torch.cat([x, beside], dim=2)
        for lstm, norm in zip(self.lstms[::2], self.lstms[1::2], strict=True):
            x = read_both_ways(lstm, x, extent)
            gamma, beta = norm["fc"](style)[:, None].chunk(2, dim=2)
            x = torch.cat([(1 + gamma) * layer_norm(x, x.shape[2:], eps=_EPSILON) + beta, beside], dim=2)
        return x


def _lstm(dim_in: int, dim_out: int) -> nn.LSTM:
    return nn.LSTM(dim_in, dim_out // 2, batch_first=True, bidirectional=True)
