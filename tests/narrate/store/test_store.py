"""The rows keep what they are given, dates are set once, and the schema is the migrations'."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import DBAPIError

from narrate.errors import StorageError
from narrate.records import Author, Comment, Edition, Episode, Post, PostKey, StoredFile, Term
from narrate.store import Store, jobs, open_store, switches
from narrate.store.audit import list_notes
from narrate.store.db import migrate
from narrate.store.episodes import list_episodes, load_documents, load_episode, save_episode
from narrate.store.posts import load_post, save_post, set_date
from narrate.store.sites import MAIN, add_publication, clear_publications, open_site
from narrate.store.tables import Base, EpisodeRow
from narrate.store.takes import count_takes, note_takes

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
KEY = PostKey("lesswrong", "abcdefghjkmnpqrst")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'narrate.db'}")
    yield opened
    opened.close()


def make_post(key: PostKey = KEY) -> Post:
    return Post(
        key=key,
        url="https://www.lesswrong.com/posts/abcdefghjkmnpqrst/a-post",
        site="LessWrong",
        title="A post — with “quotes” & 🎉",
        authors=(Author(name="Ana", url="https://www.lesswrong.com/users/ana"), Author(name="Bo")),
        posted_at=NOON - timedelta(days=9),
        html="<p>Hello</p>",
        revision="1.2.0",
        fetched_at=NOON,
        kind="question",
        karma=12,
        tags=("AI",),
        comments=(Comment(comment_id="c1", author=Author(name="Cy"), karma=3, posted_at=None, html="<p>Yes</p>"),),
        glossary=(Term(term="t", html="<p>d</p>"),),
    )


def make_episode(key: PostKey = KEY, version: str = "v1", made_at: datetime = NOON) -> Episode:
    file = StoredFile(path="recordings/x.mp3", n_bytes=9, mime="audio/mpeg")
    return Episode(
        key=key, version=version, title="T", authors=(Author(name="Ana"),), site="LessWrong", source_url="https://x.example/",
        posted_at=None, ready_at=made_at, released_at=None, made_at=made_at, revision="1", voice_id="tone",
        duration_ms=1000, audio=file, cover=file, chapters_json=file, transcript_vtt=file, transcript_srt=file,
        transcript_json=file, chapters=(), notes_html="<p>n</p>", opening="Hello", n_words=1,
    )  # fmt: skip


def test_the_migrations_make_the_very_tables_that_the_code_declares(store: Store) -> None:
    with store.engine.connect() as connection:
        # the search's index is a table of its database's own kind: no table of ours
        ours = {"compare_type": True, "include_name": lambda name, *_: not str(name).startswith("text_index")}
        context = MigrationContext.configure(connection, opts=ours)
        assert compare_metadata(context, Base.metadata) == []


def test_opening_a_store_twice_changes_nothing(store: Store) -> None:
    with store.begin() as session:
        save_post(session, make_post())
    migrate(store.engine)
    with store.begin() as session:
        assert load_post(session, KEY) == make_post()
    assert "alembic_version" in inspect(store.engine).get_table_names()


def test_a_post_comes_back_as_it_was_saved(store: Store) -> None:
    with store.begin() as session:
        save_post(session, make_post())
    with store.begin() as session:
        assert load_post(session, KEY) == make_post()
        assert load_post(session, PostKey("lesswrong", "other")) is None


def test_a_date_once_set_never_moves(store: Store) -> None:
    later = NOON + timedelta(days=1)
    with store.begin() as session:
        save_post(session, make_post())
        set_date(session, KEY, ready_at=NOON)
        set_date(session, KEY, ready_at=later, released_at=NOON)
        set_date(session, KEY, ready_at=later, released_at=later)
        save_post(session, replace(make_post(), posted_at=later))
        save_episode(session, make_episode(), script={}, recording={})
    with store.begin() as session:
        episode = load_episode(session, KEY)
    assert episode is not None
    assert (episode.ready_at, episode.released_at, episode.posted_at) == (NOON, NOON, NOON - timedelta(days=9))


def test_a_row_from_before_there_were_editions_still_loads(store: Store) -> None:
    newer = {"voice_title", "licence", "licence_url", "opus", "soundbite", "corrections", "editions", "edition"}
    with store.begin() as session:
        save_post(session, make_post())
        save_episode(session, make_episode(), script={}, recording={})
        session.flush()
        row = session.scalars(select(EpisodeRow)).one()
        document = {name: value for name, value in row.document.items() if name not in newer}
        assert len(document) == len(row.document) - len(newer)
        document["audio"] = {name: document["audio"][name] for name in ("path", "n_bytes", "mime")}
        row.document = document
    with store.begin() as session:
        episode = load_episode(session, KEY)
    assert episode is not None
    assert (episode.editions, episode.opus, episode.audio.sha256) == ((), None, "")


def test_an_edition_keeps_its_files_and_has_an_identity_of_its_own(store: Store) -> None:
    file = StoredFile(path="recordings/short.mp3", n_bytes=5, mime="audio/mpeg")
    short = Edition(
        name="nofn", duration_ms=900, audio=file, chapters_json=file, transcript_vtt=file, transcript_srt=file,
        transcript_json=file, chapters=(), notes_html="<p>without</p>", n_words=1,
    )  # fmt: skip
    with store.begin() as session:
        save_post(session, make_post())
        save_episode(session, replace(make_episode(), editions=(short,)), script={}, recording={})
    with store.begin() as session:
        episode = load_episode(session, KEY)
    assert episode is not None
    without = episode.as_edition("nofn")
    assert (without.guid, without.audio.path, without.duration_ms) == (f"{KEY}:nofn", "recordings/short.mp3", 900)
    assert episode.as_edition("fnafter") is episode, "a post that has no such edition is itself"
    assert [f.path for f in episode.all_files if f == file] == [file.path] * 5


def test_a_correction_replaces_the_live_version_and_keeps_the_old_row(store: Store) -> None:
    with store.begin() as session:
        save_post(session, make_post())
        save_episode(session, make_episode(version="v1"), script={"n": 1}, recording={})
        save_episode(
            session, make_episode(version="v2", made_at=NOON + timedelta(hours=1)), script={"n": 2}, recording={}
        )
    with store.begin() as session:
        episode = load_episode(session, KEY)
        assert episode is not None
        assert episode.version == "v2"
        assert load_documents(session, KEY) == ({"n": 2}, {})
        save_episode(session, make_episode(version="v1"), script={"n": 1}, recording={})
    with store.begin() as session:
        episode = load_episode(session, KEY)
        assert episode is not None
        assert episode.version == "v1"


def test_a_site_lists_its_own_released_episodes_newest_first(store: Store) -> None:
    keys = [PostKey("lesswrong", f"post{n}") for n in range(4)]
    with store.begin() as session:
        for name in (MAIN, "/elsewhere"):
            open_site(session, name, None, "http://127.0.0.1:8000", NOON)
        for n, key in enumerate(keys):
            save_post(session, make_post(key))
            set_date(session, key, ready_at=NOON, released_at=NOON + timedelta(hours=n) if n < 3 else None)
            save_episode(session, make_episode(key), script={}, recording={})
            add_publication(session, MAIN if n else "/elsewhere", key, NOON)
    with store.begin() as session:
        assert [e.key for e in list_episodes(session, MAIN)] == [keys[2], keys[1]]
        assert [e.key for e in list_episodes(session, "/elsewhere")] == [keys[0]]
        clear_publications(session, MAIN)
        assert list_episodes(session, MAIN) == []


def test_a_sites_guid_survives_a_move(store: Store) -> None:
    with store.begin() as session:
        first = open_site(session, MAIN, None, "http://127.0.0.1:8000", NOON)
        moved = open_site(session, MAIN, "https://pod.example", "http://127.0.0.1:8000", NOON)
        again = open_site(session, MAIN, None, "http://127.0.0.1:8000", NOON)
    assert moved.podcast_guid == first.podcast_guid
    assert again.base_url == "https://pod.example"


def test_a_take_is_noted_once(store: Store) -> None:
    with store.begin() as session:
        note_takes(session, [("a" * 64, 10, 16000), ("a" * 64, 10, 16000), ("b" * 64, 5, 16000)], NOON)
    with store.begin() as session:
        note_takes(session, [("b" * 64, 5, 16000), ("c" * 64, 5, 16000)], NOON)
        assert count_takes(session) == 3


def test_takes_are_noted_by_many_workers_at_once(store: Store) -> None:
    failures: list[Exception] = []

    def note_all() -> None:
        for n in range(30):
            try:
                with store.begin() as session:
                    note_takes(session, [(f"{n}-{k}", 1, 16000) for k in range(10)], NOON)
            except Exception as error:
                failures.append(error)

    workers = [threading.Thread(target=note_all) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failures == []
    with store.begin() as session:
        assert count_takes(session) == 300


def test_a_post_is_asked_for_once_and_taken_once(store: Store) -> None:
    with store.begin() as session:
        assert jobs.submit(session, KEY, "https://x.example", NOON)
        assert not jobs.submit(session, KEY, "https://x.example", NOON)
    with store.begin() as session:
        job = jobs.take_next(session, NOON)
        assert job is not None
        assert (job.key, job.attempts, job.state) == (KEY, 1, "working")
        assert jobs.take_next(session, NOON) is None


def test_a_failed_job_waits_for_its_time_or_ends(store: Store) -> None:
    with store.begin() as session:
        jobs.submit(session, KEY, "x", NOON)
        jobs.take_next(session, NOON)
        jobs.fail(session, KEY, "the forum is away", retry_at=NOON + timedelta(minutes=5))
        assert jobs.take_next(session, NOON) is None
        assert jobs.take_next(session, NOON + timedelta(minutes=5)) is not None
        jobs.fail(session, KEY, "no such post", retry_at=None)
        assert [(j.state, j.error) for j in jobs.list_jobs(session)] == [("failed", "no such post")]
        assert jobs.submit(session, KEY, "x", NOON)


def test_claims_of_a_dead_worker_are_put_back(store: Store) -> None:
    with store.begin() as session:
        jobs.submit(session, KEY, "x", NOON)
        jobs.take_next(session, NOON)
    with store.begin() as session:
        assert jobs.release_claims(session) == 1
        assert jobs.take_next(session, NOON) is not None


def test_the_job_of_the_highest_priority_comes_first_and_one_below_normal_can_be_left(store: Store) -> None:
    keys = [PostKey("lesswrong", f"post{n}") for n in range(4)]
    with store.begin() as session:
        for key, priority in zip(keys, (-1, 0, 5, -1), strict=True):
            assert jobs.ask(session, key, priority=priority, now=NOON)
        taken = [jobs.take_next(session, NOON, at_least=jobs.NORMAL) for _ in range(3)]
        assert [job and job.key for job in taken] == [keys[2], keys[1], None]
        assert [job.key for _ in range(2) if (job := jobs.take_next(session, NOON))] == [keys[0], keys[3]]


def test_a_finished_post_is_asked_for_in_another_voice(store: Store) -> None:
    with store.begin() as session:
        assert jobs.ask(session, KEY, now=NOON)
        assert jobs.take_next(session, NOON)
        assert not jobs.ask(session, KEY, kind="revoice", voice_id="tone", now=NOON)  # it is at work
        jobs.finish(session, KEY)
        assert jobs.ask(session, KEY, kind="revoice", voice_id="tone", priority=-1, now=NOON)
        job = jobs.take_next(session, NOON)
        assert job is not None
        assert (job.kind, job.voice_id, job.priority, job.attempts) == ("revoice", "tone", -1, 1)


def test_a_job_that_waits_takes_the_higher_priority_and_the_newer_voice(store: Store) -> None:
    with store.begin() as session:
        jobs.ask(session, KEY, kind="revoice", voice_id="tone", priority=-5, now=NOON)
        jobs.ask(session, KEY, kind="revoice", priority=0, now=NOON)
        jobs.ask(session, KEY, kind="revoice", voice_id="flite-rms", priority=-1, now=NOON)
        job = jobs.find(session, KEY)
        assert job is not None
        assert (job.kind, job.voice_id, job.priority, job.state) == ("revoice", "flite-rms", 0, "waiting")


@pytest.mark.parametrize("kinds", [("narrate", "revoice"), ("revoice", "narrate")])
def test_an_edited_post_that_is_asked_for_in_another_voice_gets_both(
    store: Store, kinds: tuple[jobs.Kind, jobs.Kind]
) -> None:
    with store.begin() as session:
        for kind in kinds:
            jobs.ask(session, KEY, kind=kind, voice_id="tone" if kind == "revoice" else None, now=NOON)
        job = jobs.find(session, KEY)
    assert job is not None
    assert (job.kind, job.voice_id) == ("narrate", "tone")


def test_another_voice_is_spoken_though_the_one_before_only_had_to_be_published(store: Store) -> None:
    with store.begin() as session:
        jobs.submit(session, KEY, "x", NOON)
        jobs.claim(session, KEY)
        jobs.enter(session, KEY, "publishing", NOON)
        jobs.fail(session, KEY, "no bucket", retry_at=NOON)
        assert (again := jobs.find(session, KEY)) is not None
        assert again.stage == "publishing"
        assert jobs.ask(session, KEY, kind="revoice", voice_id="other", now=NOON)
        assert (asked := jobs.find(session, KEY)) is not None
    assert (asked.stage, asked.kind, asked.voice_id) == (None, "narrate", "other")


def test_what_is_asked_for_again_is_made_again_though_it_only_had_to_be_published(store: Store) -> None:
    with store.begin() as session:
        jobs.submit(session, KEY, "x", NOON)
        jobs.claim(session, KEY)
        jobs.enter(session, KEY, "publishing", NOON)
        jobs.fail(session, KEY, "no bucket", retry_at=NOON)
        assert jobs.ask(session, KEY, kind="revoice", now=NOON)  # a line of it was mended
        assert (asked := jobs.find(session, KEY)) is not None
    assert asked.stage is None


def test_workers_lost_in_one_stage_are_counted_in_a_row(store: Store) -> None:
    with store.begin() as session:
        jobs.ask(session, KEY, now=NOON)
        assert jobs.lose(session, KEY, "writing", "killed") == 1
        assert [jobs.lose(session, KEY, "encoding", "killed") for _ in range(2)] == [1, 2]
        jobs.finish(session, KEY)
        assert jobs.lose(session, KEY, "encoding", "killed") == 1


def test_a_job_put_back_has_not_been_tried(store: Store) -> None:
    with store.begin() as session:
        jobs.ask(session, KEY, now=NOON)
        jobs.take_next(session, NOON)
        jobs.enter(session, KEY, "speaking", NOON)
        jobs.put_back(session, KEY)
        job = jobs.find(session, KEY)
        assert job is not None
        assert (job.state, job.stage, job.attempts) == ("waiting", None, 0)


def test_a_switch_is_on_until_it_is_turned_off_and_keeps_its_first_reason(store: Store) -> None:
    with store.begin() as session:
        assert switches.turn_on(session, switches.PAUSED, "new disk", "operator", NOON)
        assert not switches.turn_on(session, switches.PAUSED, "again", "somebody", NOON)
        assert [switch.reason for switch in switches.list_on(session)] == ["new disk"]
        assert switches.turn_off(session, switches.PAUSED, "operator", NOON)
        assert not switches.turn_off(session, switches.PAUSED, "operator", NOON)
        assert switches.find(session, switches.PAUSED) is None
        assert len(list_notes(session, subject=switches.PAUSED)) == 2


def test_two_workers_never_take_the_same_job(store: Store) -> None:
    with store.begin() as session:
        for n in range(20):
            jobs.submit(session, PostKey("lesswrong", f"post{n}"), "x", NOON)
    taken: list[str] = []

    def take_all() -> None:
        while True:
            with store.begin() as session:
                job = jobs.take_next(session, NOON)
            if job is None:
                return
            taken.append(str(job.key))

    workers = [threading.Thread(target=take_all) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(taken) == len(set(taken)) == 20


def test_a_naive_date_never_reaches_the_database(store: Store) -> None:
    with pytest.raises(Exception, match="naive"), store.begin() as session:
        set_date(session, KEY, ready_at=datetime(2026, 1, 1))  # noqa: DTZ001


@pytest.mark.parametrize(
    "url", ["sqlite:////proc/nowhere/narrate.db", "nonsense://x", "postgresql://u:secret@127.0.0.1:1/x"]
)
def test_a_database_that_cant_be_opened_is_one_clear_error(url: str) -> None:
    with pytest.raises(StorageError) as caught:
        open_store(url)
    assert "secret" not in str(caught.value)


def test_a_file_that_is_no_database_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "narrate.db").write_bytes(b"not a database at all, not by any means" * 50)
    with pytest.raises(StorageError):
        open_store(f"sqlite:///{tmp_path / 'narrate.db'}")


def test_a_server_that_goes_away_is_the_stores_trouble_and_no_posts(postgres_url: str) -> None:
    with closing(open_store(postgres_url)) as store:

        def is_cut_off() -> None:
            with store.begin() as session, store.begin() as other:
                ours = session.scalar(text("SELECT pg_backend_pid()"))
                other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": ours})
                session.execute(text("SELECT 1"))

        def is_wrong() -> None:
            with store.begin() as session:
                session.execute(text("SELECT nonsense"))

        with pytest.raises(StorageError, match="server runs"):
            is_cut_off()
        with store.begin() as session:  # and when it is back, so are we
            assert jobs.submit(session, KEY, "x", NOON)
        with pytest.raises(DBAPIError):  # a fault of ours stays one
            is_wrong()
