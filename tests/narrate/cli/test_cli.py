"""The command line itself: help with examples, exit codes, one-line errors, JSON where data is printed."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest

from narrate.cli import run_command
from narrate.samples import sample_files

COMMANDS = [["voices", "list"], ["voices", "install"], ["voices", "try"]] + [
    [name] for name in ("episode", "script", "spoken", "submit", "work", "serve", "run", "publish", "doctor", "bench")
]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NARRATE_HOME", str(tmp_path / "home"))


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_commands_help_has_an_example(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command([*command, "--help"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "Example:" in said
    assert f"narrate {' '.join(command)}" in said


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (["nonsense"], 2, "No such command"),
        (["episode"], 2, "SOURCE"),
        (["episode", "x", "--bad"], 2, "--bad"),
        (["episode", "x.json", "--base-url", "nowhere"], 2, "--base-url"),
        (["voices", "try", "nobody", "text"], 2, "nobody"),
        (["voices", "try", "tone", " "], 2, "nothing to say"),
        (["publish", "--out", "nothing-here"], 2, "nothing-here"),
        (["submit", "https://example.org/"], 2, "example.org"),
    ],
)
def test_a_wrong_call_is_one_line_and_exit_code_2(
    arguments: list[str], code: int, word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(arguments) == code
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert error.startswith("narrate: ")
    assert word in error
    assert "fault of narrate" not in error


def test_debug_adds_the_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["--debug", "voices", "try", "nobody", "text"]) == 2
    assert "Traceback" in capsys.readouterr().err
    assert run_command(["voices", "try", "nobody", "text"]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_no_command_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    run_command([])
    shown = capsys.readouterr()
    assert "episode" in shown.out + shown.err


def test_settings_that_cant_work_are_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("NARRATE_SLOTS", "many")
    assert run_command(["doctor"]) == 2
    assert "NARRATE_SLOTS" in capsys.readouterr().err


def test_an_unknown_setting_in_the_file_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "narrate.toml").write_text('voise = "tone"\n', encoding="utf-8")
    assert run_command(["doctor"]) == 2
    assert "voise" in capsys.readouterr().err


def test_a_file_that_is_no_toml_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "narrate.toml").write_text("voice = \n", encoding="utf-8")
    assert run_command(["doctor"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_the_environment_beats_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "narrate.toml").write_text('voice = "nobody"\n', encoding="utf-8")
    monkeypatch.setenv("NARRATE_VOICE", "tone")
    assert run_command(["doctor"]) == 0
    assert "tone" in capsys.readouterr().out


def test_script_prints_one_json_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    posts = [str(path) for path in sample_files()[:2]]
    assert run_command(["script", "--json", *posts]) == 0
    scripts = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [s["key"].partition(":")[0] for s in scripts] == ["lesswrong", "lesswrong"]
    assert {"chapters", "omissions", "figures", "text_sha256"} <= scripts[0].keys()


@pytest.fixture
def post(tmp_path: Path) -> str:
    """A post with something to rewrite, something to leave out, and a word nobody knows."""
    html = "<h2>How much</h2><p>It rose 5% at Zorblatt.</p><p><img src='https://img.example/a.png' alt='A hill'></p>"
    data = {"_id": "aPost234567", "title": "A post", "user": {"displayName": "Ana"}, "contents": {"html": html}}
    (tmp_path / "post.json").write_text(json.dumps(data), encoding="utf-8")
    return "post.json"


def test_script_shows_what_is_said_what_isnt_and_which_words_nobody_knows(
    post: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["script", post]) == 0
    shown = capsys.readouterr().out
    assert "[prose  ] It rose five percent at Zorblatt." in shown
    assert "Not spoken:\n  image: " in shown
    assert shown.endswith("In no lexicon, so a voice guesses:\n  Zorblatt\n")


def test_script_diff_marks_every_rewrite_with_its_rule(post: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["script", "--diff", post]) == 0
    shown = capsys.readouterr().out
    assert "# How much\n" in shown
    assert "  It rose [-5%-]{+five percent+}<percent> at Zorblatt.\n" in shown
    assert "not spoken: image: " in shown
    assert "\x1b" not in shown


def test_script_diff_is_in_colour_on_a_terminal(
    post: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert run_command(["script", "--diff", post]) == 0
    coloured = capsys.readouterr().out
    assert "\x1b[" in coloured
    assert "[-" not in re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    assert "5% five percent ‹percent›" in re.sub(r"\x1b\[[0-9;]*m", "", coloured)


def test_script_html_writes_a_page_or_a_folder_of_them(
    post: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["script", "--html", "page.html", post]) == 0
    assert capsys.readouterr().out == "page.html\n"
    assert "five percent</ins>" in (tmp_path / "page.html").read_text(encoding="utf-8")
    assert run_command(["script", "--html", "pages", post, str(sample_files()[0])]) == 0
    assert sorted(path.suffix for path in (tmp_path / "pages").iterdir()) == [".html", ".html"]
    assert (tmp_path / "pages" / "lesswrong-aPost234567.html").is_file()


@pytest.mark.parametrize(
    ("arguments", "word"),
    [(["--json", "--diff"], "one of them"), (["--html", "post.json/page.html"], "can't be written")],
)
def test_script_says_what_cant_be_shown(
    post: str, arguments: list[str], word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["script", *arguments, post]) == 2
    assert word in capsys.readouterr().err


def test_an_operators_lexicon_is_on_top_of_the_shipped_one(
    post: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "own.tsv").write_text("# ours\nZorblatt\tˈzɔɹblæt\tZOR-blat\tname\n", encoding="utf-8")
    monkeypatch.setenv("NARRATE_LEXICON", "own.tsv")
    assert run_command(["script", "--json", post]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made["unknown_words"] == []
    said = [u for chapter in made["chapters"] for u in chapter["utterances"] if "Zorblatt" in u["spoken"]]
    assert [p["ipa"] for p in said[0]["pronunciations"]] == ["ˈzɔɹblæt"]


@pytest.mark.parametrize(
    ("text", "word"),
    [("Zorblatt\tˈzɔɹblæt\n", "line 1"), ("Zorblatt\tz8\tZOR\tname\n", "IPA"), ("\xff", "UTF-8"), (None, "No such")],
)  # fmt: skip
def test_a_lexicon_that_cant_be_used_is_named(
    post: str, text: str | None, word: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    if text is not None:
        (tmp_path / "own.tsv").write_bytes(text.encode("latin-1") if text == "\xff" else text.encode())
    monkeypatch.setenv("NARRATE_LEXICON", "own.tsv")
    assert run_command(["script", post]) == 2
    error = capsys.readouterr().err
    assert "own.tsv" in error
    assert word in error


def test_script_goes_on_after_a_bad_post(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["script", "no-such.json", str(sample_files()[0])]) == 2
    shown = capsys.readouterr()
    assert "no-such.json" in shown.err
    assert "Read by a machine" in shown.out


@pytest.mark.parametrize(
    ("options", "written", "spoken"),
    [([], "It rose 5% in 2010.", "It rose five percent in twenty ten."), (["--math"], r"x^2", "x squared")],
)
def test_spoken_is_a_filter(
    options: list[str], written: str, spoken: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{written}\n\n"))
    assert run_command(["spoken", *options]) == 0
    assert capsys.readouterr().out == f"{spoken}\n\n"


def test_voices_list_says_what_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["voices", "list", "--json"]) == 0
    voices = {voice["id"]: voice for voice in json.loads(capsys.readouterr().out)}
    assert voices["flite-rms"]["licence"]
    assert voices["tone"]["installed"] is True


def test_a_voice_can_be_tried(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["voices", "try", "tone", "word " * 100]) == 0
    assert (tmp_path / "try.wav").stat().st_size > 100_000


def test_doctor_tells_everything_as_data(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NARRATE_VOICE", "tone")
    assert run_command(["doctor", "--json"]) == 0
    found = {finding["what"]: finding for finding in json.loads(capsys.readouterr().out)}
    assert {"Python", "ffmpeg", "voice", "database", "files", "disk"} <= found.keys()


def test_doctor_fails_when_nothing_could_be_narrated(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NARRATE_DATABASE_URL", "sqlite:////proc/nowhere/narrate.db")
    assert run_command(["doctor"]) == 1
    assert "MISS database" in capsys.readouterr().out


def test_bench_measures_reading_over_given_posts(post: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["bench", "--script", post, str(sample_files()[0].parent), "--out", "figures.json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert json.loads(Path("figures.json").read_text(encoding="utf-8")) == figures
    assert figures["posts"] == 1 + len(sample_files())
    assert figures["words"] > 1000
    assert figures["written_to_spoken_words_per_s"] > 0
    assert 0 < figures["post_to_script_ms"]["median"] <= figures["post_to_script_ms"]["p95"]


def test_bench_takes_files_only_for_reading(post: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["bench", post]) == 2
    assert "--script" in capsys.readouterr().err


def test_doctor_tells_whether_allowed_pages_can_be_read(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NARRATE_OUTSIDE_SITES", "example.org, *.example.net")
    run_command(["doctor"])
    assert "outside pages: example.org, *.example.net\n" in capsys.readouterr().out
    monkeypatch.setattr("narrate.checkup.find_spec", lambda _: None)
    run_command(["doctor"])
    assert "Install narrate[pages]" in capsys.readouterr().out


def test_a_site_that_is_no_host_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("NARRATE_OUTSIDE_SITES", "example.org, https://example.net/")
    assert run_command(["doctor"]) == 2
    assert "https://example.net/" in capsys.readouterr().err
