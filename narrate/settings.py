"""Environment and narrate.toml -> one frozen Settings, read once in cli, web or work, and passed down.

Order: `NARRATE_*` in the environment, then `narrate.toml` in the working folder (or the file `NARRATE_CONFIG` names),
then the defaults below.
"""

from __future__ import annotations

import os
import re
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Literal, cast, get_args
from urllib.parse import quote, urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from narrate.errors import BadSetting
from narrate.records import EditionName

#: The forums that can be looked through, as `narrate.sources.FORUMS` has them (a test holds the two together).
FORUM_NAMES = ("lesswrong", "alignmentforum", "eaforum")

#: A limit: so many in so long, as in "20/hour".
RATE = r"^[1-9][0-9]{0,8}/(second|minute|hour|day)$"


class _Files(PydanticBaseSettingsSource):
    """`NARRATE_X_FILE` names a file whose text is the setting X: how systemd and containers hand secrets over."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        variable = f"NARRATE_{field_name.upper()}"
        named = os.environ.get(f"{variable}_FILE")
        if not named:
            return None, field_name, False
        if os.environ.get(variable):
            raise BadSetting(f"Both {variable} and {variable}_FILE are set. Leave one of them out.")
        try:
            return Path(named).read_text(encoding="utf-8").strip(), field_name, False
        except (OSError, UnicodeDecodeError) as error:
            raise BadSetting(
                f"{variable}_FILE names {named}, which can't be read: {error}. Correct the path, or who may read it."
            ) from error

    def __call__(self) -> dict[str, Any]:
        values = {name: self.get_field_value(f, name)[0] for name, f in self.settings_cls.model_fields.items()}
        return {name: value for name, value in values.items() if value}


class Settings(BaseSettings):
    """Every setting, its default and what it means. `narrate doctor` shows the values in force."""

    model_config = SettingsConfigDict(env_prefix="NARRATE_", frozen=True, extra="forbid", env_ignore_empty=True)

    home: Path = Field(Path("narrate-data"), description="data folder: database, takes, recordings, site, outbox")
    database_url: str | None = Field(None, description="SQLAlchemy URL; default: SQLite in the data folder")
    database_password: SecretStr | None = Field(None, description="of the database, where its URL has none")
    files_url: str | None = Field(None, description="s3://… or file:///…; default: the data folder")
    site_url: str | None = Field(None, description="s3://… or file:///… to publish into; default: the data folder")
    public_url: str = Field("http://127.0.0.1:8000", description="where the site is reached from outside")
    former_url: str | None = Field(None, description="where the site was before: feeds there say that they moved")
    voice: str = Field("auto", description="a voice id of `narrate voices list`, or auto: the best installed")
    author_voices: str = Field("", description="voices of their own for authors and speakers: NAME=VOICE, …")
    voices_file: Path | None = Field(None, description="the operator's own voices, a file like catalogue.toml")
    check_by_ear: bool = Field(False, description="have a recogniser listen to every take, and bad ones said again")
    weights: Path | None = Field(None, description="folder of the voices' weights; default: in the data folder")
    precision: Literal["auto", "float32", "float16", "bfloat16"] = Field(
        "auto", description="how exactly neural voices calculate; auto: float16 on a GPU, else float32"
    )
    hub_url: str = Field("https://huggingface.co", description="model hub that weights come from")
    hub_token: SecretStr | None = Field(None, description="token for repositories whose terms one accepts there")
    runner: Literal["local", "ray"] = Field("local", description="where voices run: in child processes here, or on Ray")
    slots: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1, le=1024, description="voices at once")
    encoders: int = Field(
        default_factory=lambda: min(max((os.cpu_count() or 1) // 2, 1), 8),
        ge=1,
        le=64,
        description="episodes mastered and encoded at once",
    )
    stall_minutes: float = Field(10.0, gt=0, le=1440, description="work that doesn't get on for so long is begun anew")
    retry_after_s: float = Field(30.0, gt=0, le=3600, description="the first pause before a job is tried again")
    ray_address: str | None = Field(
        None, pattern=r"^\S+:[0-9]{1,5}$", description="host:port of the Ray cluster's head, for the runner ray"
    )
    ray_cpus: float = Field(1.0, gt=0, le=256, description="cores that a voice on Ray takes")
    ray_gpus: float = Field(0.0, ge=0, le=16, description="GPUs that a voice on Ray takes; parts share one")
    consent: Literal["opt_out", "opt_in"] = Field(
        "opt_out", description="may posts be read unless their author objects?"
    )
    footnotes: Literal["never", "inline", "after"] = Field("inline", description="how footnotes are read")
    opus: bool = Field(True, description="also make an Opus file of a third of the size, for slow lines")
    editions: str = Field("nofn,fnafter", description="editions of posts with footnotes: nofn, fnafter, or empty")
    find_forums: str = Field("lesswrong", description="forums to look for posts on: lesswrong,alignmentforum,eaforum")
    find_every_hours: float = Field(6.0, ge=0, le=8760, description="how often to look by itself; 0: never")
    find_recent_karma: int = Field(45, ge=1, description="karma at which a recent post is found")
    find_recent_days: int = Field(60, ge=1, le=3650, description="how far back recent posts are looked for")
    find_classics_per_year: int = Field(25, ge=0, le=200, description="best posts of each past year that are found")
    find_first_year: int = Field(2006, ge=1990, le=2100, description="the first year with classics")
    find_min_words: int = Field(150, ge=0, description="a shorter post is a stub")
    find_excluded_collections: str = Field("rationality,hpmor", description="books with recordings of their own")
    find_quick_take_karma: int = Field(25, ge=1, description="karma at which a quick take joins its week's episode")
    classic_after_days: int = Field(365, ge=1, description="age at which a post is a classic")
    release_recent_per_day: int = Field(4, ge=0, le=1000, description="recent finds a day in the main feed")
    release_classics_per_day: int = Field(1, ge=0, le=1000, description="classic finds a day in the main feed")
    release_karma_floor: int = Field(30, description="karma at which a voted post is released as soon as it is ready")
    release_votes_below_floor: int = Field(2, ge=1, description="verified voters that a post below the floor needs")
    verified_vote_weight: float = Field(
        1.0, ge=1, le=4, multiple_of=0.25, description="what one vote of a member with a proven forum account counts"
    )
    max_audio_hours_a_day: float = Field(0, ge=0, le=100_000, description="audio made a day (UTC); 0: no limit")
    max_home_gb: float = Field(0, ge=0, description="what the data folder may hold, in GB; 0: no limit")
    clean_after_days: int = Field(14, ge=1, le=3650, description="how long files that nothing names any more are kept")
    min_free_gb: float = Field(1.0, ge=0, description="what stays free on the data folder's disk, in GB")
    max_post_mb: float = Field(8.0, ge=0, description="HTML of one post, in MB; 0: no limit")
    max_post_lines: int = Field(10_000, ge=0, description="spoken lines of one post; 0: no limit")
    child_memory_gb: float = Field(16.0, ge=0, description="memory of one child process, in GB; 0: no limit")
    price_per_machine_hour: float = Field(0, ge=0, description="what an hour at work costs, for /status; 0: not shown")
    price_currency: str = Field("USD", pattern=r"^[A-Z]{3}$", description="the currency of that price")
    lexicon: Path | None = Field(None, description="the operator's own pronunciations, a file like lexicon.tsv")
    lesswrong_url: str | None = Field(None, description="another address for LessWrong's API, a practice forum say")
    outside_sites: str = Field("", description="hosts whose pages are read when a post only links to them")
    contact: str = Field("", description="address put into the User-Agent, so that a forum's admins can reach you")
    host: str = Field("127.0.0.1", description="address `narrate serve` listens on")
    port: int = Field(8000, ge=0, le=65535, description="port `narrate serve` listens on")
    metrics_token: SecretStr | None = Field(None, description="token for /metrics; without one only this machine asks")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="what is logged")
    log_style: Literal["auto", "json", "console"] = Field("auto", description="JSON, or lines for people")
    insecure: bool = Field(False, description="may be reached from outside without TLS")
    trusted_proxies: str = Field("127.0.0.1", description="proxies whose word on a visitor's address is taken")
    session_idle_days: int = Field(60, ge=1, le=3650, description="unused for so long, a browser is signed out")
    session_max_days: int = Field(365, ge=1, le=3650, description="after so long, a browser is signed out anyway")
    link_minutes: int = Field(15, ge=1, le=1440, description="how long a sign-in link works")
    disposable_domains: str = Field("", description="further domains whose addresses nobody may sign in with")
    new_member_hours: int = Field(24, ge=0, le=8760, description="how long an account is new")
    new_member_share: float = Field(0.25, gt=0, le=1, description="a new account's share of the limits below")
    limit_sign_in: str = Field("20/hour", pattern=RATE, description="sign-in attempts of one network")
    limit_votes: str = Field("240/hour", pattern=RATE, description="changes of votes by one member")
    limit_submissions: str = Field("40/day", pattern=RATE, description="submissions by one member")
    limit_reports: str = Field("40/day", pattern=RATE, description="reports and author requests of one visitor")
    limit_feeds: str = Field("1200/hour", pattern=RATE, description="looks at feeds by taste from one network")
    limit_proofs: str = Field("20/hour", pattern=RATE, description="looks at a LessWrong biography for one member")
    mail_from: str | None = Field(None, description="sender of our mails; default: narrate@ the public address's host")
    smtp_host: str | None = Field(None, description="mail server; without one, mails are files in the folder outbox")
    smtp_port: int = Field(587, ge=1, le=65535, description="its port")
    smtp_security: Literal["starttls", "tls", "none"] = Field("starttls", description="how the line is encrypted")
    smtp_user: str | None = Field(None, description="name to sign in there with")
    smtp_password: SecretStr | None = Field(None, description="password to sign in there with")
    show_title: str = Field("LessWrong, narrated", min_length=1, max_length=255)
    show_description: str = Field(
        "Posts from LessWrong and its sister forums, read aloud word for word by a machine, with a titled chapter for "
        "every section, and nothing left out in silence. Listeners submit posts and vote on what is read next.",
        min_length=1,
        max_length=3500,
    )
    show_author: str = Field("narrate", min_length=1, max_length=255)
    run_by: str = Field("", max_length=500, description="who runs this, as /about says; default: show_author")
    costs: str = Field("", max_length=2000, description="what it costs and who pays, as /about says")
    may_index: bool = Field(False, description="may search engines list pages that hold a post's text?")
    listed_at: str = Field(
        "", max_length=4000, description="directories that list the show: Apple Podcasts=https://…, Spotify=https://…"
    )
    owner_email: str | None = Field(None, description="shown to podcast directories that ask for it")
    verify_text: str | None = Field(None, max_length=255, description="what a directory wants to see in the feeds")
    verify_apple: str | None = Field(None, max_length=255, description="the same for Apple Podcasts")
    websub_hub: str | None = Field(None, description="WebSub hub that is told of every changed feed")
    podping_token: SecretStr | None = Field(None, description="token for podping.cloud, which is then told as well")
    keep_media_days: int = Field(
        30, ge=0, le=3650, description="how long a corrected episode's old files stay for those half-way through"
    )

    @field_validator("public_url", "hub_url")
    @classmethod
    def _absolute(cls, url: str) -> str:
        return check_base_url(url)

    @field_validator("former_url", "websub_hub")
    @classmethod
    def _absolute_too(cls, url: str | None) -> str | None:
        return None if url is None else check_base_url(url)

    @field_validator("site_url")
    @classmethod
    def _a_store(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith(("s3://", "file:///")):
            raise ValueError(f"{url!r} is no place to publish into; give s3://bucket/prefix or file:///folder")
        return url

    @field_validator("author_voices")
    @classmethod
    def _pairs(cls, listed: str) -> str:
        for entry in split_names(listed):
            who, is_pair, voice = entry.rpartition("=")
            if not (is_pair and who.strip() and voice.strip()):
                raise ValueError(f"{entry!r} is no pair like jane=flite-slt")
        return listed

    @field_validator("find_forums")
    @classmethod
    def _known_forums(cls, names: str) -> str:
        unknown = [name for name in split_names(names) if name not in FORUM_NAMES]
        if unknown:
            raise ValueError(f"{unknown[0]!r} is no forum we know; there are {', '.join(FORUM_NAMES)}")
        return names

    @field_validator("editions")
    @classmethod
    def _known_editions(cls, names: str) -> str:
        unknown = [name for name in split_names(names) if name not in get_args(EditionName)]
        if unknown:
            raise ValueError(f"{unknown[0]!r} is no edition; there are {', '.join(get_args(EditionName))}")
        return names

    @field_validator("listed_at")
    @classmethod
    def _directories(cls, listed: str) -> str:
        for entry in split_names(listed):
            _directory(entry)
        return listed

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
    def edition_names(self) -> tuple[EditionName, ...]:
        """`editions`, one by one."""
        return cast("tuple[EditionName, ...]", split_names(self.editions))

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
        files = _Files(settings_cls)
        return init_settings, env_settings, files, TomlConfigSettingsSource(settings_cls, toml_file=toml)

    @property
    def voices_of_authors(self) -> dict[str, str]:
        """`author_voices`: voice ids by slug or name in small letters."""
        pairs = (entry.rpartition("=") for entry in split_names(self.author_voices))
        return {who.strip().casefold(): voice.strip() for who, _, voice in pairs}

    @property
    def weights_folder(self) -> Path:
        return (self.weights or self.home / "weights").resolve()

    @property
    def child_memory_bytes(self) -> int:
        """`child_memory_gb` in bytes; 0 is no limit."""
        return int(self.child_memory_gb * 1_000_000_000)

    @property
    def sql_url(self) -> str:
        """The database's address, its password in it. Raises BadSetting for a password that belongs to nobody."""
        if self.database_password is None:
            return self.database_url or f"sqlite:///{self.home.resolve() / 'narrate.db'}"
        head, _, place = (self.database_url or "").rpartition("@")
        if ":" in head.partition("://")[2] or not head or not place:
            raise BadSetting(
                "database_password is for a database_url that names who signs in and no password, like "
                "postgresql://USER@HOST/DATABASE. Set that, or leave the password out."
            )
        return f"{head}:{quote(self.database_password.get_secret_value(), safe='')}@{place}"


def listed_at(settings: Settings) -> tuple[tuple[str, str], ...]:
    """The directories of the setting `listed_at`: (name, address). Raises ValueError for what is neither."""
    return tuple(_directory(entry) for entry in split_names(settings.listed_at))


def _directory(entry: str) -> tuple[str, str]:
    name, _, url = (part.strip() for part in entry.partition("="))
    if not name or not re.fullmatch(r"https?://[!-~]+", url):
        raise ValueError(
            f"{entry!r} isn't a directory's name and address, like Spotify=https://open.spotify.com/show/ID"
        )
    return name, url


def split_names(listed: str) -> tuple[str, ...]:
    """A setting that lists names -> the names: "rationality, hpmor" -> ("rationality", "hpmor")."""
    return tuple(name.strip() for name in listed.split(",") if name.strip())


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


def check_reach(settings: Settings, host: str) -> None:
    """Raise BadSetting where others could reach the service and everything would cross the net in the open.

    Sign-in links and cookies are secrets: whoever listens beyond this machine is behind TLS, or says that it's fine.
    """
    if settings.insecure or _is_loopback(host):
        return
    if settings.public_url.startswith("https:"):
        return
    raise BadSetting(
        f"The service would listen on {host} for everyone, and its public address, {settings.public_url}, has no TLS. "
        "Set NARRATE_PUBLIC_URL to the https:// address of the proxy in front of it; or NARRATE_INSECURE=true where "
        "only those you trust can reach it; or listen on 127.0.0.1."
    )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


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
