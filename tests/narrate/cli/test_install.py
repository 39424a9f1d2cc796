"""`narrate voices install`, against a hub on loopback."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest

import voices
from narrate.cli import run_command
from tests.model_hub import ModelHub, model_hub
from voices import weights
from voices.weights import WeightFile, Weights

MODEL = bytes(range(256)) * 10
SET = Weights(
    id="owner/voice@v1",
    licence="Voice Licence 1.0",
    licence_url="https://licence.example",
    agreement="",
    files=(WeightFile(name="model.pth"),),
)


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelHub]:
    tone = voices.find("tone")
    neural = replace(tone, id="neural", weights=SET.id)
    monkeypatch.setattr(import_module("voices.catalogue"), "catalogue", lambda: (neural, tone))
    monkeypatch.setattr(weights, "all_weights", lambda: (SET,))
    monkeypatch.setenv("NARRATE_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with model_hub({"owner/voice/model.pth": MODEL}) as there:
        monkeypatch.setenv("NARRATE_HUB_URL", there.url)
        yield there


@pytest.fixture
def bound(hub: ModelHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "all_weights", lambda: (replace(SET, agreement="for non-commercial use only"),))


def test_size_and_licence_are_shown_and_the_checksum(
    hub: ModelHub, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run_command(["voices", "install", "neural", "--yes"]) == 0
    said = capsys.readouterr().out
    assert "licence Voice Licence 1.0, https://licence.example" in said
    assert f"0 MB from {hub.url}" in said
    assert f"sha256 {hashlib.sha256(MODEL).hexdigest()[:16]}…, as the hub's own checksum says" in said
    assert "neural: ready" in said
    assert (tmp_path / "weights" / "owner--voice@v1" / "model.pth").read_bytes() == MODEL


def test_nobody_to_ask_means_nothing_is_downloaded(hub: ModelHub, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["voices", "install", "neural"]) == 2
    assert "nobody is there to ask. Run it again with --yes" in capsys.readouterr().err
    assert not hub.gets("/")


@pytest.mark.usefixtures("bound")
def test_a_licence_that_binds_wants_more_than_yes(hub: ModelHub, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["voices", "install", "neural", "--yes"]) == 2
    assert "for non-commercial use only" in capsys.readouterr().err
    assert not hub.gets("/")
    assert run_command(["voices", "install", "neural", "--yes", "--agree"]) == 0
    assert run_command(["voices", "install", "neural", "--yes"]) == 0  # agreed once, and the lock says so


def test_a_folder_needs_no_hub(hub: ModelHub, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "model.pth").write_bytes(MODEL)
    assert run_command(["voices", "install", "neural", "--from", str(tmp_path)]) == 0
    assert "trusted now for want of a checksum, and pinned" in capsys.readouterr().out
    assert not hub.asked


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["neural", "--from", "nowhere"], 1, "nowhere has no file model.pth"),
        (["nobody"], 2, "there is no voice 'nobody'"),
    ],
)
def test_what_can_not_be_is_one_line(
    hub: ModelHub, arguments: list[str], code: int, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["voices", "install", *arguments]) == code
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert says in error


def test_a_voice_that_comes_with_its_engine_needs_nothing(hub: ModelHub, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["voices", "install", "tone"]) == 0
    assert "tone comes with its engine and needs no weights. It can speak here." in capsys.readouterr().out
