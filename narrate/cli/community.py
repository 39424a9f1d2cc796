"""`narrate fetch`, `queue`, `submit`, `vote`: the queue from a shell. Whoever sits here is the operator."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from narrate.home import Home
    from narrate.records import PostKey
    from narrate.store.lineup import Entry


def fetch(as_json: bool = typer.Option(False, "--json", help="One JSON object a forum.")) -> None:
    """Look for posts now: nominated, curated, upvoted ones, and the best of past years. Twice finds nothing twice.

    Example: narrate fetch
    """
    from datetime import UTC, datetime

    from rich.console import Console

    from narrate.cli import tell
    from narrate.finding import find
    from narrate.home import open_home
    from narrate.settings import read_settings

    console = Console(stderr=True)
    with open_home(read_settings()) as home, console.status("looking") as status:
        polls = find(home.sources, home.store, home.settings, datetime.now(UTC), lambda step: status.update(step))
    code = 0
    for poll in polls:
        if as_json:
            error = str(poll.error) if poll.error else None
            counts = {"seen": poll.n_seen, "found": poll.n_found, "gone": poll.n_gone}
            print(json.dumps({"forum": poll.forum, **counts, "error": error}, ensure_ascii=False))
        else:
            print(f"{poll.forum}: {poll.n_seen} posts seen, {poll.n_found} of them found, {poll.n_gone} gone")
        if poll.error:
            code = max(code, tell(poll.error))
    raise typer.Exit(code)


def show_queue(
    context: typer.Context,
    lane: str = typer.Option("both", "--lane", help="recent, classic or both."),
    limit: int = typer.Option(20, "--limit", min=1, max=100_000, help="At most so many posts of a lane."),
    state: str = typer.Option("waiting", "--state", help="waiting, held, taken, done, refused or removed."),
    as_json: bool = typer.Option(False, "--json", help="One JSON object a post."),
) -> None:
    """Show what is narrated next, lane by lane, and why; or what is held or refused, and why.

    Example: narrate queue --lane classic
    """
    if context.invoked_subcommand is not None:
        return
    from narrate.choose import LANES
    from narrate.errors import UsageError
    from narrate.home import open_home
    from narrate.settings import read_settings
    from narrate.store import lineup

    states = ("waiting", "held", "taken", "done", "refused", "removed")
    if lane not in (*LANES, "both") or state not in states:
        raise UsageError(f"There are the lanes {', '.join(LANES)} and both, and the states {', '.join(states)}.")
    with open_home(read_settings()) as home:
        for name in LANES if lane == "both" else (lane,):
            with home.store.begin() as session:
                entries, _ = lineup.page(session, name, None, limit, state)  # type: ignore[arg-type]  # checked above
            if not as_json:
                print(f"{name} ({state}):" + ("" if entries else " nothing"))
            for place, entry in enumerate(entries, 1):
                shown = {"position": place, **_as_dict(entry)} if as_json else None
                print(json.dumps(shown, ensure_ascii=False) if shown else _as_lines(place, entry))


def submit(
    sources: list[str] = typer.Argument(..., metavar="URL...", help="Post address, id or key."),
) -> None:
    """Ask for posts, or a sequence's, to be narrated. Asking twice for one post is asking once.

    Example: narrate submit https://www.lesswrong.com/posts/ID/slug
    """
    from datetime import UTC, datetime

    from narrate.cli import tell
    from narrate.finding import submit as ask
    from narrate.home import open_home
    from narrate.settings import read_settings

    code = 0
    with open_home(read_settings()) as home:
        for source in sources:
            try:
                submitted = ask(home.sources, home.store, home.settings, source, None, datetime.now(UTC))
                print(_outcome(home, submitted.entry, submitted.new))
            except Exception as error:  # one bad address doesn't stop the rest
                code = max(code, tell(error))
    raise typer.Exit(code)


def vote(
    key: str = typer.Argument(..., metavar="KEY", help="A post's key, lesswrong:ID."),
    n: int = typer.Argument(1, metavar="[N]", min=0, max=10, help="Votes on this post, 0 to 10; they cost N² points."),
    voter: str | None = typer.Option(None, "--as", metavar="E-MAIL", help="The member who votes; default: operator."),
) -> None:
    """Vote for a post in the queue. It has then exactly N votes of this voter; 0 takes them back.

    Example: narrate vote lesswrong:ID 3 --as ada@example.org
    """
    from datetime import UTC, datetime

    from narrate.home import open_home
    from narrate.settings import read_settings
    from narrate.store import votes

    post = parse_key(key)
    with open_home(read_settings()) as home:
        member_id, weight = _voter(home, voter)
        with home.store.begin() as session:
            budget = votes.cast(session, member_id, post, n, datetime.now(UTC), weight)
    print(f"{post}: {n} votes; {budget.points_left} points left until {budget.week_ends:%d %B}")


def parse_key(key: str) -> PostKey:
    """A key as typed. Raises UsageError."""
    from narrate.errors import UsageError
    from narrate.records import PostKey

    try:
        return PostKey.parse(key)
    except ValueError as error:
        raise UsageError(f"{error}. `narrate queue` shows the keys.") from error


def _voter(home: Home, email: str | None) -> tuple[str, float]:
    """(whose vote it is, what each of their votes counts)."""
    from narrate.errors import UsageError
    from narrate.mail.addresses import parse_address
    from narrate.store import members
    from narrate.store.audit import OPERATOR

    if email is None:
        return OPERATOR, 1.0
    with home.store.begin() as session:
        member = members.find_by_email(session, parse_address(email).folded)
    if member is None:
        raise UsageError(f"No member has the address {email}. `narrate member token {email}` makes one.")
    return member.id, home.settings.verified_vote_weight if member.lesswrong_id else 1.0


def _outcome(home: Home, entry: Entry, new: bool) -> str:
    """What became of a submission, in one line. Raises PostRefused or PostWithdrawn."""
    from narrate.errors import PostRefused, PostWithdrawn
    from narrate.store import lineup

    if entry.state in ("refused", "removed"):
        see = f" Hear it at {entry.elsewhere_url}." if entry.elsewhere_url else ""
        raise PostRefused(
            f"{entry.key} isn't narrated: {entry.reason}.{see}", reason=entry.reason or "", see=entry.elsewhere_url
        )
    if entry.state == "withdrawn":
        raise PostWithdrawn(f"{entry.key} was withdrawn for good: {entry.reason}.", reason=entry.reason or "")
    if entry.state == "waiting":
        with home.store.begin() as session:
            place = lineup.position(session, entry.key)
        return f"{entry.key}: {'queued' if new else 'asked for already'}, number {place} of {entry.lane} posts"
    told = {
        "held": f"held: {entry.reason}",
        "taken": "being narrated",
        "done": "narrated already",
    }
    return f"{entry.key}: {told[entry.state]}"


def _as_dict(entry: Entry) -> dict[str, object]:
    return {
        "key": str(entry.key),
        "url": entry.url,
        "title": entry.title,
        "authors": [author.name for author in entry.authors],
        "site": entry.site,
        "lane": entry.lane,
        "state": entry.state,
        "reason": entry.reason,
        "why": list(entry.why),
        "audio_elsewhere": entry.audio_elsewhere,
        "see": entry.elsewhere_url,
        "karma": entry.karma,
        "minutes": entry.minutes,
        "votes": entry.votes,
        "rank": entry.rank,
        "queued_at": entry.queued_at.isoformat(),
        "posted_at": entry.posted_at.isoformat(),
    }


def _as_lines(place: int, entry: Entry) -> str:
    names = ", ".join(author.name for author in entry.authors)
    why = "; ".join(entry.why) if entry.state == "waiting" else entry.reason or "; ".join(entry.why)
    return (
        f"{place:4}. {entry.title}, by {names}\n      {entry.key}, {entry.minutes:g} min, {entry.votes:g} votes: {why}"
    )
