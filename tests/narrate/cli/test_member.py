"""`narrate member`: tokens and operators from a shell."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from narrate.cli import run_command
from narrate.settings import read_settings
from narrate.store import members, open_store, sessions


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NARRATE_HOME", str(tmp_path))
    return tmp_path


def test_a_token_is_all_that_is_printed_and_acts_for_its_member(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["member", "token", "Ana+x@example.org", "--name", "notebook"]) == 0
    secret = capsys.readouterr().out.strip()
    store = open_store(read_settings().sql_url)
    with store.begin() as session:
        member = members.find_by_email(session, "ana@example.org")
        assert member is not None
        assert sessions.member_of_token(session, secret, datetime.now(UTC)) == member
        assert [token.name for token in sessions.list_tokens(session, member.id)] == ["notebook"]
    store.close()


def test_an_operator_is_made_and_unmade(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for options, is_operator in ([], True), (["--remove"], False):
        assert run_command(["member", "operator", "ana@example.org", *options]) == 0
        store = open_store(read_settings().sql_url)
        with store.begin() as session:
            member = members.find_by_email(session, "ana@example.org")
            assert member is not None
            assert member.is_operator == is_operator
            assert [m.id for m in members.list_operators(session)] == ([member.id] if is_operator else [])
        store.close()
    assert capsys.readouterr().out == "ana@example.org is an operator\nana@example.org is no longer an operator\n"


@pytest.mark.parametrize("email", ["ana", "ana@mailinator.com", "", "a@b\r\n.org"])
def test_what_is_no_address_is_refused_in_one_line(home: Path, email: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["member", "operator", email]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
