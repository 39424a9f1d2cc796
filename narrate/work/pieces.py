"""The pieces of work that are done in children of a workshop: reading markup, making an episode's files, publishing.

What a piece needs is imported by the child that does it: the one that reads markup never loads what draws and encodes.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from narrate.audio.perform import Job, Performance
    from narrate.produce import Produced
    from narrate.records import Episode, Post, Script
    from narrate.settings import Settings
    from voices import Voice


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A performed script, and what its episode is made with. `known` is the live episode, with its script."""

    post: Post
    script: Script
    performance: Performance
    voice: Voice
    known: Episode | None
    known_script: Script | None
    scratch: Path


def get_ready(*modules: str) -> None:
    """Load what the pieces to come need, while there is nothing to do yet."""
    for module in modules:
        importlib.import_module(module)


#: What `write_script`, `make_files` and `bring_up_to_date` need.
TO_WRITE = ("narrate.options", "narrate.script")
TO_ENCODE = ("narrate.produce", "narrate.store")
TO_PUBLISH = ("narrate.home",)


def write_script(post: Post, settings: Settings) -> Script:
    """Raises PostEmpty, BadSetting."""
    from narrate.options import read_options
    from narrate.script import write

    return write(post, read_options(settings))


def hear_again(performance: Performance, job: Job, settings: Settings) -> Performance:
    """Raises VoiceError, StorageError."""
    from narrate.clarity import hear
    from narrate.company import tell_voices
    from narrate.store import open_files

    tell_voices(settings)
    return hear(performance, job, settings, open_files(settings.files_url, settings.home))


def make_files(order: Order, settings: Settings) -> Produced:
    """Raises what `produce` raises."""
    from narrate.audio.takes import Takes
    from narrate.produce import produce
    from narrate.store import open_files

    files = open_files(settings.files_url, settings.home)
    return produce(
        order.post,
        order.script,
        order.performance,
        voice=order.voice,
        show_title=settings.show_title,
        takes=Takes(files),
        files=files,
        scratch=order.scratch,
        known=order.known,
        known_script=lambda: order.known_script,
        opus=settings.opus,
        editions=settings.edition_names,
    )


#: The data folder, open in the child that publishes again and again.
_opened: dict[str, Any] = {}


def bring_up_to_date(settings: Settings, site: str) -> None:
    """Raises what `Publishing.publish` raises."""
    from narrate.home import open_home

    if _opened.get("settings") != settings:
        _opened.update(settings=settings, home=open_home(settings))
    _opened["home"].publish(site)
