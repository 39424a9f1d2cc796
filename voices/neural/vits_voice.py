"""Lines -> sounds by a VITS model of coqui's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from voices.engine import Line, Unspeakable
from voices.neural.batched_voice import BatchedVoice
from voices.neural.espeak_ipa import espeak_ipa
from voices.neural.g2p import G2p
from voices.neural.placing import Placing
from voices.neural.reading import Reading, pronounce, read_line
from voices.neural.tokens import Tokens, tokenize
from voices.neural.tts_package import PUNCTUATION, alphabet_of, cleaner_of, language_of, load_config, make_vits, quietly
from voices.neural.vits import Row, VitsNetwork

#: 24,576 frames are 285 s of speech and about 3 GB in half precision.
GPU_TOKENS, GPU_FRAMES = 32_768, 24_576

#: What a voice of one speaker calls it.
ONLY_SPEAKER = "default"


class VitsVoice(BatchedVoice):
    """A VITS model of coqui's from a folder."""

    network: VitsNetwork

    def __init__(self, folder: Path, placing: Placing, *, compiled: bool = False) -> None:
        with quietly():
            config = load_config(folder)
            model = make_vits(config, folder)
            language = language_of(config)
            self._clean = cleaner_of(config, language)
            self._alphabet = alphabet_of(config)
        on_gpu = placing.gpu is not None
        super().__init__(
            VitsNetwork(model, placing, compiled=compiled),
            dict(model.speaker_manager.name_to_id) if hasattr(model, "emb_g") else {ONLY_SPEAKER: 0},
            rate_hz=int(config.audio.sample_rate),
            on_gpu=on_gpu,
            gpu_tokens=GPU_TOKENS,
            gpu_frames=GPU_FRAMES,
        )
        self._g2p = G2p(language, PUNCTUATION, 2 if on_gpu else 1) if config.use_phonemes else None
        self._notation = espeak_ipa if language.startswith("en") else str.strip

    def _read(self, lines: Sequence[Line]) -> Iterator[Tokens]:
        readings = [read_line(line, self._clean) for line in lines]
        return map(self._tokens, lines, self._g2p.phonemes(readings) if self._g2p else readings)

    def _tokens(self, line: Line, reading: Reading) -> Tokens:
        try:
            return tokenize(line, pronounce(reading, self._notation) if self._g2p else reading, self._alphabet)
        except ValueError as cause:
            raise Unspeakable(f"line {line.id}: {cause}; correct the pronunciation", line_id=line.id) from cause

    def _row(self, line: Line, tokens: Tokens) -> Row:
        return Row(tokens.ids, self.speakers[line.speaker], line.seed, line.speed)
