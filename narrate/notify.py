"""Who is to be told of what -> the mails that tell them, each with a way out that takes one click (RFC 8058)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from narrate.mail import Message
from narrate.pages import byline
from narrate.seals import Seals
from narrate.store.notices import Notice

#: The hour (UTC) at which the daily mail leaves.
DIGEST_HOUR = 7
_PURPOSE = "unsubscribe"


def message(notices: Sequence[Notice], *, show_title: str, public_url: str, seals: Seals) -> Message:
    """One mail to the one member whom all these notices are for."""
    first = notices[0]
    leave_url = f"{public_url}/unsubscribe/{unsubscribe_code(seals, first.member_id)}"
    subject = f"Now to hear: {first.title}" if len(notices) == 1 else f"Now to hear: {len(notices)} posts you asked for"
    return Message(
        to=first.email,
        subject=subject,
        text=_text(notices, show_title, public_url, leave_url),
        headers={
            "List-Unsubscribe": f"<{leave_url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "List-Id": f"<ready.{urlsplit(public_url).hostname or 'localhost'}>",
        },
    )


def digest_before(at: datetime) -> datetime:
    """The last time a daily mail was due: what is older than that belongs into it."""
    due = at.replace(hour=DIGEST_HOUR, minute=0, second=0, microsecond=0)
    return due if due <= at else due - timedelta(days=1)


def unsubscribe_code(seals: Seals, member_id: str) -> str:
    """What stands at the end of a member's way out; nobody can make another's."""
    return f"{member_id}.{seals.seal(_PURPOSE, member_id)}"


def may_unsubscribe(seals: Seals, code: str) -> str | None:
    """Whose way out this is, None when it isn't one of ours."""
    member_id, _, seal = code.partition(".")
    return member_id if seals.is_sealed(_PURPOSE, member_id, seal) else None


def _text(notices: Sequence[Notice], show_title: str, public_url: str, leave_url: str) -> str:
    asked = (
        "A post you asked or voted for can be heard"
        if len(notices) == 1
        else "Posts you asked or voted for can be heard"
    )
    told = "\n\n".join(_told(notice, public_url) for notice in notices)
    return (
        f"{asked} on {show_title}:\n\n{told}\n\n"
        "It is in your private feed, too; its address is on your account page:\n"
        f"{public_url}/account\n\n-- \nNo more mails of this kind: {leave_url}\n"
    )


def _told(notice: Notice, public_url: str) -> str:
    title = " ".join(notice.title.split())
    names = byline([author.name for author in notice.authors])
    place = "/account" if notice.is_sequence else f"/episodes/{notice.key}"
    return f"{title}\nby {names}\n{public_url}{place}"
