"""Models of real make with random weights, to measure and test with: they prove speed and plumbing, never quality."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from voices.neural.kokoro import config as kokoro_configs
from voices.neural.kokoro.network import KokoroNetwork
from voices.neural.kokoro.weights import PARTS
from voices.neural.tts_package import let_in, quietly

_LOUDNESS = 20  # random weights whisper


def make_vits_folder(folder: Path, *, speakers: tuple[str, ...] = (), **sizes: Any) -> None:
    """Configuration and weights of a VITS as coqui writes them; without `sizes` as large as the published ones."""
    let_in()
    with quietly():
        from TTS.tts.configs.vits_config import VitsArgs, VitsConfig
        from TTS.tts.models.vits import Vits, VitsCharacters

        characters = VitsCharacters()
        alphabet = characters.to_config()
        alphabet.characters_class = "TTS.tts.models.vits.VitsCharacters"
        config = VitsConfig(
            model_args=VitsArgs(
                init_discriminator=False,
                use_speaker_embedding=bool(speakers),
                num_chars=characters.num_chars,
                **sizes,
            ),
            speakers=list(speakers) or None,
            use_phonemes=True,
            phonemizer="espeak",
            phoneme_language="en-us",
            text_cleaner="phoneme_cleaners",
            add_blank=True,
            characters=alphabet,
        )
        torch.manual_seed(1)
        model = type("Vits", (Vits,), {"tokenizer": None})(config)
        with torch.no_grad():
            for flow in model.flow.flows:  # they begin as the identity; let noise pass through them
                torch.nn.init.normal_(flow.post.weight, 0, 0.05)
            model.duration_predictor.flows[0].translation -= 0.5  # nobody talks that fast
            model.waveform_decoder.conv_post.weight *= _LOUDNESS
    folder.mkdir(parents=True, exist_ok=True)
    config.save_json(str(folder / "config.json"))
    torch.save({"model": model.state_dict()}, folder / "model_file.pth")


#: The signs of Kokoro's alphabet, each with its number in the published configuration.
KOKORO_VOCABULARY = {
    ";": 1, ":": 2, ",": 3, ".": 4, "!": 5, "?": 6, "—": 9, "…": 10, '"': 11, "(": 12, ")": 13, "“": 14, "”": 15,
    " ": 16, "A": 24, "I": 25, "O": 31, "Q": 33, "T": 36, "W": 39, "Y": 41, "ᵊ": 42, "a": 43, "b": 44, "d": 46, "f": 48,
    "h": 50, "i": 51, "j": 52, "k": 53, "l": 54, "m": 55, "n": 56, "p": 58, "s": 61, "t": 62, "u": 63, "v": 64, "w": 65,
    "z": 68, "ɑ": 69, "ɒ": 71, "æ": 72, "ɔ": 76, "ð": 81, "ʤ": 82, "ə": 83, "ɛ": 86, "ɜ": 87, "ɡ": 92, "ɪ": 102,
    "ŋ": 112, "θ": 119, "ɹ": 123, "ɾ": 125, "ʃ": 131, "ʧ": 133, "ʊ": 135, "ʌ": 138, "ʒ": 147, "ˈ": 156, "ˌ": 157,
    "ː": 158, "ᵻ": 177,
}  # fmt: skip
#: The published sizes.
KOKORO_SIZES: Mapping[str, Any] = {
    "n_token": 178, "hidden_dim": 512, "style_dim": 128, "n_layer": 3, "max_dur": 50, "text_encoder_kernel_size": 5,
    "n_mels": 80, "dropout": 0.2,
    "plbert": {"hidden_size": 768, "num_attention_heads": 12, "intermediate_size": 2048,
               "max_position_embeddings": 512, "num_hidden_layers": 12, "dropout": 0.1},
    "istftnet": {"upsample_rates": [10, 6], "upsample_kernel_sizes": [20, 12], "upsample_initial_channel": 512,
                 "resblock_kernel_sizes": [3, 7, 11], "resblock_dilation_sizes": [[1, 3, 5], [1, 3, 5], [1, 3, 5]],
                 "gen_istft_n_fft": 20, "gen_istft_hop_size": 5},
}  # fmt: skip
_PLAIN = ("noise_convs.", "F0_proj.", "N_proj.")  # convolutions that are published without weight norm


def make_kokoro_folder(
    folder: Path, packs: tuple[str, ...], *, frames_per_token: int | None = None, **sizes: Any
) -> None:
    """Configuration, checkpoint and voice packs of a Kokoro as they are published; without `sizes` as large, too.

    With `frames_per_token` every token lasts so long.
    """
    config = {**KOKORO_SIZES, "vocab": KOKORO_VOCABULARY, **sizes}
    (folder / "voices").mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    torch.manual_seed(1)
    network = KokoroNetwork(kokoro_configs.load(folder))
    with torch.no_grad():
        predictor = network.predictor
        linear = predictor.duration_proj["linear_layer"]
        if frames_per_token is not None:
            linear.weight.zero_()
        else:
            linear.weight *= 8
        share = (frames_per_token or 3) / config["max_dur"]
        linear.bias.fill_(math.log(share / (1 - share)))
        predictor.F0_proj.bias.fill_(150.0)  # Hz
        predictor.F0_proj.weight *= 50
        n_sizes = config["istftnet"]["gen_istft_n_fft"] // 2 + 1
        network.decoder.generator.conv_post.bias[:n_sizes] -= 2  # not so loud that it clips
    torch.save(as_published(network), folder / "kokoro-v1_0.pth")
    for name in packs:
        torch.save(torch.randn(510, 1, 2 * config["style_dim"]) * 0.2, folder / "voices" / f"{name}.pt")


def as_published(network: KokoroNetwork) -> dict[str, dict[str, Any]]:
    """A network's tensors by part, as its checkpoint holds them: weights normed, norms without their own."""
    parts: dict[str, dict[str, Any]] = {part: {} for part in PARTS}
    for name, tensor in network.state_dict().items():
        part, _, rest = name.partition(".")
        if ".norm." in name:
            continue
        if tensor.dim() == 3 and rest.endswith(".weight") and not any(plain in name for plain in _PLAIN):
            length = torch.linalg.vector_norm(tensor, dim=(1, 2), keepdim=True)
            parts[part] |= {f"module.{rest}_g": length, f"module.{rest}_v": tensor}
        else:
            parts[part][f"module.{rest}"] = tensor
    return parts


class FixedDurations(torch.nn.Module):  # type: ignore[misc]  # torch is untyped here
    """In place of a duration predictor: every phoneme lasts so many frames, blanks between them none.

    So that two programs speak for the same time, and no longer than people do.
    """

    def __init__(self, frames: int) -> None:
        super().__init__()
        self._frames = frames
        self.n_frames = 0  # that were given out

    def forward(self, hidden: Any, mask: Any, **ignored: Any) -> Any:
        n_tokens = hidden.shape[2]
        frames = torch.tensor([0.0, float(self._frames)], device=hidden.device, dtype=hidden.dtype)
        self.n_frames += self._frames * int(mask[:, 0, 1::2].sum())
        return torch.log(frames).repeat(n_tokens // 2 + 1)[:n_tokens].expand(hidden.shape[0], 1, n_tokens)


def fix_durations(model: Any, frames: int) -> FixedDurations:
    """Give a coqui `Vits` durations that depend on nothing but the number of its tokens."""
    fixed = FixedDurations(frames)
    model.duration_predictor, model.args.use_sdp = fixed, False
    return fixed
