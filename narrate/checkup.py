"""Settings -> findings: what is there, what is missing, what to do about it. Nothing is changed."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from typing import Any

import voices
from narrate import limits
from narrate.audio.encode import find_ffmpeg
from narrate.company import tell_voices
from narrate.errors import NarrateError
from narrate.mail import smtp_server
from narrate.settings import Settings
from narrate.standing import folder_bytes, gather
from narrate.store import open_files, open_store
from narrate.store.files import open_site_files, reach
from voices.neural.gpu import find_gpu
from voices.neural.placing import place, why_unusable

_LEAST_FREE_BYTES = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`needed`: without it nothing can be narrated. `todo` is empty when all is well."""

    what: str
    found: str
    ok: bool = True
    needed: bool = True
    todo: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def check_up(settings: Settings) -> list[Finding]:
    """Look at everything a first narration needs, and at what would make it better."""
    tell_voices(settings)
    return [
        Finding(what="Python", found=sys.version.split()[0]),
        _ffmpeg(),
        _voice(settings),
        *_gpu(),
        *_other_voices(),
        *_home(settings),
        *_limits(settings),
        *_outside(settings),
        *_cluster(settings),
        _address(settings),
        _mail(settings),
    ]


def _ffmpeg() -> Finding:
    try:
        return Finding(what="ffmpeg", found=str(find_ffmpeg()))
    except NarrateError as error:
        return Finding(what="ffmpeg", found="none", ok=False, todo=str(error))


def _voice(settings: Settings) -> Finding:
    try:
        voice = voices.best() if settings.voice == "auto" else voices.find(settings.voice)
        missing = voices.why_unavailable(voice)
    except voices.VoiceError as error:
        return Finding(what="voice", found=settings.voice, ok=False, todo=str(error))
    if missing:
        return Finding(what="voice", found=voice.id, ok=False, todo=missing)
    return Finding(what="voice", found=f"{voice.id} ({voice.title}; {voice.licence})")


def _gpu() -> Iterator[Finding]:
    """The GPU, where there is one or a voice that wants one, and whether torch can use it."""
    gpu, placing = find_gpu(), place()
    if gpu is None:
        if find_spec("torch") is not None:
            todo = "It is let into a container by docker run --gpus all."
            yield Finding(
                what="GPU", found="none; neural voices speak on the processor", ok=False, needed=False, todo=todo
            )
        return
    name = f"{gpu.name}, {gpu.memory_bytes / 1e9:.0f} GB, CUDA {'.'.join(map(str, gpu.cuda))}"
    todo = why_unusable(placing) or ""
    if placing.gpu is None:
        todo = "Install narrate[kokoro] with a torch built for CUDA: neural voices speak on it."
    found = name if todo else f"{name}; neural voices use it, in {placing.precision}"
    yield Finding(what="GPU", found=found, ok=not todo, needed=False, todo=todo)


def _other_voices() -> Iterator[Finding]:
    for engine in sorted({voice.engine for voice in voices.catalogue()}):
        first = next(voice for voice in voices.catalogue() if voice.engine == engine)
        missing = voices.why_unavailable(first)
        yield Finding(
            what=f"engine {engine}", found="missing" if missing else "ready", ok=not missing, needed=False,
            todo=missing or "",
        )  # fmt: skip


def _home(settings: Settings) -> Iterator[Finding]:
    home = settings.home.resolve()
    try:
        open_store(settings.sql_url).close()
        yield Finding(what="database", found=settings.sql_url.rpartition("@")[2])
    except NarrateError as error:
        yield Finding(what="database", found="can't be opened", ok=False, todo=str(error))
        return
    try:
        reach(open_files(settings.files_url, settings.home))
        yield Finding(what="files", found=settings.files_url or str(home), ok=os.access(home, os.W_OK))
    except NarrateError as error:
        yield Finding(what="files", found="can't be opened", ok=False, todo=str(error))
        return
    if settings.site_url is not None:
        try:
            reach(open_site_files(settings.site_url, settings.home))
            yield Finding(what="site", found=settings.site_url)
        except NarrateError as error:
            yield Finding(what="site", found="can't be opened", ok=False, todo=str(error))
    free = shutil.disk_usage(home).free
    enough = free >= _LEAST_FREE_BYTES
    todo = "" if enough else "An hour of audio wants about 200 MB; free some room."
    yield Finding(what="disk", found=f"{free / 1e9:.1f} GB free", ok=enough, todo=todo)


def _limits(settings: Settings) -> Iterator[Finding]:
    """The standing limits, and whether one is reached."""
    hours, folder = settings.max_audio_hours_a_day, settings.max_home_gb
    found = f"{hours:g} hours of audio a day" if hours else "any number of hours a day"
    found += f", {folder:g} GB in the data folder" if folder else ""
    found += f", {settings.min_free_gb:g} GB stay free on its disk"
    if settings.price_per_machine_hour:
        found += f"; an hour at work costs {settings.price_per_machine_hour:g} {settings.price_currency}"
    try:
        store = open_store(settings.sql_url)
    except NarrateError:
        return  # told already
    now = datetime.now(UTC)
    home_bytes = folder_bytes(settings.home) if folder else None
    reached = limits.may_work(now, gather(settings, store, now, home_bytes), settings)
    store.close()
    todo = f"{reached[0].upper()}{reached[1:]}." if reached else ""
    yield Finding(what="limits", found=found, ok=reached is None, needed=False, todo=todo)


def _outside(settings: Settings) -> Iterator[Finding]:
    """Whether the pages of allowed sites can be read, where there are any."""
    if settings.outside_hosts:
        missing = [name for name in ("readability", "trafilatura") if find_spec(name) is None]
        todo = "Install narrate[pages] to read more than Substack, WordPress and arXiv." if missing else ""
        yield Finding(
            what="outside pages", found=", ".join(settings.outside_hosts), ok=not missing, needed=False, todo=todo
        )


def _cluster(settings: Settings) -> Iterator[Finding]:
    """Whether the head of the cluster that shall speak answers, where there is to be one."""
    if settings.runner != "ray":
        return
    todo = ""
    if find_spec("ray") is None:
        todo = "Install narrate with the extra cluster."
    elif settings.ray_address is None:
        todo = "Set NARRATE_RAY_ADDRESS to the head's host:port."
    else:
        host, _, port = settings.ray_address.rpartition(":")
        try:
            socket.create_connection((host, int(port)), timeout=5).close()
        except OSError as error:
            todo = f"Nothing answers there ({error}). Start the cluster's head, or correct NARRATE_RAY_ADDRESS."
    yield Finding(what="cluster", found=settings.ray_address or "no address", ok=not todo, todo=todo)


def _address(settings: Settings) -> Finding:
    local = "127.0.0.1" in settings.public_url or "localhost" in settings.public_url
    todo = "Set NARRATE_PUBLIC_URL to the address that listeners reach." if local else ""
    return Finding(what="public address", found=settings.public_url, ok=not local, needed=False, todo=todo)


def _mail(settings: Settings) -> Finding:
    server = smtp_server(settings)
    if server is None:
        public = settings.public_url.startswith("https:")
        todo = "Set NARRATE_SMTP_HOST: until then nobody but you can sign in." if public else ""
        outbox = settings.home.resolve() / "outbox"
        return Finding(what="mail", found=f"files in {outbox}", ok=not public, needed=False, todo=todo)
    try:
        server.check()
    except NarrateError as error:
        return Finding(what="mail", found=f"{settings.smtp_host}", ok=False, needed=False, todo=str(error))
    return Finding(what="mail", found=f"{settings.smtp_host}:{settings.smtp_port}")
