"""Settings -> the opened data folder with everything narrating and publishing need. Shared by cli and work."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from tempfile import NamedTemporaryFile
from types import TracebackType

from pydantic import TypeAdapter
from sqlalchemy.orm import Session

import feeds
from narrate import allocator, limits, release
from narrate.audio.packs import Runner
from narrate.audio.sounds import Recording
from narrate.audio.stage import OnTake
from narrate.audio.takes import Takes
from narrate.errors import BadSetting, PostWithdrawn, SiteNotOurs
from narrate.items import Channel, check_item
from narrate.options import read_options
from narrate.pipeline import Narrated, NotNarrated, Studio, choose_voice, narrate
from narrate.records import Author, Episode, PostKey, Script
from narrate.script.document import from_json, to_json
from narrate.settings import Settings
from narrate.sources import Sources
from narrate.store import Files, Store, open_files, open_store
from narrate.store.consents import objection
from narrate.store.episodes import list_episodes, list_unreleased, load_documents, load_episode, save_episode
from narrate.store.files import open_folder
from narrate.store.posts import save_post, set_date
from narrate.store.search import keep_text
from narrate.store.sites import (
    MAIN,
    Site,
    add_publication,
    clear_publications,
    has_site,
    note_pages,
    open_site,
    pages_written,
)
from narrate.store.takes import note_takes
from narrate.store.withdrawals import is_withdrawn, leave
from voices import weights

_RECORDING: TypeAdapter[Recording] = TypeAdapter(Recording)


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """An opened data folder. `with open_home(settings) as home:` closes what it opened."""

    settings: Settings
    store: Store
    files: Files
    sources: Sources
    _stack: ExitStack

    def __enter__(self) -> Home:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._stack.close()

    def narrate(
        self, asked: Iterable[str], voice_id: str | None = None, on_take: OnTake | None = None
    ) -> Iterator[Narrated | NotNarrated]:
        """Narrate posts and keep what comes out in the rows. Publishing is `publish`."""
        allocator.give_back()
        voice, others = choose_voice(voice_id or self.settings.voice)
        with self.scratch() as scratch, closing(self.open_runner()) as runner:
            studio = Studio(
                fetch=lambda source: limits.check_post(self.sources.fetch(source), self.settings),
                check=lambda script: limits.check_script(script, self.settings),
                known=self.known,
                voice=voice,
                others=others,
                runner=runner,
                takes=Takes(self.files),
                files=self.files,
                scratch=scratch,
                show_title=self.settings.show_title,
                options=read_options(self.settings),
                known_script=self._known_script,
                opus=self.settings.opus,
                editions=self.settings.edition_names,
            )
            for outcome in narrate(asked, studio, on_take):
                yield self.keep(outcome) if isinstance(outcome, Narrated) else outcome

    def publish(
        self,
        name: str,
        keys: Iterable[PostKey] = (),
        *,
        released: bool = True,
        base_url: str | None = None,
        fresh: bool = False,
        everything: bool = False,
    ) -> Site:
        """Add episodes to a site (MAIN or a folder's path) and bring its media, pages and feed up to date.

        Those that aren't `released` get their pages and stay out of the feed. `fresh` leaves only `keys` on the site;
        `everything` writes every page again, changed or not.
        """
        with _one_at_a_time(self.settings.home / "publish.lock"):  # a feed of rows read before another's would undo it
            now = datetime.now(UTC)
            folder = self.site_folder(name)
            with self.store.begin() as session:
                release.check_folder(folder, known=has_site(session, name), fresh=fresh)
                site = open_site(session, name, base_url or self.set_url(name), self.settings.public_url, now)
                if fresh:
                    clear_publications(session, name)
                    session.flush()
                for place, key in enumerate(keys):
                    # a microsecond apart, so that the order in which they were asked for is the feed's
                    if released:
                        set_date(session, key, released_at=now + timedelta(microseconds=place))
                    add_publication(session, name, key, now)
            with self.store.begin() as session:
                episodes, unreleased = list_episodes(session, name), list_unreleased(session, name)
                written = pages_written(session, name)
            release.publish(
                self._channel(site),
                episodes,
                self._documents,
                self.files,
                open_folder(folder),
                unreleased=unreleased,
                stale=lambda e: everything or written.get(str(e.key)) != e.version,
                fresh=fresh,
            )
            with self.store.begin() as session:
                note_pages(session, name, {str(e.key): e.version for e in (*episodes, *unreleased)})
            return site

    def check_site(self, name: str, *, fresh: bool) -> None:
        """Raise SiteNotOurs before any work is done, rather than after it."""
        with self.store.begin() as session:
            release.check_folder(self.site_folder(name), known=has_site(session, name), fresh=fresh)

    def site_folder(self, name: str) -> Path:
        """Where a site stands. Raises SiteNotOurs when a file is in its way."""
        folder = self.settings.home / "site" if name == MAIN else Path(name)
        if folder.exists() and not folder.is_dir():
            raise SiteNotOurs(f"{folder} is a file, and a site needs a folder. Choose another place with --out.")
        return folder

    def set_url(self, name: str) -> str | None:
        """The address that the operator has set for the service's own site; it moves when the setting does."""
        is_set = name == MAIN and "public_url" in self.settings.model_fields_set
        return self.settings.public_url if is_set else None

    def _channel(self, site: Site) -> Channel:
        s = self.settings
        return Channel(
            title=feeds.plain(s.show_title),
            description=s.show_description,
            author=feeds.plain(s.show_author),
            base_url=site.base_url,
            podcast_guid=site.podcast_guid,
            owner_email=s.owner_email,
            is_service=site.name == MAIN,
        )

    def known(self, key: PostKey) -> Episode | None:
        """The live episode of a post."""
        with self.store.begin() as session:
            return load_episode(session, key)

    def _known_script(self, key: PostKey) -> Script | None:
        with self.store.begin() as session:
            found = load_documents(session, key)
        return from_json(found[0]) if found else None

    def _documents(self, episode: Episode) -> tuple[Script, Recording]:
        with self.store.begin() as session:
            found = load_documents(session, episode.key)
        assert found is not None, "an episode's row holds its script"
        return from_json(found[0]), _RECORDING.validate_python(found[1])

    def keep(self, done: Narrated, also: Callable[[Session], None] = lambda session: None) -> Narrated | NotNarrated:
        """Files are complete by now: the takes' rows, the post, the episode, and what else `also` writes, at one go.

        An episode that no feed would take gets no row: one such row would stop every later feed. Nothing of a post
        that was withdrawn is kept either; its files are left to be deleted. What `also` raises undoes it all.
        """
        try:
            check_item(done.produced.episode)
        except feeds.FeedError as error:
            return NotNarrated(asked=done.asked, error=error)
        sizes = done.performance.n_samples
        with self.store.begin() as session:
            rate_hz = done.performance.rate_hz
            note_takes(session, [(key, n, rate_hz) for key, n in sizes.items()], datetime.now(UTC))
            session.flush()
            if reason := is_withdrawn(session, done.post.key):
                files = [file.path for file in done.produced.episode.all_files]
                leave(session, done.post.key, files, takes=sizes)
                return NotNarrated(asked=done.asked, error=_withdrawn(done.post.key, reason))
            save_post(session, done.post)
            session.flush()
            if not done.produced.reused:
                save_episode(
                    session,
                    done.produced.episode,
                    script=to_json(done.script),
                    recording=(recording := _RECORDING.dump_python(done.produced.recording, mode="json")),
                )
                keep_text(session, done.produced.episode, to_json(done.script), recording)
                set_date(session, done.post.key, ready_at=done.produced.episode.made_at)
            also(session)
        return done

    def open_runner(self) -> Runner:
        """A new runner, as the settings say. Whoever opens it closes it."""
        return _open_runner(self.settings)

    def scratch(self) -> AbstractContextManager[Path]:
        """A folder for half-made files; what the dead left there is dropped first."""
        return _scratch(self.settings.home / "scratch")


def open_home(settings: Settings) -> Home:
    """Open the data folder: database (schema brought up to date), files, and the way to the forums."""
    weights.keep_in(settings.weights_folder)
    with ExitStack() as stack:
        store = open_store(settings.sql_url)
        stack.callback(store.close)
        files = open_files(settings.files_url, settings.home)
        sources = Sources(
            settings.lesswrong_url,
            settings.contact,
            quick_take_karma=settings.find_quick_take_karma,
            may_read=partial(_may_read, store, settings),
            outside_sites=settings.outside_hosts,
        )
        stack.callback(sources.close)
        return Home(settings=settings, store=store, files=files, sources=sources, _stack=stack.pop_all())


def _withdrawn(key: PostKey, reason: str) -> PostWithdrawn:
    return PostWithdrawn(f"{key} was withdrawn for good: {reason}. It isn't narrated any more.", reason=reason)


def _may_read(store: Store, settings: Settings, author: Author) -> bool:
    """Whether nothing that this author said stands against reading them."""
    with store.begin() as session:
        return objection(session, [author], settings.consent) is None


@contextmanager
def _one_at_a_time(path: Path) -> Iterator[None]:
    """Wait for the lock of this name and hold it; the system lets it go when this process dies, however it dies."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _open_runner(settings: Settings) -> Runner:
    """The runner the settings name, imported only now: a server that narrates nothing needs none."""
    if settings.runner == "local":
        from narrate.work.runners.local import LocalRunner

        return LocalRunner(settings.slots, memory_bytes=settings.child_memory_bytes)
    if not settings.ray_address:
        raise BadSetting("NARRATE_RUNNER is ray, and NARRATE_RAY_ADDRESS isn't set. Set it to the head's host:port.")
    if find_spec("ray") is None:
        raise BadSetting("NARRATE_RUNNER is ray, and Ray isn't installed. Install narrate with the extra cluster.")
    from narrate.work.runners.cluster import RayRunner

    n_slots = settings.slots if "slots" in settings.model_fields_set else None  # else what the nodes have room for
    return RayRunner(settings.ray_address, n_slots, num_cpus=settings.ray_cpus, num_gpus=settings.ray_gpus)


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """A folder of our own for half-made files; what processes that were killed left behind is dropped.

    A lock file beside each folder tells the living from the dead, also across containers that share a disk.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob("*.lock"):
        with left.open("a") as file, suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(left.with_suffix(""), ignore_errors=True)
            left.unlink(missing_ok=True)
    with NamedTemporaryFile(dir=folder, suffix=".lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        own = Path(lock.name).with_suffix("")
        own.mkdir()
        try:
            yield own
        finally:
            shutil.rmtree(own, ignore_errors=True)
