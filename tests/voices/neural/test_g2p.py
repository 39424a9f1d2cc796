"""Phonemes by eSpeak NG's library in a child: the same as the stock phonemizer's, whatever came before."""

from __future__ import annotations

import random
import subprocess
import sys

import pytest

from narrate.samples import sample_files
from narrate.script import write
from narrate.sources import Sources
from voices import EngineFailed, Line, VoiceUnavailable
from voices.neural.g2p import G2p
from voices.neural.reading import read_line
from voices.neural.tts_package import PUNCTUATION


def spoken_lines(n: int) -> list[Line]:
    """So many lines of the sample posts, in no order."""
    with Sources() as sources:
        scripts = [write(sources.fetch(str(file))) for file in sample_files()]
    texts = sorted({utterance.spoken for script in scripts for utterance in script.utterances})
    chosen = random.Random(1).sample(texts, min(n, len(texts)))
    return [Line(id=str(number), text=text, speaker="x") for number, text in enumerate(chosen)]


def test_tokens_are_those_of_the_models_own_phonemizer() -> None:
    """Over 200 sentences; tests/benchmarks/neural_proofs.py does it over 2,000 of any posts."""
    from tests.benchmarks.neural_proofs import unlike_phonemes

    lines = spoken_lines(200)
    assert len(lines) == 200
    assert unlike_phonemes(lines) == []


def test_many_children_answer_in_order() -> None:
    lines = spoken_lines(150)
    readings = [read_line(line, str) for line in lines]
    one, three = G2p("en-us", PUNCTUATION, 1), G2p("en-us", PUNCTUATION, 3)
    assert list(one.phonemes(readings)) == list(three.phonemes(readings))


def _torn(read: object) -> None:
    raise EOFError


def test_a_child_that_died_is_replaced() -> None:
    g2p = G2p("en-us", PUNCTUATION)
    reading = read_line(Line(id="x", text="Hello there", speaker="x"), str)
    child = g2p._idle.get()
    child.kill()
    child.wait()
    g2p._idle.put(child)
    (phonemes,) = g2p.phonemes([reading])
    assert phonemes.text.startswith("həlˈoʊ ")


def test_a_child_that_dies_at_work_fails_its_lines_only(monkeypatch: pytest.MonkeyPatch) -> None:
    g2p = G2p("en-us", PUNCTUATION)
    reading = read_line(Line(id="x", text="Hello there", speaker="x"), str)
    monkeypatch.setattr("voices.neural.g2p.read_frame", _torn)
    with pytest.raises(EngineFailed, match="try again"):
        list(g2p.phonemes([reading]))
    monkeypatch.undo()
    assert len(list(g2p.phonemes([reading]))) == 1


def test_an_unknown_language_is_one_clear_line() -> None:
    with pytest.raises(VoiceUnavailable, match="has no language 'xx-nowhere'"):
        G2p("xx-nowhere", PUNCTUATION)


def test_the_gpl_library_is_in_the_child_alone() -> None:
    script = (
        "from voices.neural.g2p import G2p\n"
        "g2p = G2p('en-us', ',.')\n"
        "maps = open('/proc/self/maps').read()\n"
        "print('libespeak' in maps, 'libespeak' in open(f'/proc/{g2p._idle.get().pid}/maps').read())\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]
