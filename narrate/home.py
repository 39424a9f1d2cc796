"""Settings -> the opened data folder with everything narrating and publishing need. Shared by cli and work."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from tempfile import NamedTemporaryFile
from types import TracebackType

from pydantic import TypeAdapter
from sqlalchemy.orm import Session

import feeds
from narrate import allocator, limits
from narrate.audio.packs import Runner
from narrate.audio.perform import Job, Performance
from narrate.audio.sounds import Recording
from narrate.audio.stage import OnTake
from narrate.audio.takes import Takes
from narrate.clarity import hear
from narrate.company import Company, choose_company, choose_voice, tell_voices
from narrate.errors import BadSetting, FileMissing, PostWithdrawn
from narrate.items import check_item
from narrate.pipeline import Narrated, NotNarrated, Studio, narrate
from narrate.produce import are_kept
from narrate.publishing import Publishing, one_at_a_time
from narrate.records import Author, Episode, Post, PostKey, Script
from narrate.script.document import from_json, to_json
from narrate.settings import Settings
from narrate.sources import Sources
from narrate.store import Files, Store, open_files, open_store
from narrate.store.consents import objection
from narrate.store.episodes import load_documents, load_episode, save_episode
from narrate.store.posts import save_post, set_date
from narrate.store.search import keep_text
from narrate.store.sites import Site
from narrate.store.takes import note_takes
from narrate.store.withdrawals import is_withdrawn, leave

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
        from narrate.options import read_options  # the rules of reading take long to load: only where they are used
        from narrate.script import write

        allocator.give_back()
        choose_voice(voice_id or self.settings.voice)  # what can't speak is said before any work is done
        with self.scratch() as scratch, closing(self.open_runner()) as runner:
            studio = Studio(
                fetch=lambda source: limits.check_post(self.sources.fetch(source), self.settings),
                check=lambda script: limits.check_script(script, self.settings),
                known=self.known,
                company=partial(self.company, voice_id=voice_id),
                runner=runner,
                takes=Takes(self.files),
                files=self.files,
                scratch=scratch,
                show_title=self.settings.show_title,
                write=partial(write, options=read_options(self.settings)),
                known_script=self.known_script,
                opus=self.settings.opus,
                editions=self.settings.edition_names,
                hear=self.hear,
            )
            for outcome in narrate(asked, studio, on_take):
                yield self.keep(outcome) if isinstance(outcome, Narrated) else outcome

    def hear(self, performance: Performance, job: Job) -> Performance:
        """Have a recogniser listen, where the setting asks for it. Raises VoiceError, StorageError."""
        return hear(performance, job, self.settings, self.files)

    @property
    def publishing(self) -> Publishing:
        """The way from the rows to the sites."""
        return Publishing(settings=self.settings, store=self.store, files=self.files, documents=self._documents)

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
        """Add episodes to a site (MAIN or a folder's path) and bring it up to date: see Publishing.publish."""
        return self.publishing.publish(
            name, keys, released=released, base_url=base_url, fresh=fresh, everything=everything
        )

    def known(self, key: PostKey) -> Episode | None:
        """The live episode of a post."""
        with self.store.begin() as session:
            return load_episode(session, key)

    def company(self, post: Post, voice_id: str | None = None) -> Company:
        """Who reads a post: the voice asked for, the one it has, its author's, the setting's. Raises VoiceError."""
        known = self.known(post.key)
        s = self.settings
        return choose_company(
            voice_id or (known.voice_id if known else None), s.voice, post.authors, s.voices_of_authors
        )

    def known_script(self, key: PostKey) -> Script | None:
        """What the live episode of a post says."""
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
        that was withdrawn is kept either; its files are left to be deleted. Nor is an episode whose files `clean` took
        meanwhile, since nothing named them yet. What `also` raises undoes it all.
        """
        try:
            check_item(done.produced.episode)
        except feeds.FeedError as error:
            return NotNarrated(asked=done.asked, error=error)
        sizes = done.performance.n_samples
        with self.alone_with_files(), self.store.begin() as session:
            if not are_kept(self.files, done.produced.episode) or len(Takes(self.files).sizes(sizes)) < len(sizes):
                return NotNarrated(asked=done.asked, error=_cleared(done.post.key))
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

    @contextmanager
    def alone_with_files(self) -> Iterator[None]:
        """While this is held nobody else keeps or clears files: what is there stays, and so does what names it."""
        with one_at_a_time(self.settings.home / "files.lock"), self.store.alone("files"):
            yield

    def open_runner(self) -> Runner:
        """A new runner, as the settings say. Whoever opens it closes it."""
        return _open_runner(self.settings)

    def scratch(self) -> AbstractContextManager[Path]:
        """A folder for half-made files; what the dead left there is dropped first."""
        return _scratch(self.settings.home / "scratch")


def recording_of(store: Store, episode: Episode) -> Recording | None:
    """The plan that an episode's audio was laid out by; None when the episode is gone."""
    with store.begin() as session:
        found = load_documents(session, episode.key)
    return _RECORDING.validate_python(found[1]) if found else None


def open_home(settings: Settings) -> Home:
    """Open the data folder: database (schema brought up to date), files, and the way to the forums."""
    tell_voices(settings)
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


def _cleared(key: PostKey) -> FileMissing:
    return FileMissing(f"A file of {key} was cleared away while it was being made. Narrate it again.")


def _may_read(store: Store, settings: Settings, author: Author) -> bool:
    """Whether nothing that this author said stands against reading them."""
    with store.begin() as session:
        return objection(session, [author], settings.consent) is None


def _open_runner(settings: Settings) -> Runner:
    """The runner the settings name, imported only now: a server that narrates nothing needs none."""
    if settings.runner == "local":
        import voices
        from narrate.work.runners.local import LocalRunner

        slots = settings.slots
        if "slots" not in settings.model_fields_set:
            voice = voices.best() if settings.voice == "auto" else voices.find(settings.voice)
            slots = min(slots, voices.most_processes(voice.id) or slots)
        return LocalRunner(slots, memory_bytes=settings.child_memory_bytes)
    if not settings.ray_address:
        raise BadSetting("NARRATE_RUNNER is ray, and NARRATE_RAY_ADDRESS isn't set. Set it to the head's host:port.")
    if find_spec("ray") is None:
        raise BadSetting("NARRATE_RUNNER is ray, and Ray isn't installed. Install narrate with the extra cluster.")
    from narrate.work.runners.cluster import RayRunner

    n_slots = settings.slots if "slots" in settings.model_fields_set else None  # else what the nodes have room for
    return RayRunner(settings.ray_address, n_slots, num_cpus=settings.ray_cpus, num_gpus=settings.ray_gpus)


def dead_scratch(folder: Path) -> Iterator[Path]:
    """The folders of half-made files whose owners are gone; each is ours while it is given out."""
    for lock in sorted(folder.glob("*.lock")):
        with suppress(FileNotFoundError, BlockingIOError), lock.open("r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield lock.with_suffix("")


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """A folder of our own for half-made files; what processes that were killed left behind is dropped.

    A lock file beside each folder tells the living from the dead, also across containers that share a disk.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for left in dead_scratch(folder):
        shutil.rmtree(left, ignore_errors=True)
        left.with_suffix(".lock").unlink(missing_ok=True)
    with NamedTemporaryFile(dir=folder, suffix=".lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        own = Path(lock.name).with_suffix("")
        own.mkdir()
        try:
            yield own
        finally:
            shutil.rmtree(own, ignore_errors=True)
