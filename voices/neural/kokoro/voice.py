"""Lines -> sounds by a Kokoro network, in any of its voices and their blends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache, partial
from pathlib import Path

from voices.engine import Line, Unspeakable
from voices.neural.batched_voice import BatchedVoice
from voices.neural.g2p import G2p
from voices.neural.kokoro import config as configs
from voices.neural.kokoro.network import KokoroNetwork, Row
from voices.neural.kokoro.phonemes import PUNCTUATION, TIE, clean, respell, spell
from voices.neural.kokoro.speakers import ACCENTS, Blend, accent, parse
from voices.neural.kokoro.weights import Packs, load_network
from voices.neural.placing import Placing
from voices.neural.reading import Reading, pronounce, read_line
from voices.neural.tokens import Alphabet, Tokens, tokenize

#: 12,288 frames are 307 s of speech.
GPU_TOKENS, GPU_FRAMES = 16_384, 12_288


class KokoroVoice(BatchedVoice):
    """A Kokoro model from a folder: config.json, a checkpoint, voices/NAME.pt."""

    network: KokoroNetwork
    #: A word is heard three frames before its model says so (as in the package's own times); nothing of it may be cut.
    heard_late_s, lead_s, tail_s = -0.075, 0.075, 0.175

    def __init__(
        self, folder: Path, checkpoint: str, packs: tuple[str, ...], placing: Placing, *, compiled: bool = False
    ) -> None:
        config = configs.load(folder)
        on_gpu = placing.gpu is not None
        super().__init__(
            load_network(folder / checkpoint, config).placed(placing, compiled=compiled),
            dict.fromkeys(packs),
            rate_hz=configs.RATE_HZ,
            on_gpu=on_gpu,
            gpu_tokens=GPU_TOKENS,
            gpu_frames=GPU_FRAMES,
        )
        self._packs = Packs(folder, packs, config)
        self._alphabet = Alphabet(ids=config.vocab, bos=0, eos=0)
        self._max_phonemes = config.max_phonemes
        self._g2p = cache(lambda language: G2p(language, PUNCTUATION, 2 if on_gpu else 1, tie=TIE))
        self.blend_of = cache(lambda speaker: parse(speaker, packs))

    def has(self, speaker: str) -> bool:
        return self.blend_of(speaker) is not None

    def _read(self, lines: Sequence[Line]) -> Iterator[Tokens]:
        readings = [read_line(line, clean) for line in lines]
        accents = [accent(self._blend(line)) for line in lines]
        phonemes = {
            one: self._g2p(ACCENTS[one]).phonemes([r for r, its in zip(readings, accents, strict=True) if its == one])
            for one in sorted({*accents})
        }
        return (self._tokens(line, next(phonemes[one]), one) for line, one in zip(lines, accents, strict=True))

    def _tokens(self, line: Line, phonemes: Reading, accent: str) -> Tokens:
        try:
            reading = pronounce(respell(phonemes, accent), partial(spell, accent=accent))
        except ValueError as cause:
            raise Unspeakable(f"line {line.id}: {cause}; correct the pronunciation", line_id=line.id) from cause
        if unknown := sorted({*reading.text} - self._alphabet.ids.keys()):
            raise Unspeakable(f"line {line.id}: this model has no sign {unknown[0]!r}", line_id=line.id)
        tokens = tokenize(line, reading, self._alphabet)
        if len(reading.text) > self._max_phonemes:
            raise Unspeakable(
                f"line {line.id} has {len(reading.text)} phonemes, this voice takes {self._max_phonemes}: split it",
                line_id=line.id,
            )
        return tokens

    def row_of(self, line: Line) -> Row:
        """What the network is given for a line."""
        return self._row(line, next(self._read([line])))

    def _row(self, line: Line, tokens: Tokens) -> Row:
        style = self._packs.style(self._blend(line), len(tokens.ids) - 2)
        return Row(tokens.ids, style, line.seed, line.speed)

    def _blend(self, line: Line) -> Blend:
        blend = self.blend_of(line.speaker)
        assert blend is not None  # `speak` asked
        return blend
