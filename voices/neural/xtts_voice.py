"""Lines -> sounds by XTTS-v2, a model that speaks in a voice it was shown: slow, one line after the other.

It writes its sound token by token from chance, which the line's seed rules. It tells no times: words are timed by
their share of the letters. It speaks for the speakers that come with its weights, and as a cloned voice's reference
sound, whose owner agreed to that (consent.py): what it hears of the sound is worked out once for a loaded model, and
never written down, so that who takes their word back has taken all of it. Its weights are not for commerce.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
from voices.waveform import Waveform, resample

_SPEAKERS, _VOCABULARY = "speakers_xtts.pth", "vocab.json"
_AUDIBLE = 130  # of 32768
_LANGUAGE = "en"
_LATENT_HZ, _EMBEDDING_HZ = 22_050, 16_000  # what the two parts of the model listen at


class XttsVoice:
    """XTTS-v2 from a folder: config.json, model.pth, vocab.json, speakers_xtts.pth.

    `shown` are sounds by the names of speakers that it is to speak as, too.
    """

    def __init__(self, folder: Path, placing: Placing, shown: Mapping[str, Waveform] | None = None) -> None:
        with quietly():
            self._model = _make(folder).to(placing.device)
        self.rate_hz = int(self._model.args.output_sample_rate)
        self.speakers = read_speakers(folder / _SPEAKERS)
        for name, sound in (shown or {}).items():
            self.speakers[name] = self._listen(sound)

    def speak(self, lines: Sequence[Line]) -> Iterator[Spoken]:
        for line in lines:
            check_line(line)
            if line.speaker not in self.speakers:
                raise UnknownVoice(f"this XTTS has no speaker {line.speaker!r}", line_id=line.id)
        readings = [read_line(line, str) for line in lines]
        for line, reading in zip(lines, readings, strict=True):
            yield self._say(line, reading)

    def _listen(self, sound: Waveform) -> tuple[Any, Any]:
        """A voice's condition and embedding, as the model's configuration wants them heard."""
        config = self._model.config
        heard, at_16k = (
            torch.from_numpy(at_rate.samples[: at_rate.rate_hz * config.max_ref_len])[None]
            for at_rate in (resample(sound, _LATENT_HZ), resample(sound, _EMBEDDING_HZ))
        )
        if config.sound_norm_refs:
            heard, at_16k = (samples / samples.abs().max() * 0.75 for samples in (heard, at_16k))
        with torch.inference_mode(), quietly():
            latent = self._model.get_gpt_cond_latents(
                heard.to(self._model.device), _LATENT_HZ, config.gpt_cond_len, config.gpt_cond_chunk_len
            )
            encoder = self._model.hifigan_decoder.speaker_encoder
            embedding = encoder.forward(at_16k.to(self._model.device), l2_norm=True)[..., None]
        return latent, embedding

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


def read_speakers(path: Path) -> dict[str, tuple[Any, Any]]:
    """The speakers of a model: its condition and its embedding by name."""
    try:
        speakers = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as cause:  # a torn file raises what its format's reader thinks of
        raise VoiceUnavailable(
            f"{path.name} can't be read ({type(cause).__name__}); install the voice again"
        ) from cause
    if not isinstance(speakers, dict) or not speakers:
        raise VoiceUnavailable(f"{path.name} names no speaker; install the voice again")
    try:
        return {name: (given["gpt_cond_latent"], given["speaker_embedding"]) for name, given in speakers.items()}
    except (KeyError, TypeError) as cause:
        raise VoiceUnavailable(
            f"a speaker of {path.name} lacks its latents ({cause}); install the voice again"
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
