"""A post's address -> what would become of it if it were submitted, without submitting it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy.orm import Session

from narrate import choose
from narrate.choose import Elsewhere, Lane
from narrate.records import Candidate, PostKey
from narrate.settings import Settings
from narrate.store import lineup
from narrate.store.candidates import twin_elsewhere
from narrate.store.consents import objection
from narrate.store.lineup import Entry, EntryState
from narrate.store.withdrawals import is_withdrawn


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """`state` is "new" for what would come into the queue. `key` is the entry it is or would be joined to."""

    key: PostKey
    candidate: Candidate
    state: EntryState | Literal["new"]
    reason: str | None
    see: str | None
    lane: Lane
    minutes: float
    audio_elsewhere: Elsewhere
    note: str | None
    entry: Entry | None
    place: int

    @property
    def may_submit(self) -> bool:
        return self.state in ("new", "waiting", "held")


def look(session: Session, candidate: Candidate, settings: Settings, at: datetime) -> Preview:
    """What the queue would say to this post now."""
    entry = _known(session, candidate)
    key = entry.key if entry else candidate.key
    state, reason = _state(session, candidate, entry, settings)
    elsewhere, note = choose.audio_elsewhere(candidate)
    return Preview(
        key=key,
        candidate=candidate,
        state=state,
        reason=reason,
        see=candidate.recording_url if state == "refused" else None,
        lane=entry.lane if entry else choose.lane_of(candidate.posted_at, at, settings),
        minutes=entry.minutes if entry else choose.minutes_of(candidate.word_count),
        audio_elsewhere=elsewhere,
        note=note,
        entry=entry,
        place=lineup.position(session, key) if entry else 0,
    )


def _known(session: Session, candidate: Candidate) -> Entry | None:
    entry = lineup.find(session, candidate.key)
    if entry is not None and entry.merged_into:
        return lineup.find(session, entry.merged_into)
    return entry or twin_elsewhere(session, candidate)


def _state(
    session: Session, candidate: Candidate, entry: Entry | None, settings: Settings
) -> tuple[EntryState | Literal["new"], str | None]:
    if reason := is_withdrawn(session, candidate.key):
        return "withdrawn", reason
    if entry is not None and entry.state != "refused":
        return entry.state, entry.reason
    if why := choose.refusal(candidate, settings, asked_for=True):
        return "refused", why
    if against := objection(session, candidate.authors, settings.consent):
        return ("refused", against[0]) if against[1] else ("new", against[0])
    return "new", None
