"""config.json of a Kokoro model -> its sizes and alphabet, without torch."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voices.engine import VoiceUnavailable
from voices.neural.folders import CONFIG, read_config

#: What no configuration says: the network was trained on sound of this rate.
RATE_HZ = 24_000


@dataclass(frozen=True, slots=True, kw_only=True)
class BertSizes:
    """Of the ALBERT that reads the phonemes."""

    hidden_size: int
    num_attention_heads: int
    intermediate_size: int
    max_position_embeddings: int
    num_hidden_layers: int
    embedding_size: int = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class VocoderSizes:
    """Of the iSTFTNet that makes the sound."""

    upsample_rates: Sequence[int]
    upsample_kernel_sizes: Sequence[int]
    upsample_initial_channel: int
    resblock_kernel_sizes: Sequence[int]
    resblock_dilation_sizes: Sequence[Sequence[int]]
    gen_istft_n_fft: int
    gen_istft_hop_size: int

    @property
    def source_hop(self) -> int:
        """Samples for each value of the pitch; a frame has two."""
        return math.prod(self.upsample_rates) * self.gen_istft_hop_size


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """A model's sizes; the names are those of config.json. `vocab`: token id by sign."""

    vocab: Mapping[str, int]
    n_token: int
    hidden_dim: int
    style_dim: int
    n_layer: int
    max_dur: int
    text_encoder_kernel_size: int
    plbert: BertSizes
    istftnet: VocoderSizes
    decoder_dim: int = 1024  # the published configuration doesn't say these two; small models for tests do
    residual_dim: int = 64

    @property
    def hop(self) -> int:
        """Samples a frame."""
        return 2 * self.istftnet.source_hop

    @property
    def max_phonemes(self) -> int:
        """Of one line: what the reader has places for, less the marks of its beginning and end."""
        return self.plbert.max_position_embeddings - 2


def load(folder: Path) -> Config:
    """The configuration in a model's folder. VoiceUnavailable, in one line, for what isn't one of Kokoro's."""
    found = read_config(folder)
    try:
        config: Config = _fill(Config, found | {"plbert": _fill(BertSizes, found["plbert"]),
                                        "istftnet": _fill(VocoderSizes, found["istftnet"])})  # fmt: skip
        vocab = {str(sign): int(number) for sign, number in config.vocab.items()}
        sizes = [config.hidden_dim, config.style_dim, config.n_layer, config.max_dur, config.istftnet.source_hop]
        if not vocab or max(vocab.values()) >= config.n_token or min(sizes) < 1:
            raise ValueError("its sizes make no network")
    except (KeyError, TypeError, ValueError, AttributeError) as cause:
        why = f"it has no {cause}" if isinstance(cause, KeyError) else cause
        raise VoiceUnavailable(f"{folder / CONFIG} isn't of a Kokoro model ({why}); install the voice again") from cause
    return config


def _fill(kind: type[Any], found: Mapping[str, Any]) -> Any:
    """A record of the fields that it knows."""
    return kind(**{name: found[name] for name in kind.__slots__ if name in found or not hasattr(kind, name)})
