"""What operators may do, as functions that pages and API share. Every act is logged; all but one have a way back."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, get_args

from sqlalchemy.orm import Session

from narrate.errors import BadAddress, NotInQueue, UsageError
from narrate.mail import parse_address
from narrate.records import Author, PostKey
from narrate.store import consents, lineup, listings, members, sessions, switches, turns, votes
from narrate.store.audit import note
from narrate.store.members import Member
from narrate.store.withdrawals import withdraw
from narrate.web.authors import apply
from narrate.web.problems import problem
from narrate.web.service import Service

EntryAction = Literal[
    "approve", "hold", "remove", "reorder", "merge", "unmerge", "retry", "cancel", "first", "withdraw"
]
WorkAction = Literal["pause", "resume"]
MemberAction = Literal["ban", "unban", "invalidate", "validate"]
ConsentAction = Literal["confirm", "lift"]
ENTRY_ACTIONS: tuple[EntryAction, ...] = get_args(EntryAction)


def act_on_entry(
    session: Session,
    operator: Member,
    key: PostKey,
    action: EntryAction,
    reason: str,
    at: datetime,
    *,
    place: int | None = None,
    into: PostKey | None = None,
) -> None:
    """Raises what the store raises, and UsageError when the act lacks what it needs."""
    reason = _reason(reason)
    who = operator.id
    match action:
        case "approve":
            lineup.approve(session, key, who, reason, at)
        case "hold":
            lineup.hold(session, key, who, reason, at)
        case "remove":
            lineup.remove(session, key, who, reason, at)
        case "reorder":
            lineup.reorder(session, key, place, who, reason, at)
        case "merge":
            if into is None:
                raise UsageError("Say into which entry it is merged: its key.")
            lineup.merge(session, key, into, who, reason, at)
        case "unmerge":
            lineup.unmerge(session, key, who, reason, at)
        case "retry":
            lineup.retry(session, key, who, reason, at)
        case "cancel":
            turns.cancel(session, key, who, reason, at)
        case "first":
            turns.put_first(session, key, who, reason, at)
        case "withdraw":
            withdraw(session, key, reason, at, who)


def act_on_work(session: Session, operator: Member, action: WorkAction, reason: str, at: datetime) -> None:
    """Pause all work, or go on with it. The store logs it."""
    if action == "pause":
        switches.turn_on(session, switches.PAUSED, _reason(reason), operator.id, at)
    else:
        switches.turn_off(session, switches.PAUSED, operator.id, at)


def act_on_member(
    session: Session, operator: Member, member_id: str, action: MemberAction, reason: str, at: datetime
) -> None:
    """Ban or let back in, stop counting votes or count them again. Nobody bans themselves."""
    reason = _reason(reason)
    found = members.find(session, member_id)
    if found is None and action in ("ban", "unban"):
        raise problem(404, "no-such-member", "Not found", "There is no member with this id.")
    if action == "ban":
        if member_id == operator.id:
            raise UsageError("You can't ban yourself. Another operator can.")
        members.set_banned(session, member_id, True)
    elif action == "unban":
        members.set_banned(session, member_id, False)
    elif action == "invalidate":
        votes.invalidate(session, member_id, operator.id, reason, at)
        return  # the store has logged it
    else:
        votes.validate(session, member_id, operator.id, reason, at)
        return
    note(session, at, operator.id, action, member_id, {"reason": reason})


def act_on_consent(
    session: Session, service: Service, operator: Member, author: str, action: ConsentAction, reason: str, at: datetime
) -> int:
    """Confirm what an author said, or forget it; how many of their posts were withdrawn.

    Confirming an objection takes down for good what was read of them.
    """
    said = consents.find(session, author)
    if said is None:
        raise problem(404, "no-consent", "Not found", "This author hasn't said anything, or it was lifted.")
    who = _author(said)
    if action == "lift":
        consents.lift(session, author, operator.id, _reason(reason), at)
        apply(session, who, service)
        return 0
    consents.confirm(session, author, operator.id, at)
    apply(session, who, service)
    if said.may_read:
        return 0
    read, _ = listings.keys_by(session, who)
    for key in read:
        withdraw(session, key, "its author asked that their posts not be read", at, operator.id)
    return len(read)


def find_member(session: Session, text: str) -> Member | None:
    """By id or e-mail address, as typed."""
    typed = text.strip()
    if "@" not in typed:
        return members.find(session, typed)
    try:
        return members.find_by_email(session, parse_address(typed).folded)
    except BadAddress:
        return None


def voters(session: Session, key: PostKey) -> tuple[str, ...]:
    """Ids of those whose votes count, for an operator who looks for sock puppets."""
    return votes.voters_of(session, key)


def n_sessions(session: Session, member_id: str, at: datetime) -> int:
    return len(sessions.list_sessions(session, member_id, at))


def find_entry(session: Session, key: PostKey) -> lineup.Entry:
    """Raises NotInQueue."""
    entry = lineup.find(session, key)
    if entry is None:
        raise NotInQueue(f"{key} isn't in the queue.")
    return entry


def _author(said: consents.Consent) -> Author:
    """The author of a consent: its key is their page, or their name."""
    is_page = said.author.startswith(("http://", "https://"))
    return Author(name=said.name, url=said.author if is_page else None)


def _reason(text: str) -> str:
    reason = " ".join(text.split())
    if not reason:
        raise UsageError("Say why, in a few words: the log keeps it, and people are told.")
    return reason[:500]
