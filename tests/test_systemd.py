"""The systemd unit holds: no rights, a read-only system, secrets handed over as files."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from narrate.settings import Settings
from tests.pages import ROOT

UNIT = ROOT / "deploy" / "systemd" / "narrate.service"
HARDENED = {
    "DynamicUser": "yes", "ProtectSystem": "strict", "ProtectHome": "yes", "PrivateTmp": "yes", "PrivateDevices": "yes",
    "NoNewPrivileges": "yes", "CapabilityBoundingSet": "", "RestrictSUIDSGID": "yes", "ProtectKernelTunables": "yes",
    "SystemCallArchitectures": "native", "UMask": "0077", "LimitCORE": "0",
}  # fmt: skip


def service() -> dict[str, str]:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(UNIT)
    return dict(parser["Service"])


@pytest.mark.parametrize("name", HARDENED)
def test_the_unit_is_hardened(name: str) -> None:
    assert service()[name] == HARDENED[name]


def test_its_settings_are_settings() -> None:
    named = set(re.findall(r"\bNARRATE_([A-Z_]+)=", UNIT.read_text(encoding="utf-8")))
    known = {name.upper() for name in Settings.model_fields} | {"CONFIG"}
    assert {name.removesuffix("_FILE") for name in named} - known == set()
    assert "SMTP_PASSWORD_FILE" in named


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd isn't on this machine")
def test_systemd_finds_nothing_wrong_and_little_exposed(tmp_path: Path) -> None:
    unit = tmp_path / "narrate.service"
    unit.write_text(UNIT.read_text(encoding="utf-8").replace("/opt/narrate/bin/narrate", "/bin/true"))
    verified = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True)
    assert verified.stderr.strip() == ""
    told = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=20", unit],
        capture_output=True, text=True,
    )  # fmt: skip
    assert told.returncode == 0, told.stdout[-300:]
