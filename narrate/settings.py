"""Environment and narrate.toml -> one frozen Settings, read once in cli, web or work, and passed down.

Order: `NARRATE_*` in the environment, then `narrate.toml` in the working folder (or the file `NARRATE_CONFIG` names),
then the defaults below.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from narrate.errors import BadSetting


class Settings(BaseSettings):
    """Every setting, its default and what it means. `narrate doctor` shows the values in force."""

    model_config = SettingsConfigDict(env_prefix="NARRATE_", frozen=True, extra="forbid", env_ignore_empty=True)

    home: Path = Field(Path("narrate-data"), description="data folder: database, takes, recordings, site, outbox")
    database_url: str | None = Field(None, description="SQLAlchemy URL; default: SQLite in the data folder")
    files_url: str | None = Field(None, description="s3://… or file:///…; default: the data folder")
    public_url: str = Field("http://127.0.0.1:8000", description="where the site is reached from outside")
    voice: str = Field("auto", description="a voice id of `narrate voices list`, or auto: the best installed")
    runner: Literal["local"] = Field("local", description="where voices run: in child processes here")
    slots: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1, le=1024, description="voices at once")
    footnotes: Literal["never", "inline", "after"] = Field("inline", description="how footnotes are read")
    lexicon: Path | None = Field(None, description="the operator's own pronunciations, a file like lexicon.tsv")
    lesswrong_url: str | None = Field(None, description="another address for LessWrong's API, a practice forum say")
    outside_sites: str = Field("", description="hosts whose pages are read when a post only links to them")
    contact: str = Field("", description="address put into the User-Agent, so that a forum's admins can reach you")
    host: str = Field("127.0.0.1", description="address `narrate serve` listens on")
    port: int = Field(8000, ge=0, le=65535, description="port `narrate serve` listens on")
    show_title: str = Field("LessWrong, narrated", min_length=1, max_length=255)
    show_description: str = Field(
        "Posts from LessWrong and its sister forums, read aloud word for word by a machine, with a titled chapter for "
        "every section, and nothing left out in silence.",
        min_length=1,
        max_length=3500,
    )
    show_author: str = Field("narrate", min_length=1, max_length=255)
    owner_email: str | None = Field(None, description="shown to podcast directories that ask for it")

    @field_validator("public_url")
    @classmethod
    def _absolute(cls, url: str) -> str:
        return check_base_url(url)

    @field_validator("contact")
    @classmethod
    def _printable(cls, contact: str) -> str:
        if not contact.isascii() or not contact.isprintable():
            raise ValueError("an HTTP header takes one line of ASCII; give an e-mail or a web address")
        return contact

    @field_validator("home")
    @classmethod
    def _plain(cls, home: Path) -> Path:
        if "?" in str(home.resolve()):  # SQLAlchemy would take the rest for a query, and keep the rows elsewhere
            raise ValueError(f"{home} has a question mark in it; choose a folder without one")
        return home

    @field_validator("outside_sites")
    @classmethod
    def _hosts(cls, listed: str) -> str:
        for host in listed.replace(",", " ").split():
            if not re.fullmatch(r"(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)+", host):
                raise ValueError(f"{host!r} is no host's name; give names like example.org or *.example.org")
        return listed

    @property
    def outside_hosts(self) -> tuple[str, ...]:
        """`outside_sites`, one by one."""
        return tuple(self.outside_sites.replace(",", " ").split())

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        named = os.environ.get("NARRATE_CONFIG")
        toml = Path(named or "narrate.toml")
        if named and not toml.is_file():
            raise BadSetting(f"NARRATE_CONFIG names {named}, and there is no such file. Correct it, or leave it unset.")
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=toml)

    @property
    def sql_url(self) -> str:
        return self.database_url or f"sqlite:///{self.home.resolve() / 'narrate.db'}"


def check_base_url(url: str) -> str:
    """An absolute ASCII http(s) address without query, fragment or password, its trailing slash dropped.

    Raises ValueError.
    """
    parts = urlsplit(url)
    if (
        parts.scheme not in ("http", "https")
        or not parts.hostname
        or parts.port == 0  # itself a ValueError beyond 65535
        or "@" in parts.netloc  # everybody would read the password in the feed
        or parts.query
        or parts.fragment
        or not re.fullmatch(r"[!-~]+", url)
    ):
        raise ValueError(f"{url!r} is no web address like https://podcast.example.org")
    return url.rstrip("/")


def read_settings(**overrides: Any) -> Settings:
    """Settings in force, `overrides` (from the command line) on top. Raises BadSetting naming the setting."""
    try:
        return Settings(**overrides)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else "settings"
        if first["type"] == "extra_forbidden":
            raise BadSetting(
                f"narrate.toml has {name!r}, which is no setting. Correct the name; docs/settings.md lists them all."
            ) from error
        raise BadSetting(
            f"Setting {name} can't be used: {first['msg']}. "
            f"Change NARRATE_{name.upper()} or {name} in narrate.toml; docs/settings.md lists them all."
        ) from error
    except (OSError, ValueError) as error:  # narrate.toml is unreadable or no TOML
        raise BadSetting(f"narrate.toml can't be read: {error}. Mend the file or move it away.") from error
