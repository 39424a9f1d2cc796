"""A shelf of episodes -> an audiobook file; and from there onto the site. Wires the rows, the takes and the coder."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import feeds
from narrate import pages
from narrate.audio.m4b import MAX_CHAPTERS, encode_all, write_m4b
from narrate.audio.sounds import Recording
from narrate.audio.takes import Takes
from narrate.books import Stretch, chapters_of, tags_of
from narrate.errors import TakeMissing, UsageError
from narrate.home import Home, recording_of
from narrate.records import Book, Episode, StoredFile
from narrate.store.books import Shelf, find_book, save_book
from narrate.store.channels import retire
from narrate.store.sites import MAIN, has_site

#: Where books lie among the files, and so on a site: `media/books/<12 hex>.m4b`.
FOLDER = "recordings/books"
MIME = "audio/mp4"
#: Apple takes covers of 1400 to 3000 pixels.
_COVER_PX = 1400


def bind(home: Home, shelf: Shelf, title: str, out: Path, on_part: Callable[[int], None] = lambda _: None) -> int:
    """Write the book's file; its length in milliseconds. Memory and disk stay within a few posts and twice the file.

    Raises UsageError for a shelf that is empty or too long, AudioError, StorageError; nothing half-made is left.
    """
    check(shelf)
    with home.scratch() as folder:
        recordings = [partial(_recording, home, episode) for episode in shelf.episodes]
        aac, placed = encode_all(recordings, Takes(home.files), folder, on_part)
        stretches = [Stretch(p.start_ms, p.sound_ms) for p in placed]
        tags = tags_of(title, shelf.episodes, home.settings.show_title)
        cover = feeds.draw_show_cover(title, tags["artist"], size=_COVER_PX)
        write_m4b(aac, chapters_of(shelf.episodes, stretches), placed[-1].end_ms, tags, cover, out)
    return placed[-1].end_ms


def check(shelf: Shelf) -> None:
    """Raise UsageError for what can't be a book."""
    if not shelf.episodes:
        raise UsageError(
            "no narrated post belongs to that. Give a submitted sequence's address, a Review year, tag:NAME, "
            "author:NAME or words of a title; `narrate submit` asks for posts"
        )
    if len(shelf.episodes) > MAX_CHAPTERS:
        raise UsageError(
            f"{len(shelf.episodes)} posts belong to that, and an audiobook lists {MAX_CHAPTERS} chapters: ask for less"
        )


def put_on_site(home: Home, shelf: Shelf, title: str, file: Path, duration_ms: int) -> Book:
    """Keep a book under its content's name, put it on the service's site, and remember it for the pages."""
    with file.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
    stored = StoredFile(path=f"{FOLDER}/{digest[:12]}.m4b", n_bytes=file.stat().st_size, mime=MIME, sha256=digest)
    address = pages.media_path(stored.path)
    book = Book(
        name=shelf.name,
        title=title,
        file=stored,
        duration_ms=duration_ms,
        keys=tuple(str(episode.key) for episode in shelf.episodes),
        made_at=datetime.now(UTC),
    )
    places = ((home.files, stored.path), (home.publishing.place(MAIN), address))

    def put() -> None:
        for target, path in places:
            feeds.Publisher(target).put_new(path, file, MIME)

    put()  # which may take minutes, and nobody waits for it
    with home.alone_with_files(), home.publishing.alone(MAIN):
        put()  # what was cleared meanwhile; from here on neither goes before the row names it
        with home.store.begin() as session:
            before = find_book(session, shelf.name)
            save_book(session, book)
            if has_site(session, MAIN):  # where nothing was published yet, nobody downloads an older one
                old = {pages.media_path(before.file.path)} - {address} if before else set()
                retire(session, MAIN, [address], old, book.made_at)
    return book


def _recording(home: Home, episode: Episode) -> Recording:
    found = recording_of(home.store, episode)
    if found is None:
        raise TakeMissing(f"{episode.key} was withdrawn while the book was being made; make it again")
    return found
