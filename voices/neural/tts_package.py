"""The package coqui-tts, imported as `TTS`: let in without torchaudio and torchcodec, its models made from a folder.

`import TTS` asks for torchaudio and torchcodec by name. Neither is used for speaking, and on a machine whose torch is
a build for processors both fail while they load CUDA's libraries. Where they can't be had, empty stand-ins take their
names: speaking needs nothing of them, and to be shown a voice one spectrogram, which is ours (spectrogram.py).
"""

from __future__ import annotations

import importlib
import sys
import types
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from voices.engine import VoiceUnavailable
from voices.neural.checkpoints import fill, read_tensors
from voices.neural.folders import CONFIG
from voices.neural.spectrogram import MelSpectrogram
from voices.neural.tokens import Alphabet

#: The marks that coqui's phonemizer keeps as they are, whatever the model (TTS.tts.utils.text.punctuation).
PUNCTUATION = ';:,.!?¡¿—…"«»“”'
_WEIGHTS = ("model.safetensors", "model_file.pth", "model.pth", "best_model.pth", "model_file.pth.tar")


@cache
def let_in() -> None:
    """Make `import TTS` possible here, quietly."""
    with quietly():
        try:
            importlib.import_module("torchaudio")
        except (ImportError, OSError):
            for name in [name for name in sys.modules if name.partition(".")[0] == "torchaudio"]:
                del sys.modules[name]
            _stand_in("torchaudio", "functional", "transforms").transforms.MelSpectrogram = MelSpectrogram
        if find_spec("torchcodec") is None:
            _stand_in("torchcodec")
        importlib.import_module("TTS.tts.models.vits")


def _stand_in(name: str, *parts: str) -> Any:
    module: Any = types.ModuleType(name)
    module.__spec__, module.__path__ = ModuleSpec(name, None), []
    sys.modules[name] = module
    for part in parts:
        setattr(module, part, _stand_in(f"{name}.{part}"))
    return module


@contextmanager
def quietly() -> Iterator[None]:
    """The package and what it imports warn of things that are theirs to mend."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def find_weights(folder: Path) -> Path | None:
    """The file of weights in a model's folder, None where there is none. Needs no library."""
    found = (folder / name for name in _WEIGHTS if (folder / name).is_file())
    return next(found, None)


def load_config(folder: Path) -> Any:
    """A model's configuration, its paths pointing into its folder. VoiceUnavailable when it is none."""
    let_in()
    from TTS.config import load_config as load

    path = folder / CONFIG
    try:
        config = load(path)
    except Exception as cause:  # the package raises whatever its parsers do
        raise VoiceUnavailable(
            f"{path} isn't a configuration of a coqui model ({type(cause).__name__}: {cause}); install the voice again"
        ) from cause
    for holder in (config, getattr(config, "model_args", None)):
        for field in ("speakers_file", "language_ids_file", "d_vector_file"):
            value = getattr(holder, field, None)
            if isinstance(value, str) and value:
                setattr(holder, field, str(folder / Path(value).name))
    return config


def make_vits(config: Any, folder: Path) -> Any:
    """The network of a VITS configuration with its weights, on the processor, ready to infer; no phonemizer in it."""
    from TTS.tts.models.vits import Vits

    if config.model != "vits":
        raise VoiceUnavailable(f"{folder / CONFIG} is of a {config.model!r} model, not of VITS; take another voice")
    _check_kind(config)
    path = find_weights(folder)
    if path is None:
        raise VoiceUnavailable(f"{folder} holds no weights ({', '.join(_WEIGHTS)}); install the voice again")
    tensors = read_tensors(path)
    config.model_args.init_discriminator = False  # more than half of the parameters, for training only
    config.model_args.speaker_encoder_model_path = ""
    config.model_args.use_speaker_encoder_as_loss = False
    try:
        model = type("Vits", (Vits,), {"tokenizer": None})(config)  # with one, it would start a phonemizer
    except Exception as cause:  # sizes that fit nothing
        raise VoiceUnavailable(
            f"{folder / CONFIG} describes no network that can be ({type(cause).__name__}: {cause})"
        ) from cause
    fill(model, tensors, path)
    return model.eval().requires_grad_(requires_grad=False)


def _check_kind(config: Any) -> None:
    """Relatives of VITS that speak in another way are refused by name."""
    args = config.model_args
    if args.encoder_sample_rate:
        raise VoiceUnavailable("a VITS model whose encoder has a rate of its own isn't spoken here; take another voice")
    if args.use_d_vector_file:
        raise VoiceUnavailable(
            "a VITS model that is told its speaker by a vector isn't spoken here; take another voice"
        )
    if args.use_language_embedding and len(config.languages or ()) > 1:
        raise VoiceUnavailable("a VITS model of several languages isn't spoken here; take another voice")


def alphabet_of(config: Any) -> Alphabet:
    """The signs a model knows, and what stands between and around them."""
    from TTS.tts.utils.text.characters import Graphemes, IPAPhonemes

    named = config.characters and config.characters.characters_class
    if named and not named.startswith("TTS."):
        raise VoiceUnavailable(f"the configuration names {named!r} as its alphabet, which isn't coqui's: refused")
    if named:
        module, _, name = named.rpartition(".")
        kind = getattr(importlib.import_module(module), name)
    else:
        kind = IPAPhonemes if config.use_phonemes else Graphemes
    signs = kind.init_from_config(config)[0]
    ends = config.enable_eos_bos_chars
    return Alphabet(
        ids={sign: number for number, sign in enumerate(signs.vocab) if len(sign) == 1},
        blank=signs.blank_id if config.add_blank else None,
        bos=signs.bos_id if ends else None,
        eos=signs.eos_id if ends else None,
    )


def language_of(config: Any) -> str:
    """eSpeak's name of a model's language. VoiceUnavailable where another phonemizer is wanted."""
    if not config.use_phonemes:
        return str(config.phoneme_language or "en")
    if config.phonemizer not in (None, "", "espeak"):
        raise VoiceUnavailable(
            f"this model was trained on the phonemes of {config.phonemizer!r}; only eSpeak NG's are made here: "
            "take another voice"
        )
    language = str(config.phoneme_language or "en-us")
    return {"en": "en-us", "zh-cn": "cmn"}.get(language, language)


def cleaner_of(config: Any, language: str) -> Callable[[str], str]:
    """The model's own text cleaner, for one word at a time; the same word is cleaned once."""
    from TTS.tts.utils.text import cleaners

    names = [config.text_cleaner] if isinstance(config.text_cleaner, str) else list(config.text_cleaner or ())
    if unknown := [name for name in names if not hasattr(cleaners, name)]:
        raise VoiceUnavailable(f"coqui-tts has no text cleaner {unknown[0]!r}; take another voice")
    steps = [getattr(cleaners, name) for name in names]

    @cache
    def clean(word: str) -> str:
        for step in steps:
            word = step(word, lang=language.partition("-")[0])
        return word

    return clean
