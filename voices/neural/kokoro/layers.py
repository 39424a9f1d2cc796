"""What the parts of the network are made of. Every layer gets rows with zeros for filling, and gives such rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import nn
from torch.nn.functional import leaky_relu
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from voices.neural.kokoro.extent import Extent

_EPSILON = 1e-5


class AdaIn(nn.Module):  # type: ignore[misc]  # torch is untyped here
    """Instance norm whose scale and shift are told by the style (Huang and Belongie 2017), over a row's own steps."""

    def __init__(self, style_dim: int, channels: int) -> None:
        super().__init__()
        self.fc = nn.Linear(style_dim, 2 * channels)
        self.norm = _Affine(channels)

    def forward(self, x: Any, style: Any, extent: Extent) -> tuple[Any, Any]:
        """x, of shape (rows, channels, length) and at least float32 -> scale and shift for it (rows, channels, 1)."""
        gamma, beta = self.fc(style)[:, :, None].chunk(2, dim=1)
        mean, variance = extent.moments(x)
        scale = (1 + gamma) * self.norm.weight[:, None] * torch.rsqrt(variance + _EPSILON)
        return scale, (1 + gamma) * self.norm.bias[:, None] + beta - mean * scale


class _Affine(nn.Module):  # type: ignore[misc]
    """The published weights have none of it, those trained further may."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.ones(channels)), nn.Parameter(torch.zeros(channels))


class StyleBlock(nn.Module):  # type: ignore[misc]
    """Two convolutions, each after an AdaIn, beside a shortcut; twice the rate when it is `doubling`."""

    def __init__(self, dim_in: int, dim_out: int, style_dim: int, *, doubling: bool = False) -> None:
        super().__init__()
        self.norm1, self.norm2 = AdaIn(style_dim, dim_in), AdaIn(style_dim, dim_out)
        self.conv1 = nn.Conv1d(dim_in, dim_out, 3, padding=1)
        self.conv2 = nn.Conv1d(dim_out, dim_out, 3, padding=1)
        self.conv1x1 = nn.Conv1d(dim_in, dim_out, 1, bias=False) if dim_in != dim_out else None
        self.pool = (
            nn.ConvTranspose1d(dim_in, dim_in, 3, stride=2, padding=1, output_padding=1, groups=dim_in)
            if doubling
            else None
        )

    def forward(self, x: Any, style: Any, extent: Extent) -> tuple[Any, Extent]:
        y = extent.clear(leaky_relu(_shifted(x, *self.norm1(x, style, extent)), 0.2))
        if self.pool is not None:
            extent = extent.stretched(2)
            y = extent.clear(self.pool(y))
            x = x.repeat_interleave(2, dim=2)
        y = extent.clear(self.conv1(y))
        y = extent.clear(leaky_relu(_shifted(y, *self.norm2(y, style, extent)), 0.2))
        shortcut = x if self.conv1x1 is None else self.conv1x1(x)
        return extent.clear((self.conv2(y) + shortcut) * math.sqrt(0.5)), extent


class SnakeBlock(nn.Module):  # type: ignore[misc]
    """Pairs of convolutions, the first of each dilated, after an AdaIn and a snake (Ziyin et al. 2020); residual.

    `snake` is a function of its own so that it can be compiled: nine tenths of what isn't multiplied is done there.
    """

    def __init__(self, channels: int, kernel: int, dilations: Sequence[int], style_dim: int) -> None:
        super().__init__()

        def convolutions(dilations: Sequence[int]) -> nn.ModuleList:
            return nn.ModuleList(
                nn.Conv1d(channels, channels, kernel, dilation=d, padding=(kernel - 1) * d // 2) for d in dilations
            )

        n = len(dilations)
        self.convs1, self.convs2 = convolutions(dilations), convolutions([1] * n)
        self.adain1, self.adain2 = (nn.ModuleList(AdaIn(style_dim, channels) for _ in range(n)) for _ in range(2))
        self.alpha1, self.alpha2 = (
            nn.ParameterList(nn.Parameter(torch.ones(1, channels, 1)) for _ in range(n)) for _ in range(2)
        )
        self.snake = snake

    def forward(self, x: Any, style: Any, extent: Extent) -> Any:
        for parts in zip(self.adain1, self.alpha1, self.convs1, self.adain2, self.alpha2, self.convs2, strict=True):
            y = x
            for norm, alpha, convolution in (parts[:3], parts[3:]):
                exact = y.to(torch.promote_types(y.dtype, torch.float32))
                scale, shift = norm(exact, style, extent)
                y = self.snake(exact, scale, shift, alpha).to(x.dtype)
                y = extent.clear(convolution(extent.clear(y)))
            x = x + y
        return x


def snake(x: Any, scale: Any, shift: Any, alpha: Any) -> Any:
    """y + sin(alpha y)^2 / alpha, where y is x scaled and shifted."""
    y = _shifted(x, scale, shift)
    return y.addcdiv_((y * alpha).sin_().square_(), alpha)


def _shifted(x: Any, scale: Any, shift: Any) -> Any:
    return torch.addcmul(shift, x, scale)


class ChannelNorm(nn.Module):  # type: ignore[misc]
    """Layer norm over the channels of (rows, channels, length)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gamma, self.beta = nn.Parameter(torch.ones(channels)), nn.Parameter(torch.zeros(channels))

    def forward(self, x: Any) -> Any:
        return nn.functional.layer_norm(x.transpose(1, 2), self.gamma.shape, self.gamma, self.beta, _EPSILON).mT


def read_both_ways(lstm: nn.LSTM, x: Any, extent: Extent) -> Any:
    """(rows, length, channels) -> (rows, length, hidden) by an LSTM in both directions, each row from its own ends."""
    if extent.filling is None:
        return lstm(x)[0]
    packed = pack_padded_sequence(x, torch.tensor(extent.lengths), batch_first=True, enforce_sorted=False)
    return pad_packed_sequence(lstm(packed)[0], batch_first=True, total_length=extent.length)[0]
