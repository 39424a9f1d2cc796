"""A tiny VITS of random weights: the same audio whatever the batch, one clear line for whatever is wrong with it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch

import voices
from tests.benchmarks.neural_proofs import batched, error_db, greatest_difference
from tests.tiny_models import tiny_vits
from tests.voices.neural.test_g2p import spoken_lines
from voices import EngineFailed, Line, Spoken, Unspeakable, VoiceUnavailable
from voices.neural.noise import row_noise
from voices.neural.placing import Placing
from voices.neural.tts_package import load_config, make_vits, quietly
from voices.neural.vits import Row, VitsNetwork
from voices.neural.vits_voice import VitsVoice


@cache
def voice_of(precision: str = "float32") -> VitsVoice:
    torch.set_num_threads(1)
    return VitsVoice(tiny_vits(), Placing(None, precision))


@cache
def lines() -> tuple[Line, ...]:
    """20 that are short: a tiny model is as quick as a snail on the processor that a test may have."""
    short = [line for line in spoken_lines(400) if len(line.text) < 70]
    return tuple(replace(line, id=str(n), speaker="default", seed=n) for n, line in enumerate(short[:20]))


@cache
def alone() -> tuple[Spoken, ...]:
    return tuple(voice_of().speak(lines()))


@pytest.fixture
def in_batches() -> VitsVoice:
    """A voice that speaks on the processor as it does on a GPU."""
    return batched(VitsVoice(tiny_vits(), Placing(None, "float32")), 2048, 4096)


def test_the_same_audio_whatever_the_batch_and_its_order(in_batches: VitsVoice) -> None:
    """20 utterances of a tiny model here, 200 of a full one in tests/benchmarks/neural_proofs.py."""
    assert greatest_difference(alone(), list(in_batches.speak(lines()))) <= 1
    assert greatest_difference(alone(), list(in_batches.speak([*reversed(lines())]))) <= 1
    assert in_batches.meter.n_frames_computed > in_batches.meter.n_frames_heard > 0


def test_the_same_audio_whatever_the_number_of_workers(in_batches: VitsVoice) -> None:
    assert greatest_difference(alone(), [spoken for n in range(3) for spoken in in_batches.speak(lines()[n::3])]) <= 1


def test_batches_halved_for_want_of_memory_sound_the_same(
    in_batches: VitsVoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    decode = in_batches.network._decode

    def full(z: torch.Tensor, speaker: object) -> torch.Tensor:
        if z.shape[0] * z.shape[2] > 600:
            raise torch.OutOfMemoryError
        return decode(z, speaker)

    monkeypatch.setattr(in_batches.network, "_decoder", full)
    assert greatest_difference(alone(), list(in_batches.speak(lines()))) <= 1
    assert in_batches.by_frames.budget <= 1024


def test_no_memory_for_one_line_is_told_with_its_name(in_batches: VitsVoice, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(z: object, speaker: object) -> None:
        raise torch.OutOfMemoryError

    monkeypatch.setattr(in_batches.network, "_decoder", full)
    with pytest.raises(EngineFailed, match="memory doesn't suffice for line") as caught:
        list(in_batches.speak(lines()))
    assert caught.value.line_id is not None


@pytest.mark.parametrize(("precision", "error"), [("float16", -40), ("bfloat16", -20)])
def test_half_precision_has_the_same_lengths_and_little_error(precision: str, error: float) -> None:
    """float16 is what a GPU gets: 40 dB below the signal and more. bfloat16 can't promise that on any weights."""
    assert error_db(alone(), list(voice_of(precision).speak(lines()))) < error


def test_a_seed_changes_the_sound_and_nothing_else_does() -> None:
    line = lines()[0]
    (one,), (same,), (other,) = (
        voice_of().speak([replace(line, id=i, seed=s)]) for i, s in (("a", 3), ("b", 3), ("c", 4))
    )
    assert np.array_equal(one.sound.samples, same.sound.samples)
    assert not np.array_equal(one.sound.samples[:4000], other.sound.samples[:4000])


def test_noise_is_normal_and_a_function_of_its_place() -> None:
    noise = row_noise([1, 2], 0, 8, 5000, "cpu")
    assert abs(float(noise.mean())) < 0.01
    assert abs(float(noise.std()) - 1) < 0.01
    assert abs(float(np.corrcoef(noise[0].flatten(), noise[1].flatten())[0, 1])) < 0.02
    assert torch.equal(row_noise([2], 0, 8, 70, "cpu")[0], noise[1, :, :70])
    assert not torch.equal(row_noise([1], 1, 8, 70, "cpu")[0], noise[0, :, :70])


def test_without_noise_it_is_what_the_package_makes() -> None:
    """Durations to the frame; samples but for the last, where the package lets its padding in."""
    with quietly():
        stock, ours = (make_vits(load_config(tiny_vits()), tiny_vits()) for _ in range(2))
    for model in (stock, ours):
        model.inference_noise_scale = model.inference_noise_scale_dp = 0.0
    network = VitsNetwork(ours, Placing(None, "float32"))
    tokens = [5, 60, 5, 71, 5, 80, 5, 16, 5, 66, 5] * 6
    with torch.inference_mode():
        made = stock.inference(torch.tensor([tokens]), {"x_lengths": torch.tensor([len(tokens)])})
    (encoded,) = network.encode([Row(tokens, None, 1, 1.0)])
    pcm, _ = network.decode([encoded], encoded.n_frames + network.guard_frames)
    assert torch.equal(encoded.frames, made["durations"][0, 0].long())
    theirs = made["model_outputs"][0, 0].numpy()
    n_same = len(theirs) - 2 * network.guard_frames * network.hop
    assert n_same > 20_000
    assert np.abs(pcm[0, :n_same].numpy() / 32768 - theirs[:n_same]).max() < 4e-5


def test_a_decoder_looks_no_further_than_its_guard_frames() -> None:
    """What stands behind them may be anything."""
    network = voice_of().network
    z = torch.randn(1, network.model.args.hidden_channels, 60)
    changed = z.clone()
    changed[:, :, 30:] += 100
    with torch.inference_mode():
        one, other = (network._decode(x, None)[0, 0] for x in (z, changed))
    same = (30 - network.guard_frames) * network.hop
    assert torch.allclose(one[:same], other[:same], atol=1e-6)
    assert not torch.allclose(one[: 29 * network.hop], other[: 29 * network.hop], atol=1e-2)
    assert 8 < network.guard_frames <= 16


def test_broken_arithmetic_is_told_with_its_line(in_batches: VitsVoice) -> None:
    with torch.no_grad():
        in_batches.network.model.waveform_decoder.conv_post.weight.fill_(float("nan"))
    with pytest.raises(EngineFailed, match="came out as no numbers") as caught:
        list(in_batches.speak(lines()[:2]))
    assert caught.value.line_id in {"0", "1"}


def test_a_model_of_many_speakers_speaks_as_each() -> None:
    folder = tiny_vits("ann", "bob")
    ann, bob = voices.find(f"coqui:{folder}#ann"), voices.find(f"coqui:{folder}#bob")
    engine = voices.load(ann)
    asked = [Line(id=speaker, text="Hello there, world.", speaker=speaker) for speaker in ("ann", "bob")]
    by_ann, by_bob = sorted(engine.speak(asked), key=lambda spoken: spoken.line_id)
    assert not np.array_equal(by_ann.sound.samples, by_bob.sound.samples)
    assert voices.fingerprint(ann) == voices.fingerprint(bob)
    with pytest.raises(voices.UnknownVoice, match="only ann, bob"):
        list(engine.speak([replace(asked[0], speaker="default")]))


@pytest.mark.parametrize("text", ["a", "I", "abcdefghij" * 30, "naïve café, Ωmega, Москва, 北京"])
def test_odd_lines_are_said(text: str) -> None:
    (spoken,) = voice_of().speak([Line(id="x", text=text, speaker="default")])
    assert spoken.sound.duration_s > 0.1
    assert len(spoken.words) == len(text.split())


def test_a_pronunciation_that_is_none_is_named() -> None:
    with pytest.raises(Unspeakable, match="correct the pronunciation") as caught:
        list(voice_of().speak([Line(id="x", text="Ask me", speaker="default", pronunciations=((4, 6, "%%"),))]))
    assert caught.value.line_id == "x"


def copied(folder: Path, change: Callable[[Path], None]) -> voices.Voice:
    shutil.copytree(tiny_vits(), folder)
    change(folder)
    return voices.find(f"coqui:{folder}")


def _config(**changes: object) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        (folder / "config.json").write_text(json.dumps(config | changes), encoding="utf-8")

    return change


def _bigger(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config["model_args"]["hidden_channels"] = 64
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")


def _weights(tensors: object) -> Callable[[Path], None]:
    return lambda folder: torch.save(tensors, folder / "model_file.pth")


class _Trap:
    """What a pickle of this runs when it is loaded carelessly."""

    def __reduce__(self) -> tuple[object, ...]:
        return (os.mkdir, ("trapped",))


def _torn(folder: Path) -> None:
    path = folder / "model_file.pth"
    path.write_bytes(path.read_bytes()[: 1 << 20])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda folder: (folder / "config.json").unlink(), "config.json is missing"),
        (lambda folder: (folder / "config.json").write_text("{"), "can't be read"),
        (lambda folder: (folder / "model_file.pth").unlink(), "holds no weights"),
        (_config(model="tacotron2"), "isn't of a VITS or XTTS model"),
        (_config(audio={}), "names no sample rate"),
        (_config(phonemizer="gruut"), "'gruut'"),
        (_config(text_cleaner="no_such"), "no text cleaner 'no_such'"),
        (_torn, "damaged or cut short"),
        (_weights({"model": {"a": _Trap()}}), "could run anything"),
        (_weights({"model": {"a": torch.zeros(1)}}), "lacks .* tensors"),
        (_weights({"model": {}}), "holds no tensors"),
        (_bigger, "doesn't fit its configuration"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_wrong_with_a_model_is_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path], None], says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    voice = copied(tmp_path / "model", change)
    with pytest.raises(VoiceUnavailable, match=says) as caught:
        voices.load(voice)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "trapped").exists()


def test_a_folder_that_is_none_is_named() -> None:
    assert "is no folder with a model" in (voices.why_unavailable(voices.find("coqui:/nowhere")) or "")


def test_safetensors_are_read_too(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    def change(folder: Path) -> None:
        path = folder / "model_file.pth"
        tensors = torch.load(path, weights_only=True)["model"]
        save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, folder / "model.safetensors")
        path.unlink()

    (spoken,) = voices.load(copied(tmp_path / "model", change)).speak([replace(lines()[0], seed=0)])
    (before,) = voices.load(voices.find(f"coqui:{tiny_vits()}")).speak([replace(lines()[0], seed=0)])
    assert np.array_equal(spoken.sound.samples, before.sound.samples)
