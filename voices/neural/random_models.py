"""Models of real make with random weights, to measure and test with: they prove speed and plumbing, never quality."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

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
