"""Where a model runs, decided without torch and without a GPU: the driver and torch's build are made up."""

from __future__ import annotations

import subprocess
import sys

import pytest

import voices
from narrate.checkup import check_up
from narrate.settings import read_settings
from voices.engines.coqui import Engine
from voices.neural import gpu, placing
from voices.neural.gpu import Gpu

H200 = Gpu(name="NVIDIA H200", memory_bytes=143 * 10**9, cuda=(13, 0))


@pytest.fixture
def with_gpu(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setattr(placing, "find_gpu", lambda: H200)
    monkeypatch.setattr("narrate.checkup.find_gpu", lambda: H200)
    monkeypatch.setattr(placing, "torch_cuda", lambda: (13, 0))
    return monkeypatch


def test_a_gpu_calculates_in_float16_and_gets_large_packs_from_two_processes(with_gpu: pytest.MonkeyPatch) -> None:
    assert (placing.place().device, placing.place().precision) == ("cuda", "float16")
    assert voices.pack_lines("coqui-ljspeech") > 200
    assert voices.most_processes("coqui-ljspeech") == 2
    assert placing.why_unusable(placing.place()) is None


def test_without_one_the_processor_calculates_in_float32_line_by_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placing, "find_gpu", lambda: None)
    assert (placing.place().device, placing.place().precision) == ("cpu", "float32")
    assert voices.pack_lines("coqui-ljspeech") == voices.pack_lines("flite-rms")
    assert voices.most_processes("coqui-ljspeech") is voices.most_processes("flite-rms") is None


def test_a_gpu_that_torch_was_not_built_for_is_left_alone(with_gpu: pytest.MonkeyPatch) -> None:
    with_gpu.setattr(placing, "torch_cuda", lambda: None)
    assert placing.place().device == "cpu"


def test_a_driver_that_is_too_old_is_one_line_with_what_to_do(with_gpu: pytest.MonkeyPatch) -> None:
    with_gpu.setattr(placing, "torch_cuda", lambda: (14, 1))
    assert "speaks CUDA 13.0, torch is built for 14.1; update" in (placing.why_unusable(placing.place()) or "")


@pytest.mark.parametrize("hidden", ["", "-1"])
def test_a_hidden_gpu_is_none(monkeypatch: pytest.MonkeyPatch, hidden: str) -> None:
    monkeypatch.setattr(gpu, "_nvml", lambda: pytest.fail("it was asked for"))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", hidden)
    with pytest.raises(pytest.fail.Exception):
        gpu.energy_j()
    monkeypatch.setattr(gpu, "_nvml", lambda: object())
    assert gpu.find_gpu() is None


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_precision_of_choice_is_in_the_fingerprint(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, precision: str
) -> None:
    from tests.tiny_models import tiny_vits

    voice = voices.find(f"coqui:{tiny_vits()}")
    monkeypatch.setenv("NARRATE_PRECISION", precision)
    assert Engine.identity(voice).precision == precision
    monkeypatch.setenv("NARRATE_PRECISION", "float8")
    with pytest.raises(voices.VoiceError, match="float8"):
        Engine.identity(voice)


def test_the_doctor_names_the_gpu_and_what_it_is_used_for(
    tmp_path_factory: pytest.TempPathFactory, with_gpu: pytest.MonkeyPatch
) -> None:
    settings = read_settings(home=tmp_path_factory.mktemp("home"))
    (finding,) = (finding for finding in check_up(settings) if finding.what == "GPU")
    assert finding.found == "NVIDIA H200, 143 GB, CUDA 13.0; neural voices use it, in float16"
    with_gpu.setattr(placing, "torch_cuda", lambda: None)
    (finding,) = (finding for finding in check_up(settings) if finding.what == "GPU")
    assert not finding.ok
    assert "torch built for CUDA" in finding.todo


def test_the_doctor_says_that_a_container_has_no_gpu_and_how_it_gets_one(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("narrate.checkup.find_gpu", lambda: None)
    settings = read_settings(home=tmp_path_factory.mktemp("home"))
    (finding,) = (finding for finding in check_up(settings) if finding.what == "GPU")
    assert (finding.ok, finding.needed) == (False, False)
    assert "on the processor" in finding.found
    assert "--gpus all" in finding.todo
    monkeypatch.setattr("narrate.checkup.find_spec", lambda name: None)  # no neural voice could use one
    assert [finding for finding in check_up(settings) if finding.what == "GPU"] == []


def test_whether_torch_knows_cuda_is_told_without_importing_it() -> None:
    script = "import sys\nfrom voices.neural import placing\nprint(placing.torch_cuda(), 'torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    import torch

    version = torch.version.cuda
    expected = None if version is None else tuple(map(int, version.split(".")))
    assert done.stdout.strip() == f"{expected} False"
