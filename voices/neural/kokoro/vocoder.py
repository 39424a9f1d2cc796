"""The half that speaks: frames, pitch and loudness -> sound, by an iSTFTNet with a harmonic source."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn
from torch.nn.functional import leaky_relu

from voices.neural.kokoro.config import Config, VocoderSizes
from voices.neural.kokoro.extent import Extent
from voices.neural.kokoro.layers import SnakeBlock, StyleBlock
from voices.neural.kokoro.source import Spectrum, harmonic_source

_N_HARMONICS = 9


class Decoder(nn.Module):  # type: ignore[misc]  # torch is untyped here
    """Frames -> sound."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        dim, kept, style = config.decoder_dim, config.residual_dim, config.style_dim
        self.encode = StyleBlock(config.hidden_dim + 2, dim, style)
        beside = dim + kept + 2
        self.decode = nn.ModuleList([StyleBlock(beside, dim, style) for _ in range(3)])
        out = config.istftnet.upsample_initial_channel
        self.decode.append(StyleBlock(beside, out, style, doubling=True))
        self.F0_conv, self.N_conv = (nn.Conv1d(1, 1, 3, stride=2, padding=1) for _ in range(2))
        self.asr_res = nn.Sequential(nn.Conv1d(config.hidden_dim, kept, 1))
        self.generator = Generator(config.istftnet, style)

    def forward(self, frames: Any, pitch_hz: Any, loudness: Any, noise: Any, style: Any, extent: Extent) -> Any:
        """Frames (rows, hidden_dim, n), curves (rows, 2n), noise (rows, n * hop), style -> sound (rows, n * hop).

        Pitch and noise in float64.
        """
        curves = [
            convolution(curve.to(frames.dtype)[:, None])
            for convolution, curve in ((self.F0_conv, pitch_hz), (self.N_conv, loudness))
        ]
        x, _ = self.encode(extent.clear(torch.cat([frames, *curves], dim=1)), style, extent)
        beside = extent.clear(torch.cat([self.asr_res(frames), *curves], dim=1))
        for block in self.decode:
            x, extent = block(torch.cat([x, beside], dim=1), style, extent)
        return self.generator(x, pitch_hz, noise, style, extent)


class Generator(nn.Module):  # type: ignore[misc]
    """Half frames -> sound: upsampling convolutions that hear the source, then spectra."""

    def __init__(self, sizes: VocoderSizes, style_dim: int) -> None:
        super().__init__()
        rates, n_fft = sizes.upsample_rates, sizes.gen_istft_n_fft
        self.rates = tuple(rates)
        self.n_fft, self.hop = n_fft, sizes.gen_istft_hop_size
        self.m_source = nn.ModuleDict({"l_linear": nn.Linear(_N_HARMONICS, 1)})
        self.ups, self.noise_convs, self.noise_res, self.resblocks = (nn.ModuleList() for _ in range(4))
        channels = sizes.upsample_initial_channel
        for number, (rate, kernel) in enumerate(zip(rates, sizes.upsample_kernel_sizes, strict=True)):
            self.ups.append(nn.ConvTranspose1d(channels, channels // 2, kernel, rate, padding=(kernel - rate) // 2))
            channels //= 2
            still = math.prod(rates[number + 1 :])  # from here to the source's rate
            self.noise_convs.append(
                nn.Conv1d(n_fft + 2, channels, 1)
                if still == 1
                else nn.Conv1d(n_fft + 2, channels, 2 * still, stride=still, padding=(still + 1) // 2)
            )
            self.noise_res.append(SnakeBlock(channels, 11 if still == 1 else 7, (1, 3, 5), style_dim))
            for size, dilations in zip(sizes.resblock_kernel_sizes, sizes.resblock_dilation_sizes, strict=True):
                self.resblocks.append(SnakeBlock(channels, size, dilations, style_dim))
        self.conv_post = nn.Conv1d(channels, n_fft + 2, 7, padding=3)
        self._spectra: dict[str, Spectrum] = {}

    def forward(self, x: Any, pitch_hz: Any, noise: Any, style: Any, extent: Extent) -> Any:
        """(rows, channels, 2n), pitch (rows, 2n), noise (rows, n * hop), style, the extent of the first -> sound."""
        spectrum = self._spectrum(extent.device)
        linear = self.m_source["l_linear"]
        weights, bias = linear.weight[0].double(), linear.bias.double()
        samples = extent.stretched(math.prod(self.rates) * self.hop)
        source = spectrum.of(harmonic_source(pitch_hz, weights, bias, noise), samples)
        last = extent.stretched(math.prod(self.rates), more=1)
        dtype = self.ups[0].weight.dtype
        source = last.clear(source.to(dtype))
        x = x.to(dtype)
        n = len(self.resblocks) // len(self.ups)
        for number, up in enumerate(self.ups):
            x = up(leaky_relu(x, 0.1))
            is_last = number == len(self.ups) - 1
            extent = last if is_last else extent.stretched(self.rates[number])
            if is_last:
                x = torch.cat([x[:, :, 1:2], x], dim=2)  # spectra stand on both ends: one more than steps
            heard = self.noise_res[number](extent.clear(self.noise_convs[number](source)), style, extent)
            x = extent.clear(x + heard)
            blocks = self.resblocks[number * n : (number + 1) * n]
            total = blocks[0](x, style, extent)
            for block in blocks[1:]:
                total = total + block(x, style, extent)
            x = total / n
        x = self.conv_post(leaky_relu(x.to(self.conv_post.weight.dtype)))
        sizes, angles = x.chunk(2, dim=1)
        return spectrum.back(torch.exp(sizes), torch.sin(angles), extent)

    def _spectrum(self, device: str) -> Spectrum:
        if device not in self._spectra:
            self._spectra[device] = Spectrum(self.n_fft, self.hop, device)
        return self._spectra[device]
