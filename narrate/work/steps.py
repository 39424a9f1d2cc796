"""What is done with a flight at each stage, one function a step. The crew says when, and in which thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.orm import Session

from narrate import limits
from narrate.audio import perform
from narrate.errors import JobCancelled, PostMissing
from narrate.home import Home
from narrate.pipeline import Narrated
from narrate.records import Post
from narrate.store import jobs, turns
from narrate.store.posts import load_post
from narrate.store.releases import release_finished
from narrate.store.sites import MAIN, add_publication, sites_of, stale_sites
from narrate.work.flight import Flight
from narrate.work.pieces import Order, hear_again, make_files, write_script
from narrate.work.sites import Sites
from narrate.work.workshop import Workshop

#: What a child may take for a minute of audio beside its deadline; a recogniser needs half of it.
_ENCODE_S_A_MINUTE, _EAR_S_A_MINUTE = 60.0, 120.0


def kept_post(home: Home, flight: Flight) -> Post | None:
    """The post as it was read last, for what is spoken again and what no forum has; None when a forum is to be asked.

    Raises PostMissing.
    """
    is_file = flight.key.source not in {forum.source for forum in home.sources.forums.values()}
    if flight.job.kind != "revoice" and not is_file:
        return None
    with home.store.begin() as session:
        post = load_post(session, flight.key)
    if post is None and is_file:
        raise PostMissing(f"{flight.key} was made from a file: give that to narrate episode again.")
    return post


def write(home: Home, desk: Workshop, deadline_s: float, flight: Flight, post: Post) -> None:
    """Post -> script -> the request for its takes. An episode keeps its voice unless the job names another."""
    settings = home.settings
    limits.check_post(post, settings)
    script = limits.check_script(desk.run(deadline_s, write_script, post, settings), settings)
    flight.post, flight.known = post, home.known(post.key)
    company = home.company(post, flight.job.voice_id)
    flight.voice = company.voice
    flight.speaking = perform.Job(script=script, casting=company.cast(script.voice_roles))
    flight.request = perform.request_of(flight.speaking)


def encode_s(home: Home, flight: Flight) -> float:
    """How long a performance may take until it is files, beside the deadlines."""
    return flight.minutes * (_ENCODE_S_A_MINUTE + (_EAR_S_A_MINUTE if home.settings.check_by_ear else 0.0))


def encode(
    home: Home, press: Workshop, deadline_s: float, flight: Flight, performance: perform.Performance, scratch: Path
) -> Narrated:
    """Performance -> the episode's files. Hearing and encoding each have `deadline_s`, and more by its length."""
    assert flight.post is not None
    assert flight.voice is not None
    assert flight.speaking is not None
    script = flight.speaking.script
    if home.settings.check_by_ear:
        patience_s = deadline_s + flight.minutes * _EAR_S_A_MINUTE
        performance = press.run(patience_s, hear_again, performance, flight.speaking, home.settings)
    order = Order(
        post=flight.post, script=script, performance=performance, voice=flight.voice, known=flight.known,
        known_script=home.known_script(flight.post.key) if flight.known else None, scratch=scratch,
    )  # fmt: skip
    patience_s = deadline_s + flight.minutes * _ENCODE_S_A_MINUTE
    produced = press.run(patience_s, make_files, order, home.settings)
    return Narrated(asked=str(flight.key), post=flight.post, script=script, performance=performance, produced=produced)


def keep(home: Home, flight: Flight, narrated: Narrated) -> None:
    """Files -> every row of the episode, and with them the job's next stage. Raises JobCancelled, PostWithdrawn."""
    key = narrated.post.key

    def also(session: Session) -> None:
        now = datetime.now(UTC)
        if flight.is_dropped or not jobs.are_working(session, [flight.key]):
            raise JobCancelled(f"{flight.key} was cancelled while it was narrated.")
        if flight.job.kind == "narrate":
            release_finished(session, key, now, home.settings)
            add_publication(session, MAIN, key, now)
        jobs.enter(session, flight.key, "publishing", now)

    outcome = home.keep(narrated, also)
    if not isinstance(outcome, Narrated):
        raise outcome.error


def publish(home: Home, sites: Sites, batch: Sequence[Flight], on_try: Callable[[float], None]) -> None:
    """Bring every site up to date that the batch's episodes stand on, then end their jobs. Raises as Sites.write."""
    keys = [flight.post.key if flight.post else flight.key for flight in batch]
    with home.store.begin() as session:
        names = set(sites_of(session, keys))
        if any(flight.post is None for flight in batch):  # kept by an earlier try, a crosspost under its other key
            names.update(stale_sites(session))
    for name in sorted(names):
        if name == MAIN or home.publishing.is_there(name):
            sites.write(name, on_try)
    with home.store.begin() as session:
        working = jobs.are_working(session, [flight.key for flight in batch])
        for flight in batch:
            if flight.key in working:
                turns.finish(session, flight.key)
