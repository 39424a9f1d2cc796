"""The way to a cluster beyond the runners' contract: what the settings lack is said before anything is tried."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from narrate.checkup import Finding, check_up
from narrate.errors import BadSetting
from narrate.home import open_home
from narrate.settings import read_settings


def doctor(home: Path, **settings: Any) -> list[Finding]:
    return [finding for finding in check_up(read_settings(home=home, **settings)) if finding.what == "cluster"]


def test_the_doctor_looks_for_the_head_of_the_cluster_that_shall_speak(tmp_path: Path) -> None:
    assert doctor(tmp_path) == []
    (without,) = doctor(tmp_path, runner="ray")
    assert "NARRATE_RAY_ADDRESS" in without.todo
    with socket.create_server(("127.0.0.1", 0)) as head:
        address = f"127.0.0.1:{head.getsockname()[1]}"
        assert doctor(tmp_path, runner="ray", ray_address=address) == [Finding(what="cluster", found=address)]
    (gone,) = doctor(tmp_path, runner="ray", ray_address=address)
    assert (gone.ok, gone.needed) == (False, True)
    assert "Nothing answers there" in gone.todo


def test_a_cluster_without_an_address_is_a_setting_that_cant_work(tmp_path: Path) -> None:
    with (
        open_home(read_settings(home=tmp_path, voice="tone", runner="ray")) as home,
        pytest.raises(BadSetting, match="NARRATE_RAY_ADDRESS isn't set"),
    ):
        list(home.narrate(["nothing.json"]))
