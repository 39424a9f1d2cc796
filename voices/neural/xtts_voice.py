"""Lines -> sounds by XTTS-v2, a model that speaks in a voice it was shown: slow, one line after the other.

It writes its sound token by token from chance, which the line's seed rules. It tells no times: words are timed by
their share of the letters. It speaks for the speakers that come with its weights; a voice made from a recording is
none of them until somebody consented and its latents lie in `speakers_xtts.pth`. Its weights are not for commerce.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from voices.engine import EngineFailed, Line, Spoken, UnknownVoice, VoiceUnavailable, WordTime, check_line
from voices.neural.checkpoints import fill, read_tensors
from voices.neural.finishing import cut_spoken
from voices.neural.placing import Placing
from voices.neural.reading import Reading, read_line
from voices.neural.tts_package import find_weights, load_config, quietly

_SPEAKERS, _VOCABULARY = "speakers_xtts.pth", "vocab.json"
_AUDIBLE = 130  # of 32768
_LANGUAGE = "en"


class XttsVoice:
    """XTTS-v2 from a folder: config.json, model.pth, vocab.json, speakers_xtts.pth."""

    def __init__(self, folder: Path, placing: Placing) -> None:
        with quietly():
            self._model = _make(folder).to(placing.device)
        self.rate_hz = int(self._model.args.output_sample_rate)
        self.speakers = {name: _latents(name, given) for name, given in read_speakers(folder / _SPEAKERS).items()}

    def speak(self, lines: Sequence[Line]) -> Iterator[Spoken]:
        for line in lines:
            check_line(line)
            if line.speaker not in self.speakers:
                raise UnknownVoice(f"this XTTS has no speaker {line.speaker!r}", line_id=line.id)
        readings = [read_line(line, str) for line in lines]
        for line, reading in zip(lines, readings, strict=True):
            yield self._say(line, reading)

    def _say(self, line: Line, reading: Reading) -> Spoken:
        latent, embedding = self.speakers[line.speaker]
        torch.manual_seed(line.seed)
        with quietly():
            out = self._model.inference(reading.text, _LANGUAGE, latent, embedding, speed=line.speed)
        sound = np.asarray(out["wav"], dtype=np.float32)
        if not len(sound) or not np.isfinite(sound).all():
            raise EngineFailed(f"line {line.id} came out as no numbers; try again", line_id=line.id)
        pcm = np.clip(np.rint(sound * 32768), -32768, 32767).astype(np.int16)
        return cut_spoken(line, pcm, self.rate_hz, _share_out(reading, pcm, line))


def _share_out(reading: Reading, pcm: NDArray[np.int16], line: Line) -> list[WordTime]:
    """Times by letters, between the first and the last sample that is heard."""
    loud = np.flatnonzero(np.abs(pcm.astype(np.int32)) > _AUDIBLE)
    if not len(loud):
        raise EngineFailed(f"line {line.id} came out silent; try again", line_id=line.id)
    first, last = int(loud[0]), int(loud[-1]) + 1
    n_letters = reading.units[-1].end
    at = [first + (last - first) * place // n_letters for unit in reading.units for place in (unit.start, unit.end)]
    return [WordTime(unit.start_char, unit.end_char, at[2 * n], at[2 * n + 1]) for n, unit in enumerate(reading.units)]


def read_speakers(path: Path) -> dict[str, Any]:
    """The speakers of a model: {name: {"gpt_cond_latent", "speaker_embedding"}}."""
    try:
        speakers = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as cause:
        raise VoiceUnavailable(
            f"{path.name} can't be read ({type(cause).__name__}); install the voice again"
        ) from cause
    if not isinstance(speakers, dict) or not speakers:
        raise VoiceUnavailable(f"{path.name} names no speaker; install the voice again")
    return speakers


def _latents(name: str, given: Any) -> tuple[Any, Any]:
    try:
        return given["gpt_cond_latent"], given["speaker_embedding"]
    except (KeyError, TypeError) as cause:
        raise VoiceUnavailable(
            f"the speaker {name!r} of {_SPEAKERS} lacks its latents; install the voice again"
        ) from cause


def _make(folder: Path) -> Any:
    config = load_config(folder)
    from TTS.tts.layers.xtts.tokenizer import VoiceBpeTokenizer
    from TTS.tts.models import xtts

    path = find_weights(folder)
    if path is None or not (folder / _VOCABULARY).is_file():
        raise VoiceUnavailable(f"{folder} lacks {_VOCABULARY} or its weights; install the voice again")
    try:
        model = xtts.Xtts(config)
        model.tokenizer = VoiceBpeTokenizer(vocab_file=folder / _VOCABULARY)
        model.init_models()
        model.gpt.init_gpt_for_inference(kv_cache=model.args.kv_cache)
    except Exception as cause:  # the package raises whatever doesn't fit
        raise VoiceUnavailable(f"{folder} holds no XTTS that can be made ({type(cause).__name__}: {cause})") from cause
    with xtts._legacy_safe_globals():  # the published file names four plain dataclasses of settings
        tensors = read_tensors(path)
    fill(model, tensors, path)
    model.eval()
    return model
