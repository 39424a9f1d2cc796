"""No voice is cloned from a person without their written word: a file beside the reference sound.

Beside `anna.wav` stands `anna.wav.consent.toml`:

    voice_of = "Anna Example"                   # whose voice it is
    purpose = "Reading posts in the podcast X"  # what for
    agreed_on = 2026-03-01                      # when they said so
    until = 2028-02-29                          # to the end of this day (UTC); there is no consent for ever
    contact = "anna@example.org"                # how they can take it back
    sound_sha256 = "…"                          # of anna.wav: the word is on this recording and no other

A voice without it, or after its day, can't speak. Delete the file and it stops the same moment.
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from voices.engine import NoConsent

if TYPE_CHECKING:
    from voices.catalogue import Voice


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What a person allowed."""

    voice_of: str
    purpose: str
    agreed_on: date
    until: date
    contact: str
    sound_sha256: str


def consent_path(voice: Voice) -> Path:
    """Where a cloned voice's consent has to be."""
    return Path(f"{voice.reference}.consent.toml")


def consent_of(voice: Voice, today: date | None = None) -> Consent:
    """The consent that a cloned voice stands on. Raises NoConsent where there is none that holds today."""
    path = consent_path(voice)
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8"))
        consent = Consent(**written)
    except FileNotFoundError:
        raise NoConsent(
            f"{voice.id!r} is made from a person's voice, and {path} isn't there; it says who agreed to what and until "
            "when: docs/extend.md has its form"
        ) from None
    except (OSError, ValueError, TypeError) as cause:
        raise NoConsent(f"{path} isn't a consent as docs/extend.md describes it ({cause}); correct it") from cause
    for name, kind in (("agreed_on", date), ("until", date)):
        if not isinstance(getattr(consent, name), kind) or isinstance(getattr(consent, name), datetime):
            raise NoConsent(f"{path}: {name} must be a day, like 2028-02-29; correct it")
    if any(not isinstance(v, str) or not v.strip() for v in (consent.voice_of, consent.purpose, consent.contact)):
        raise NoConsent(f"{path}: voice_of, purpose and contact must say something; correct it")
    today = today or datetime.now(UTC).date()
    if not consent.agreed_on <= today <= consent.until:
        raise NoConsent(
            f"{consent.voice_of} allowed {voice.id!r} from {consent.agreed_on} until {consent.until}, and today is "
            f"{today}; ask again, or take another voice"
        )
    sound = Path(voice.reference)
    if not sound.is_file():
        raise NoConsent(f"the reference sound {sound} of {voice.id!r} isn't there; put it back, or correct the voice")
    if digest_of(sound) != consent.sound_sha256:
        raise NoConsent(f"{path} is about another recording than {sound} (sound_sha256 differs); ask about this one")
    return consent


def digest_of(sound: Path) -> str:
    """SHA-256 of a reference sound, 64 hex."""
    return hashlib.sha256(sound.read_bytes()).hexdigest()


def why_refused(voice: Voice) -> str | None:
    """Why a cloned voice may not speak; None when it may, or isn't cloned."""
    if not voice.reference:
        return None
    try:
        consent_of(voice)
    except NoConsent as refused:
        return str(refused)
    return None
