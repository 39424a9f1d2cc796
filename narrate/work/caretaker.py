"""What is due beside narrating: withdrawn files deleted, voters told, webhooks called. Everything due is a row.

A step that fails is tried again at the next round; the rows say what is left, also after a crash.
"""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import structlog

from feeds import FeedError
from narrate import __version__, notify
from narrate.audio.takes import Takes
from narrate.cleaning import clean
from narrate.errors import NarrateError, StoreAway, UnsafeAddress
from narrate.guarded import GuardedClient
from narrate.home import Home
from narrate.hubs import tell_hubs
from narrate.mail import Mailer, Message, open_mailer
from narrate.seals import Seals, open_seals
from narrate.store import notices, webhooks
from narrate.store.audit import SERVICE, list_notes, note
from narrate.store.files import drop
from narrate.store.search import index_missing
from narrate.store.takes import known_takes
from narrate.store.webhooks import Delivery
from narrate.store.withdrawals import TAKE, files_deleted, withdrawn_files
from narrate.work import signing

_EVERY_S = 2.0
_CLEANED, _CLEAN_EVERY = "clean", timedelta(days=1)
_CLAIM = timedelta(minutes=2)
#: Pauses between tries of a delivery, about three days in all.
_PAUSES = tuple(timedelta(minutes=m) for m in (0.5, 5, 30, 120, 480, 1440, 1440))
_DELIVERIES_A_ROUND = 20
_TEXTS_A_ROUND = 50

log = structlog.get_logger()


class Caretaker:
    """`start` goes round every few seconds in a thread of its own; `stop` ends it. `now` and `client` are for tests."""

    def __init__(
        self,
        home: Home,
        *,
        mailer: Mailer | None = None,
        client: GuardedClient | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._home, self._now = home, now
        self._own_mailer = mailer is None
        self._mailer = mailer or open_mailer(home.settings, home.store, now)
        self._seals: Seals = open_seals(home.settings.home)
        contact = home.settings.contact or home.settings.public_url
        self._client = client or GuardedClient(f"narrate/{__version__} (+{contact})")
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="caretaker", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End the thread; what is left to do stays in its rows."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(timeout=30)

    def close(self) -> None:
        self._client.close()
        if self._own_mailer:
            self._mailer.close()

    def go_round(self) -> None:
        """Do everything that is due now. A step's failure is logged and doesn't keep the others from their turn."""
        steps = (
            self.clear_withdrawn, self.index_texts, self.tell_voters, self.send_digests, self.call_webhooks,
            self.tell_hubs, self.clean_daily,
        )  # fmt: skip
        for step in steps:
            try:
                step()
            except Exception as error:  # whatever it is, the thread must not end of it: nobody would be told any more
                log.error("left for the next round", step=step.__name__, error=str(error))
                if not isinstance(error, (NarrateError, FeedError, OSError)):  # a fault of ours: its place matters
                    log.error("traceback", step=step.__name__, traceback="".join(traceback.format_exception(error)))
                if isinstance(error, StoreAway):
                    return  # the others would meet the same

    def clear_withdrawn(self) -> int:
        """Take withdrawn posts out of every site, then delete their files; how many files those were."""
        with self._home.store.begin() as session:
            left = withdrawn_files(session)
            if not left:
                return 0
        slugs = {key.slug for key in left.values()}
        self._home.publishing.withdraw(slugs, [path for path in left if not path.startswith(TAKE)])
        takes = Takes(self._home.files)
        paths = [takes.path(p.removeprefix(TAKE)) if p.startswith(TAKE) else p for p in left]
        with self._home.alone_with_files():
            with self._home.store.begin() as session:
                in_use = known_takes(session, [p.removeprefix(TAKE) for p in left if p.startswith(TAKE)])
            kept = {takes.path(key) for key in in_use}  # spoken again since, for another post
            drop(self._home.files, [path for path in paths if path not in kept])
        with self._home.store.begin() as session:
            files_deleted(session, left)
        log.info("withdrawn", posts=sorted({str(key) for key in left.values()}), files=len(left))
        return len(left)

    def index_texts(self) -> int:
        """Make episodes found by what is said in them that aren't yet; how many."""
        with self._home.store.begin() as session:
            return index_missing(session, _TEXTS_A_ROUND)

    def tell_voters(self) -> int:
        """Write the mails to those who voted or asked for what can be heard now, each once; how many."""
        n_told = 0
        while True:
            with self._home.store.begin() as session:
                due, n_settled = notices.take_due(session, self._now())
                for notice in due:
                    self._mailer.enqueue(session, self._message((notice,)))
            n_told += len(due)
            if due:
                self._mailer.wake()
            if not n_settled:
                return n_told

    def send_digests(self) -> int:
        """Write the daily mails, once a day; how many."""
        now = self._now()
        with self._home.store.begin() as session:
            digests = notices.take_digests(session, notify.digest_before(now), now)
            for told in digests:
                self._mailer.enqueue(session, self._message(tuple(told)))
        if digests:
            self._mailer.wake()
        return len(digests)

    def call_webhooks(self) -> int:
        """Send what happened to the webhooks; how many were delivered."""
        with self._home.store.begin() as session:
            webhooks.note_events(session, self._now())
        n_delivered = 0
        for _ in range(_DELIVERIES_A_ROUND):
            with self._home.store.begin() as session:
                delivery = webhooks.take_due(session, self._now(), self._now() + _CLAIM)
            if delivery is None:
                break
            n_delivered += self._deliver(delivery)
        return n_delivered

    def clean_daily(self) -> int:
        """Delete what nothing names any more, once a day and not before the first day is over; how many files."""
        now = self._now()
        with self._home.store.begin() as session:
            last = list_notes(session, actor=SERVICE, actions=[_CLEANED], limit=1)
            if last and timedelta() <= now - last[0].at < _CLEAN_EVERY:
                return 0
            note(session, now, SERVICE, _CLEANED, "", {})
            if not last:
                return 0
        dropped = clean(self._home, now)
        if n_files := sum(each.n_files for each in dropped):
            log.info("cleaned", files=n_files, megabytes=round(sum(each.n_bytes for each in dropped) / 1e6, 1))
        return n_files

    def tell_hubs(self) -> int:
        """Tell hubs which feeds changed, where the operator named any; how many feeds."""
        n_told, failed = tell_hubs(self._home.store, self._home.settings, self._client, self._now())
        for why in failed:
            log.warning("a hub wasn't told", why=why)
        return n_told

    def _message(self, told: tuple[notices.Notice, ...]) -> Message:
        settings = self._home.settings
        return notify.message(told, show_title=settings.show_title, public_url=settings.public_url, seals=self._seals)

    def _deliver(self, delivery: Delivery) -> bool:
        body = signing.body_of(delivery, self._home.settings.public_url)
        headers = signing.headers_of(delivery, body, self._now())
        error, may_help = "", True
        try:
            answer = self._client.request("POST", delivery.url, content=body, headers=headers)
            if not 200 <= answer.status < 300:
                error = f"it answered {answer.status}"
                may_help = answer.status != 410
        except UnsafeAddress as refused:
            error, may_help = str(refused), False
        except httpx.HTTPError as failed:
            error = str(failed) or type(failed).__name__
        last = not may_help or delivery.attempts > len(_PAUSES)
        with self._home.store.begin() as session:
            if not error:
                webhooks.delivered(session, delivery)
            else:
                retry_at = None if last else self._now() + _PAUSES[delivery.attempts - 1]
                webhooks.failed(session, delivery, error, retry_at)
        return not error

    def _run(self) -> None:
        while not self._stopped.wait(_EVERY_S):
            self.go_round()
