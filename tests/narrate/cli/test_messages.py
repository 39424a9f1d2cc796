"""What a command says when it can't: one line that names the right thing to change."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from narrate.cli import run_command


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NARRATE_HOME", str(tmp_path / "home"))


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert run_command(list(arguments)) != 0
    return capsys.readouterr().err


def test_a_data_folder_that_cant_be_made_is_the_setting_to_change(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NARRATE_HOME", "/proc/nowhere")
    assert "Check NARRATE_HOME" in said(capsys, "publish")


def test_a_name_that_is_no_setting_is_told_from_a_wrong_value(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "narrate.toml").write_text('voise = "tone"\n', encoding="utf-8")
    assert "narrate.toml has 'voise', which is no setting." in said(capsys, "doctor")


def test_a_question_ends_with_one_sign(capsys: pytest.CaptureFixture[str]) -> None:
    assert "Did you mean 'publish'? See narrate --help." in said(capsys, "publsh")


def test_a_wav_that_cant_be_written_is_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    assert run_command(["voices", "try", "tone", "hello", "--out", "no/such/folder.wav"]) == 1
    assert capfd.readouterr().err.splitlines() == [
        "narrate: no/such/folder.wav can't be written: No such file or directory. Give another place with --out."
    ]


def test_a_site_that_cant_be_written_is_no_fault_of_ours(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.html").write_text("<p>Some text.</p>", encoding="utf-8")
    assert run_command(["episode", "a.html", "--voice", "tone"]) == 0
    shutil.rmtree("site/media")
    Path("site/media").write_text("in the way", encoding="utf-8")
    error = said(capsys, "episode", "a.html", "--voice", "tone")
    assert "can't be published" in error
    assert "fault" not in error


def test_ctrl_c_says_that_what_is_finished_is_kept(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("narrate.settings.read_settings", stop)
    assert run_command(["doctor"]) == 130
    assert capsys.readouterr().err == "narrate: stopped; what is finished is kept\n"
