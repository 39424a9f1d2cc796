"""Models of real make and a thousandth of the size, random weights: they prove plumbing, never quality."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

import torch

from voices.neural.random_models import make_kokoro_folder, make_vits_folder
from voices.neural.tts_package import let_in, quietly

_TINY = {
    "hidden_channels": 32,
    "hidden_channels_ffn_text_encoder": 32,
    "num_layers_text_encoder": 2,
    "num_layers_flow": 2,
    "num_layers_posterior_encoder": 1,
    "upsample_initial_channel_decoder": 16,
}


@cache
def tiny_vits(*speakers: str) -> Path:
    """The folder of a tiny VITS of one speaker, or of those named. It is there until the process ends."""
    folder = _folder()
    make_vits_folder(folder, speakers=speakers, **_TINY)
    return folder


def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="narrate-tiny-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def tiny_xtts(*speakers: str) -> Path:
    """The folder of a tiny XTTS with those speakers' latents, made of noise. It hardly speaks, and loads like any."""
    let_in()
    folder = _folder()
    with quietly():
        from tokenizers import Tokenizer, models, pre_tokenizers, trainers
        from TTS.tts.configs.xtts_config import XttsArgs, XttsConfig
        from TTS.tts.layers.xtts.tokenizer import VoiceBpeTokenizer
        from TTS.tts.models.xtts import Xtts

        tokenizer = Tokenizer(models.BPE(unk_token="[UNK]"))
        tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
        marks = ["[STOP]", "[UNK]", "[SPACE]", "[START]", "[en]"]
        trainer = trainers.BpeTrainer(
            special_tokens=marks, vocab_size=64, initial_alphabet=list("abcdefghijklmnopqrstuvwxyz.,!?'")
        )
        tokenizer.train_from_iterator(["the map is not the territory"], trainer)
        tokenizer.save(str(folder / "vocab.json"))
        args = XttsArgs(
            gpt_layers=2, gpt_n_model_channels=64, gpt_n_heads=2, decoder_input_dim=64, d_vector_dim=512,
            gpt_number_text_tokens=tokenizer.get_vocab_size(), gpt_max_audio_tokens=60, gpt_num_audio_tokens=34,
            gpt_start_audio_token=32, gpt_stop_audio_token=33, gpt_start_text_token=tokenizer.token_to_id("[START]"),
            gpt_stop_text_token=tokenizer.token_to_id("[STOP]"),
        )  # fmt: skip
        config = XttsConfig(model_args=args)
        torch.manual_seed(1)
        model = Xtts(config)
        model.tokenizer = VoiceBpeTokenizer(vocab_file=folder / "vocab.json")
        model.init_models()
        model.gpt.init_gpt_for_inference()
    config.save_json(str(folder / "config.json"))
    torch.save({"model": model.state_dict()}, folder / "model.pth")
    latents = {"gpt_cond_latent": torch.randn(1, 32, 64), "speaker_embedding": torch.randn(1, 512, 1)}
    torch.save(dict.fromkeys(speakers, latents), folder / "speakers_xtts.pth")
    return folder


#: Sizes of a Kokoro that is as quick as a bird on a processor.
TINY_KOKORO = {
    "hidden_dim": 16, "style_dim": 8, "n_layer": 1, "decoder_dim": 16, "residual_dim": 4,
    "plbert": {"hidden_size": 16, "num_attention_heads": 2, "intermediate_size": 16, "max_position_embeddings": 512,
               "num_hidden_layers": 2},
    "istftnet": {"upsample_rates": [10, 6], "upsample_kernel_sizes": [20, 12], "upsample_initial_channel": 16,
                 "resblock_kernel_sizes": [3], "resblock_dilation_sizes": [[1, 3]], "gen_istft_n_fft": 20,
                 "gen_istft_hop_size": 5},
}  # fmt: skip


@cache
def tiny_kokoro() -> Path:
    """The folder of a tiny Kokoro with three voices, one of them British."""
    folder = _folder()
    make_kokoro_folder(folder, ("af_heart", "am_michael", "bf_emma"), **TINY_KOKORO)
    return folder


#: What `voices.find` takes, by engine.
VOICES = {"coqui": lambda: f"coqui:{tiny_vits()}", "kokoro": lambda: f"kokoro:{tiny_kokoro()}"}
