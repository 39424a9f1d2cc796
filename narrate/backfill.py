"""A forum's archive -> the queue, behind everything that anybody found, asked or voted for.

First the archive is listed, politely and page by page into a file of the data folder, so that a listing that breaks off
goes on where it was. Then what is wanted becomes rows. Both may be done again at any time: a post is one row.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from narrate import choose
from narrate.choose import Lane
from narrate.records import Candidate, PostKey
from narrate.settings import Settings
from narrate.sources import Sources
from narrate.store import Store, candidates, machine
from narrate.store.audit import OPERATOR, note

#: What an hour of audio takes for good: its MP3 (96 kb/s) and its takes (16 bits at 24 kHz).
DISK_BYTES_AN_HOUR = 3600 * (96_000 // 8 + 2 * 24_000)

_ROWS_AT_ONCE = 50
_NO_END = 1_000_000
#: A whole listing is as good as new for so long, a part of one is gone on with for so long.
_WHOLE_FOR, _PART_FOR = timedelta(days=1), timedelta(days=7)
_PACE_OF = timedelta(days=30)
_LEAST_BUSY = timedelta(minutes=10)  # at work; what is shorter says nothing about the pace

_CANDIDATE: TypeAdapter[Candidate] = TypeAdapter(Candidate)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which part of an archive. `since` is inclusive, `until` exclusive; `lane` None is both."""

    forum: str
    since: datetime
    until: datetime
    min_karma: int
    lane: Lane | None = None
    budget_hours: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a backfill would do: `chosen`, in the order of their worth, of `n_listed`; why the others aren't."""

    n_listed: int
    chosen: tuple[Candidate, ...]
    left_out: Mapping[str, int]

    @property
    def audio_hours(self) -> float:
        return sum(choose.minutes_of(candidate.word_count) for candidate in self.chosen) / 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What it takes. `work_hours` and `price` are None while too little was narrated here to tell."""

    disk_bytes: int
    work_hours: float | None
    price: float | None


def survey(
    sources: Sources, store: Store, settings: Settings, wanted: Wanted, at: datetime, on_post: Callable[[int], None]
) -> Plan:
    """List the archive and choose from it. Nothing is queued. `on_post` is told how many posts were listed so far.

    Raises ForumUnavailable or ForumProtocol; what was listed by then is kept for the next time.
    """
    listed = []
    for candidate in _listing(sources, settings.home / "backfill", wanted, at):
        listed.append(candidate)
        on_post(len(listed))
    left_out: Counter[str] = Counter()
    fit = []
    with store.begin() as session:
        known = candidates.settled(session, [candidate.key for candidate in listed])
    for candidate in listed:
        if why := _why_not(candidate, wanted, settings, at, known):
            left_out[why] += 1
        else:
            fit.append(candidate)
    fit.sort(key=lambda candidate: (-_worth(candidate, at), candidate.key))
    chosen, n_beyond = _within(fit, wanted.budget_hours)
    if n_beyond:
        left_out[f"beyond {wanted.budget_hours:g} hours"] = n_beyond
    return Plan(n_listed=len(listed), chosen=tuple(chosen), left_out=dict(left_out.most_common()))


def needs(store: Store, settings: Settings, audio_hours: float, at: datetime) -> Needs:
    """What so much audio takes here, by the pace of the last thirty days."""
    with store.begin() as session:
        busy_ms = machine.busy_ms(session, (at - _PACE_OF).astimezone(UTC).date())
        audio_ms = machine.audio_ms(session, at - _PACE_OF)
    is_known = timedelta(milliseconds=busy_ms) >= _LEAST_BUSY and audio_ms > 0
    work_hours = audio_hours * busy_ms / audio_ms if is_known else None
    price = work_hours * settings.price_per_machine_hour if work_hours and settings.price_per_machine_hour else None
    return Needs(disk_bytes=round(audio_hours * DISK_BYTES_AN_HOUR), work_hours=work_hours, price=price)


def enqueue(
    store: Store, settings: Settings, plan: Plan, wanted: Wanted, at: datetime, on_post: Callable[[int], None]
) -> int:
    """Put what was chosen into the queue; how many wait there now because of it. Twice is once."""
    n_queued = 0
    for start in range(0, len(plan.chosen), _ROWS_AT_ONCE):
        with store.begin() as session:
            # in one order for all who write to the queue
            for candidate in sorted(plan.chosen[start : start + _ROWS_AT_ONCE], key=lambda candidate: candidate.key):
                n_queued += candidates.note_archived(session, candidate, at, settings)
        on_post(min(start + _ROWS_AT_ONCE, len(plan.chosen)))
    with store.begin() as session:
        asked = {"since": f"{wanted.since:%Y-%m-%d}", "until": f"{wanted.until:%Y-%m-%d}", "karma": wanted.min_karma}
        note(session, at, OPERATOR, "backfill", "queue", {**asked, "forum": wanted.forum, "queued": n_queued})
    return n_queued


def _why_not(
    candidate: Candidate, wanted: Wanted, settings: Settings, at: datetime, known: Mapping[PostKey, str]
) -> str | None:
    """Why a post of the archive isn't queued, in words that many share; None when it is."""
    if wanted.lane and choose.lane_of(candidate.posted_at, at, settings) != wanted.lane:
        return "in the other lane"
    if candidate.key in known:
        return known[candidate.key]
    why = choose.refusal(candidate, settings, asked_for=False)
    return "stubs" if why and "stub" in why else why


def _worth(candidate: Candidate, at: datetime) -> float:
    """The order in which they will be read while nobody votes."""
    base = choose.base_of(candidate, at, None)
    return choose.rank(base=base, votes=0.0, minutes=choose.minutes_of(candidate.word_count), queued_at=at)


def _within(fit: Sequence[Candidate], budget_hours: float | None) -> tuple[list[Candidate], int]:
    """(the first that fit into the budget, how many don't)."""
    if budget_hours is None:
        return list(fit), 0
    left, chosen = budget_hours * 60, []
    for candidate in fit:
        minutes = choose.minutes_of(candidate.word_count)
        if minutes <= left:
            left -= minutes
            chosen.append(candidate)
    return chosen, len(fit) - len(chosen)


def _listing(sources: Sources, folder: Path, wanted: Wanted, at: datetime) -> Iterator[Candidate]:
    """The archive's posts, oldest first: from the file of an earlier listing as far as it goes, then from the forum."""
    asked = {"forum": wanted.forum, "since": wanted.since.isoformat(), "until": wanted.until.isoformat()}
    asked["karma"] = str(wanted.min_karma)
    digest = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
    path = folder / f"{digest[:16]}.jsonl"
    folder.mkdir(parents=True, exist_ok=True)
    seen: dict[PostKey, Candidate] = {}
    is_whole, mended = _read(path, seen, at)
    yield from seen.values()
    if is_whole:
        return
    after = max((candidate.posted_at for candidate in seen.values()), default=wanted.since)
    path.write_text(mended, encoding="utf-8")
    with path.open("a", encoding="utf-8") as file:
        terms = {"karmaThreshold": wanted.min_karma} if wanted.min_karma > 0 else {}
        for candidate in sources.candidates(wanted.forum, "old", after, wanted.until, _NO_END, terms):
            if candidate.key not in seen:
                seen[candidate.key] = candidate
                file.write(_CANDIDATE.dump_json(candidate).decode() + "\n")
                yield candidate
        file.write("whole\n")


def _read(path: Path, seen: dict[PostKey, Candidate], at: datetime) -> tuple[bool, str]:
    """Take in a file of an earlier listing. (is it whole, the lines of it that are)."""
    try:
        age = at - datetime.fromtimestamp(path.stat().st_mtime, UTC)
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return False, ""
    is_whole = lines[-1:] == ["whole"]
    if age > (_WHOLE_FOR if is_whole else _PART_FOR):
        return False, ""
    mended = []
    for line in lines[: len(lines) - is_whole]:
        try:
            candidate = _CANDIDATE.validate_json(line)
        except ValidationError:
            break  # the machine went down while it was written
        seen[candidate.key] = candidate
        mended.append(f"{line}\n")
    return is_whole, "".join(mended)


def as_dict(plan: Plan, needed: Needs) -> dict[str, object]:
    """For programs."""
    counts = {"listed": plan.n_listed, "posts": len(plan.chosen), "audio_hours": round(plan.audio_hours, 2)}
    return {**counts, "left_out": dict(plan.left_out), **asdict(needed)}
