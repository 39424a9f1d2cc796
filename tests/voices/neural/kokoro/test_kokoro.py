"""A tiny Kokoro of random weights: the same audio whatever the batch, and the same as the package's own network."""

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
from tests.tiny_models import tiny_kokoro
from tests.voices.neural.test_g2p import spoken_lines
from voices import EngineFailed, Line, Spoken, Unspeakable, VoiceUnavailable
from voices.neural.kokoro import config as configs
from voices.neural.kokoro import network as networks
from voices.neural.kokoro import stock as stock_kokoro
from voices.neural.kokoro.network import Encoded, KokoroNetwork, Row
from voices.neural.kokoro.voice import KokoroVoice
from voices.neural.kokoro.weights import Packs, load_network
from voices.neural.noise import row_noise
from voices.neural.placing import Placing
from voices.neural.random_models import KOKORO_SIZES, as_published, make_kokoro_folder

CHECKPOINT, PACKS = "kokoro-v1_0.pth", ("af_heart", "am_michael", "bf_emma")
SPEAKERS = ("af_heart", "bf_emma", "am_michael", "af_heart*0.7+bf_emma*0.3")


def make_voice(precision: str = "float32") -> KokoroVoice:
    torch.set_num_threads(1)
    return KokoroVoice(tiny_kokoro(), CHECKPOINT, PACKS, Placing(None, precision))


@cache
def voice_of(precision: str = "float32") -> KokoroVoice:
    return make_voice(precision)


@cache
def lines() -> tuple[Line, ...]:
    short = [line for line in spoken_lines(400) if len(line.text) < 50]
    return tuple(
        replace(line, id=str(n), speaker=SPEAKERS[n % len(SPEAKERS)], seed=n) for n, line in enumerate(short[:20])
    )


@cache
def alone() -> tuple[Spoken, ...]:
    return tuple(voice_of().speak(lines()))


@pytest.fixture
def in_batches() -> KokoroVoice:
    """A voice that speaks on the processor as it does on a GPU."""
    return batched(make_voice(), 2048, 4096)


@pytest.mark.slow
def test_the_same_audio_whatever_the_batch_and_its_order(in_batches: KokoroVoice) -> None:
    """20 utterances of a tiny model here, 200 of a full one in tests/benchmarks/neural_proofs.py."""
    assert greatest_difference(alone(), list(in_batches.speak(lines()))) <= 1
    assert in_batches.meter.n_frames_computed > in_batches.meter.n_frames_heard > 0
    assert greatest_difference(alone(), list(in_batches.speak([*reversed(lines())]))) <= 1


@pytest.mark.slow
def test_the_same_audio_whatever_the_number_of_workers(in_batches: KokoroVoice) -> None:
    assert greatest_difference(alone(), [spoken for n in range(3) for spoken in in_batches.speak(lines()[n::3])]) <= 1


def test_what_fills_a_row_is_never_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long the filling: means, convolutions, spectra and their mirrors end where the row ends."""
    network = voice_of().network
    monkeypatch.setattr(networks, "to_pcm16", lambda sound: (sound, sound))
    rows = [Row((0, 43, 44, 156, 46, 0), torch.full((16,), 0.1), 3, 1.0), Row((0, 62, 69, 0), torch.ones(16), 4, 1.0)]
    one, other = network.encode(rows)
    (by_itself,) = network.encode(rows[:1])
    assert torch.equal(one.frames, by_itself.frames)
    assert torch.allclose(one.pitch_hz, by_itself.pitch_hz, rtol=0, atol=1e-9)
    exact = network.decode([by_itself], by_itself.n_frames)[0][0]
    longer = max(one.n_frames, other.n_frames)
    for length in (longer + 1, longer + 60):
        filled = network.decode([other, one], length)[0][1]
        assert torch.allclose(filled[: len(exact)], exact, rtol=0, atol=2e-6)
        assert not filled[len(exact) :].any()


@pytest.mark.slow
def test_batches_halved_for_want_of_memory_sound_the_same(
    in_batches: KokoroVoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    speak = in_batches.network.decoder.forward

    def full(sounds: torch.Tensor, *others: object) -> torch.Tensor:
        if sounds.shape[0] * sounds.shape[2] > 600:
            raise torch.OutOfMemoryError
        return speak(sounds, *others)

    monkeypatch.setattr(in_batches.network.decoder, "forward", full)
    assert greatest_difference(alone(), list(in_batches.speak(lines()))) <= 1
    assert in_batches.by_frames.budget <= 1024


def test_no_memory_for_one_line_is_told_with_its_name(in_batches: KokoroVoice, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*parts: object) -> None:
        raise torch.OutOfMemoryError

    monkeypatch.setattr(in_batches.network.decoder, "forward", full)
    with pytest.raises(EngineFailed, match="memory doesn't suffice for line") as caught:
        list(in_batches.speak(lines()))
    assert caught.value.line_id is not None


@pytest.mark.parametrize(("precision", "error"), [("float16", -40), ("bfloat16", -20)])
def test_half_precision_has_the_same_lengths_and_little_error(precision: str, error: float) -> None:
    """float16 is what a GPU gets: 40 dB below the signal and more. bfloat16 can't promise that on any weights."""
    rough = list(make_voice(precision).speak(lines()[:5]))
    exact = [spoken for spoken in alone() if spoken.line_id in {other.line_id for other in rough}]
    assert error_db(exact, rough) < error


@pytest.mark.slow
def test_it_is_what_the_package_makes_of_the_same_weights_durations_and_noise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The package's network, batch 1, all in float64; its last part has sizes that can't be made smaller."""
    plbert = {"hidden_size": 32, "num_attention_heads": 4, "intermediate_size": 48, "num_hidden_layers": 3}
    vocoder = {"resblock_kernel_sizes": [3], "resblock_dilation_sizes": [[1, 3, 5]]}
    make_kokoro_folder(
        tmp_path, PACKS[:1], n_layer=2,
        plbert={**KOKORO_SIZES["plbert"], **plbert}, istftnet={**KOKORO_SIZES["istftnet"], **vocoder},
    )  # fmt: skip
    config = configs.load(tmp_path)
    network = load_network(tmp_path / CHECKPOINT, config).eval()
    network.double()
    style = Packs(tmp_path, PACKS[:1], config).style((("af_heart", 1.0),), 2)
    tokens = [0, 43, 156, 0]
    (one,) = network.encode([Row(tokens, style, 7, 1.25)])
    monkeypatch.setattr(networks, "to_pcm16", lambda sound: (sound, sound))
    exact = Encoded(one.row, one.sounds.double(), one.pitch_hz, one.loudness, one.frames)
    ours = network.decode([exact], one.n_frames + 3)[0][0]

    stock = stock_kokoro.load(tmp_path).double()
    spectrum = stock.decoder.generator.stft
    spectrum.window = spectrum.window.double()
    transform = spectrum.transform

    def on_one_side(sound: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The first window is its own mirror: whether its angles are pi or -pi is a matter of rounding there."""
        sizes, angles = transform(sound)
        angles[:, :, 0] = angles[:, :, 0].abs()
        return sizes, angles

    monkeypatch.setattr(spectrum, "transform", on_one_side)
    weights = stock.decoder.generator.m_source.l_linear.weight[0].detach()

    def our_noise(sines: torch.Tensor) -> torch.Tensor:
        """Noise for each harmonic whose weighted sum is ours."""
        noise = row_noise([7], 0, 1, sines.shape[1], "cpu")[0, 0]
        own = weights if sines.shape[2] == len(weights) else torch.zeros(sines.shape[2])
        return (noise[:, None] * own / torch.linalg.vector_norm(weights))[None]

    monkeypatch.setattr(torch, "randn_like", our_noise)
    torch.set_default_dtype(torch.float64)  # the package makes some of its tensors in the default
    try:
        theirs, frames = stock.forward_with_tokens(torch.tensor([tokens]), style[None].double(), 1.25)
    finally:
        torch.set_default_dtype(torch.float32)
    assert torch.equal(one.frames, frames)
    assert len(theirs) == one.n_frames * network.hop > 5000
    assert theirs.abs().max() > 0.02
    assert (ours[: len(theirs)] - theirs).abs().max() < 2**-16  # half a step of 16 bits


def test_of_the_published_sizes_it_has_the_published_tensors(tmp_path: Path) -> None:
    """hexgrad/Kokoro-82M: 81,763,410 parameters in 25 + 2 + 146 + 375 tensors, of which two are a pooler of no use."""
    (tmp_path / "config.json").write_text(json.dumps({**KOKORO_SIZES, "vocab": {"a": 177}}), encoding="utf-8")
    with torch.device("meta"):
        parts = as_published(KokoroNetwork(configs.load(tmp_path)))
    assert {name: len(part) for name, part in parts.items()} == {
        "bert": 25 - 2, "bert_encoder": 2, "predictor": 122, "text_encoder": 24, "decoder": 375,
    }  # fmt: skip
    n_parameters = sum(tensor.numel() for part in parts.values() for tensor in part.values())
    assert n_parameters == 81_763_410 - 768 * 769


def test_a_seed_changes_the_sound_and_nothing_else_does() -> None:
    line = lines()[0]
    (one,), (same,), (other,) = (
        voice_of().speak([replace(line, id=i, seed=s)]) for i, s in (("a", 3), ("b", 3), ("c", 4))
    )
    assert np.array_equal(one.sound.samples, same.sound.samples)
    assert one.sound.n_samples == other.sound.n_samples
    assert not np.array_equal(one.sound.samples, other.sound.samples)


def test_words_last_as_long_as_the_model_says() -> None:
    text = "Well, a map isn't nothing."
    (spoken,) = voice_of().speak([Line(id="x", text=text, speaker="af_heart")])
    assert [text[word.start_char : word.end_char] for word in spoken.words] == text.split()
    assert spoken.words[0].start_sample == 1800  # 75 ms stand before the first word, the more behind the last
    assert spoken.sound.n_samples - spoken.words[-1].end_sample == 4200
    assert all((word.end_sample - word.start_sample) % 600 == 0 for word in spoken.words)


def test_a_blend_is_the_weighted_mean_of_its_packs() -> None:
    packs = Packs(tiny_kokoro(), PACKS, configs.load(tiny_kokoro()))
    one, other = (packs.style(((name, 1.0),), 9) for name in ("af_heart", "bf_emma"))
    blend = voice_of().blend_of("af_heart*3+bf_emma")
    assert blend is not None
    assert torch.allclose(packs.style(blend, 9), 0.75 * one + 0.25 * other)
    assert not torch.equal(packs.style((("af_heart", 1.0),), 10), one)  # a longer line has a style of its own


def test_broken_arithmetic_is_told_with_its_line(in_batches: KokoroVoice) -> None:
    with torch.no_grad():
        in_batches.network.decoder.generator.conv_post.weight.fill_(float("nan"))
    with pytest.raises(EngineFailed, match="came out as no numbers") as caught:
        list(in_batches.speak(lines()[:2]))
    assert caught.value.line_id in {"0", "1"}


@pytest.mark.parametrize("text", ["a", "I", "W" * 12, "naïve café, Ωmega, Москва, 北京", "3.14159 is 1,000,000 / 7"])
@pytest.mark.parametrize("speaker", ["af_heart", "bf_emma"])
def test_odd_lines_are_said(text: str, speaker: str) -> None:
    (spoken,) = voice_of().speak([Line(id="x", text=text, speaker=speaker)])
    assert spoken.sound.duration_s > 0.1
    assert len(spoken.words) == len(text.split())


def test_a_line_of_more_phonemes_than_the_model_takes_is_refused_not_cut() -> None:
    with pytest.raises(Unspeakable, match=r"has \d+ phonemes, this voice takes 510: split it") as caught:
        list(voice_of().speak([Line(id="x", text="777777777777 " * 20, speaker="af_heart")]))
    assert caught.value.line_id == "x"


def test_a_pronunciation_that_is_none_is_named() -> None:
    with pytest.raises(Unspeakable, match="correct the pronunciation") as caught:
        list(voice_of().speak([Line(id="x", text="Ask me", speaker="bf_emma", pronunciations=((4, 6, "%%"),))]))
    assert caught.value.line_id == "x"


def test_a_speaker_without_a_pack_is_named_with_those_there_are() -> None:
    with pytest.raises(voices.UnknownVoice, match="only af_heart, am_michael, bf_emma"):
        list(voice_of().speak([Line(id="x", text="Ask me", speaker="af_heart+bm_george")]))


def _config(**changes: object) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        (folder / "config.json").write_text(json.dumps(config | changes), encoding="utf-8")

    return change


def _weights(tensors: object, name: str = CHECKPOINT) -> Callable[[Path], None]:
    return lambda folder: torch.save(tensors, folder / name)


def _checkpoint(change: Callable[[dict[str, dict[str, torch.Tensor]]], object]) -> Callable[[Path], None]:
    def changed(folder: Path) -> None:
        parts = torch.load(folder / CHECKPOINT, weights_only=True)
        change(parts)
        torch.save(parts, folder / CHECKPOINT)

    return changed


class _Trap:
    """What a pickle of this runs when it is loaded carelessly."""

    def __reduce__(self) -> tuple[object, ...]:
        return (os.mkdir, ("trapped",))


def _torn(folder: Path) -> None:
    path = folder / CHECKPOINT
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda folder: (folder / "config.json").unlink(), "config.json is missing"),
        (lambda folder: (folder / "config.json").write_text("{"), "can't be read"),
        (lambda folder: (folder / "config.json").write_text("[]"), "no JSON object"),
        (_config(plbert=None), "isn't of a Kokoro model"),
        (_config(vocab={"a": 400}), "isn't of a Kokoro model"),
        (_config(istftnet={}), "isn't of a Kokoro model"),
        (_config(hidden_dim=32), "doesn't fit its configuration"),
        (lambda folder: (folder / CHECKPOINT).unlink(), r"holds 0 checkpoints"),
        (_weights({}, "another.pth"), r"holds 2 checkpoints"),
        (_torn, "damaged or cut short"),
        (_weights({"bert": {"a": _Trap()}}), "could run anything"),
        (_weights({"model": {"a": torch.zeros(1)}}), "isn't a checkpoint of Kokoro"),
        (
            _weights({part: {"a": 1} for part in ("bert", "bert_encoder", "predictor", "text_encoder", "decoder")}),
            "isn't a checkpoint of Kokoro",
        ),
        (_checkpoint(lambda parts: parts["bert_encoder"].popitem()), "lacks 1 tensors"),
        (_checkpoint(lambda parts: parts["decoder"].update(more=torch.zeros(1))), "has no place for, decoder.more"),
        (lambda folder: shutil.rmtree(folder / "voices"), "no voice packs"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_wrong_with_a_model_is_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path], None], says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(tiny_kokoro(), tmp_path / "model")
    change(tmp_path / "model")
    with pytest.raises(VoiceUnavailable, match=says) as caught:
        voices.load(voices.find(f"kokoro:{tmp_path / 'model'}"))
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "trapped").exists()


@pytest.mark.parametrize("pack", [torch.zeros(510, 1, 8), torch.zeros(0, 1, 16), {"a": 1}])
def test_a_wrong_voice_pack_is_named(tmp_path: Path, pack: object) -> None:
    folder = shutil.copytree(tiny_kokoro(), tmp_path / "model")
    torch.save(pack, folder / "voices" / "af_heart.pt")
    engine = voices.load(voices.find(f"kokoro:{folder}"))
    with pytest.raises(VoiceUnavailable, match=r"af_heart.pt isn't a voice pack of 16 numbers"):
        list(engine.speak([Line(id="x", text="Ask me", speaker="af_heart")]))
    assert list(engine.speak([Line(id="x", text="Ask me", speaker="am_michael")]))


def test_weights_that_were_trained_further_keep_their_norms(tmp_path: Path) -> None:
    """The package writes its norms' own scale and shift, which the published checkpoint leaves out: they do count."""
    folder = shutil.copytree(tiny_kokoro(), tmp_path / "model")
    (before,) = voice_of().speak(lines()[:1])
    for scale, is_same in ((1.0, True), (1.5, False)):
        norm = {"module.encode.norm1.norm.weight": torch.full((18,), scale)}
        _checkpoint(lambda parts, norm=norm: parts["decoder"].update(norm))(folder)  # type: ignore[misc]
        (after,) = KokoroVoice(folder, CHECKPOINT, PACKS, Placing(None, "float32")).speak(lines()[:1])
        assert np.array_equal(before.sound.samples, after.sound.samples) == is_same


def test_without_torch_or_weights_one_line_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NARRATE_WEIGHTS", str(tmp_path))
    voice = voices.find("kokoro-af-heart")
    assert "run: narrate voices install kokoro-af-heart" in (voices.why_unavailable(voice) or "")
    monkeypatch.setattr("voices.engines.kokoro.find_spec", lambda name: None)
    assert "pip install 'narrate[kokoro]'" in (voices.why_unavailable(voice) or "")


def test_it_is_the_natural_voice_that_is_named_first_and_taken_once_it_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from voices.install import Folder, install
    from voices.weights import WeightFile, weights_of

    monkeypatch.setenv("NARRATE_WEIGHTS", str(tmp_path))
    voice = voices.find("kokoro-af-heart")
    assert voices.natural_to_install() == voice
    weights = weights_of(voice)
    assert weights is not None
    source = shutil.copytree(tiny_kokoro(), tmp_path / "source")
    for name in ("af_bella", "am_fenrir", "bm_george"):
        shutil.copy(source / "voices" / "af_heart.pt", source / "voices" / f"{name}.pt")
    tiny = replace(weights, files=tuple(WeightFile(name=file.name) for file in weights.files))
    monkeypatch.setattr("voices.weights.all_weights", lambda: (tiny,))
    install(tiny, Folder(source))
    assert voices.best() == voice
    assert voices.natural_to_install() is None
    blend = voices.find("kokoro-heart-bella")
    (spoken,) = voices.load(blend).speak([Line(id="x", text="Ask me", speaker=blend.speaker)])
    assert spoken.sound.duration_s > 0.3
