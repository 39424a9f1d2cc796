"""Proofs about the neural voices at full size. `python -m tests.benchmarks.neural_proofs [POSTS...] [--engine kokoro]`.

- coqui: the phonemes are those of the model's own phonemizer, over 2,000 sentences. Kokoro: its alphabet has every sign
  of them, in both accents, and no line is too long for it.
- In float32 the same audio within one step of 16 bits whatever the batch, its order and the number of workers: 200
  utterances by a network of full size.
- In float16 (a GPU's) the same lengths, and an error at least 40 dB below the signal; bfloat16 beside it.

The weights are random: this is about arithmetic, never about how a voice sounds. The tests run a tenth of each.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import numpy as np

from narrate.samples import sample_files
from narrate.script import write
from narrate.sources import Sources
from voices import Line, Spoken
from voices.batching import Scheduler
from voices.bench_sides import SUBJECTS
from voices.neural.batched_voice import BatchedVoice
from voices.neural.g2p import G2p
from voices.neural.kokoro.phonemes import PUNCTUATION as KOKORO_MARKS
from voices.neural.kokoro.phonemes import TIE, clean, respell
from voices.neural.kokoro.speakers import ACCENTS
from voices.neural.placing import Placing, keep_buffers
from voices.neural.random_models import KOKORO_VOCABULARY
from voices.neural.reading import read_line
from voices.neural.tokens import tokenize
from voices.neural.tts_package import PUNCTUATION, alphabet_of, cleaner_of, language_of, load_config, quietly

AnyVoice = TypeVar("AnyVoice", bound=BatchedVoice)


def unlike_phonemes(lines: Sequence[Line], folder: Path | None = None) -> list[tuple[str, str]]:
    """(text, our phonemes) of the lines whose tokens aren't those of coqui's own tokenizer with its espeak program."""
    from tests.tiny_models import tiny_vits

    with quietly():
        config = load_config(folder or tiny_vits())
        from TTS.tts.utils.text.tokenizer import TTSTokenizer

        stock = TTSTokenizer.init_from_config(config)[0]
        language = language_of(config)
        clean, alphabet = cleaner_of(config, language), alphabet_of(config)
    readings = [read_line(line, clean) for line in lines]
    unlike = []
    for line, phonemes in zip(lines, G2p(language, PUNCTUATION).phonemes(readings), strict=True):
        if list(tokenize(line, phonemes, alphabet).ids) != stock.text_to_ids(line.text, language=language):
            unlike.append((line.text, phonemes.text))
    return unlike


def greatest_difference(ones: Sequence[Spoken], others: Sequence[Spoken]) -> int:
    """In steps of 16 bits. Raises AssertionError when a length or a word's time differs."""
    by_id = {spoken.line_id: spoken for spoken in others}
    worst = 0
    for one in ones:
        other = by_id[one.line_id]
        assert one.words == other.words
        assert one.sound.n_samples == other.sound.n_samples
        steps = np.abs(one.sound.to_pcm16().astype(np.int32) - other.sound.to_pcm16().astype(np.int32))
        worst = max(worst, int(steps.max()))
    return worst


def error_db(exact: Sequence[Spoken], rough: Sequence[Spoken]) -> float:
    """The greatest error of a line against its signal: 20 log10(rms of the difference / rms of the sound)."""
    by_id = {spoken.line_id: spoken for spoken in rough}
    worst = -200.0
    for one in exact:
        a, b = one.sound.samples, by_id[one.line_id].sound.samples
        assert len(a) == len(b)
        worst = max(worst, 20 * float(np.log10(np.sqrt(np.mean((a - b) ** 2)) / np.sqrt(np.mean(a**2)) + 1e-12)))
    return worst


def batched(voice: AnyVoice, n_tokens: int, n_frames: int) -> AnyVoice:
    """The voice with batches of such sizes, as a GPU has them: on the processor it speaks line by line."""
    voice.by_tokens, voice.by_frames = Scheduler(n_tokens), Scheduler(n_frames)
    return voice


def longest_in_phonemes(lines: Sequence[Line]) -> tuple[int, float]:
    """Of Kokoro's signs: the most that a line has, and that it has for a letter. ValueError for one it doesn't know."""
    most, most_for_a_letter = 0, 0.0
    for one, language in ACCENTS.items():
        readings = [read_line(line, clean) for line in lines]
        for line, phonemes in zip(lines, G2p(language, KOKORO_MARKS, tie=TIE).phonemes(readings), strict=True):
            said = respell(phonemes, one).text
            if unknown := {*said} - KOKORO_VOCABULARY.keys():
                raise ValueError(f"{unknown} of {line.text!r} have no place in the alphabet")
            most, most_for_a_letter = max(most, len(said)), max(most_for_a_letter, len(said) / len(line.text))
    return most, most_for_a_letter


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("posts", nargs="*", type=Path)
    parser.add_argument("--engine", choices=SUBJECTS, default="coqui")
    parser.add_argument("--lines", type=int, default=2000)
    parser.add_argument("--utterances", type=int, default=200)
    given = parser.parse_args()
    files = [file for path in given.posts for file in (sorted(path.glob("*.json")) if path.is_dir() else [path])]
    with Sources() as sources:
        scripts = [write(sources.fetch(str(file))) for file in files or sample_files()]
    texts = sorted({utterance.spoken for script in scripts for utterance in script.utterances})
    lines = [
        Line(id=str(n), text=text, speaker="default", seed=n)
        for n, text in enumerate(random.Random(1).sample(texts, min(given.lines, len(texts))))
    ]
    if given.engine == "coqui":
        unlike = unlike_phonemes(lines)
        print(f"phonemes: {len(lines)} lines, {len(unlike)} unlike the stock phonemizer's", *unlike[:5], sep="\n  ")
    else:
        most, for_a_letter = longest_in_phonemes(lines)
        print(f"phonemes: {len(lines)} lines twice, at most {most} a line of 510, {for_a_letter:.2f} a letter")

    keep_buffers()
    subject = SUBJECTS[given.engine]
    with tempfile.TemporaryDirectory() as folder:
        subject.make(Path(folder))
        exact = subject.ours(Path(folder), Placing(None, "float32"), False)
        few = sorted(lines, key=lambda line: len(line.text))[: given.utterances]  # the shorter half of a day's work
        few = [replace(line, speaker=next(iter(exact.speakers))) for line in few]
        alone = list(exact.speak(few))
        together = list(batched(exact, 4096, 2048).speak([*reversed(few)]))
        print(f"float32, alone and in batches, reversed: {greatest_difference(alone, together)} steps of 16 bits apart")
        shares = [spoken for n in range(3) for spoken in exact.speak(few[n::3])]
        print(f"float32, alone and shared out to 3 workers: {greatest_difference(alone, shares)} steps apart")
        for precision in ("float16", "bfloat16"):
            rough = list(subject.ours(Path(folder), Placing(None, precision), False).speak(few))
            print(f"{precision}: same lengths, worst error {error_db(alone, rough):.1f} dB against the signal")


if __name__ == "__main__":
    main()
