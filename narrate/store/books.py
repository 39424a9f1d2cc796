"""What somebody wants as a book -> its posts, in order; and the books that stand on the site.

A book is a sequence (in its order), the winners of a Review year, or every episode with a tag, by
an author, or with words in its title (oldest first).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.orm import Session

from narrate.records import Author, Book, Episode, PostKey
from narrate.store.episodes import episodes_of, select_episodes
from narrate.store.tables import BookRow, EpisodeRow, PartRow, PostRow, QueueRow, SeriesPartRow, SeriesRow

_BOOK: TypeAdapter[Book] = TypeAdapter(Book)
_YEAR = re.compile(r"(?:19|20)\d\d\Z")
_SEQUENCE = re.compile(r"(?:https?://(?P<host>[^/]+)/s/|(?P<key>[a-z]+:sequence-)|)(?P<id>[A-Za-z0-9]{17,24})/?\Z")
_KEYS_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """What a book is made from. `missing`: (key, title) of posts that belong to it and aren't narrated."""

    name: str  # "sequence:lesswrong:sequence-abc", "year:2023", "tag:ai": the same for the same wish
    title: str
    episodes: tuple[Episode, ...]
    missing: tuple[tuple[str, str], ...] = ()


def find_shelf(session: Session, wish: str) -> Shelf:
    """The posts that are meant by a sequence's address or id, a Review year, tag:…, author:…, or words of a title.

    Empty when there are none.
    """
    wish = wish.strip()
    if (found := _SEQUENCE.match(wish)) and (shelf := _sequence(session, found["id"])):
        return shelf
    if _YEAR.match(wish):
        seen = (select(row.key, row.posted_at).where(row.won_review == int(wish)) for row in (QueueRow, PostRow))
        posted = {key: at for rows in seen for key, at in session.execute(rows)}
        winners = sorted(posted, key=lambda key: (posted[key] is None, str(posted[key] or ""), key))
        return _shelf(session, f"year:{wish}", f"The best of {wish}", winners)
    episodes = tuple(e for e in _all(session) if _is_meant(e, wish))
    return Shelf(name=wish.casefold(), title=_title(wish, episodes), episodes=episodes)


def _title(wish: str, episodes: Sequence[Episode]) -> str:
    if len(episodes) == 1:
        return episodes[0].title
    kind, _, value = (part.strip() for part in wish.partition(":"))
    if kind.casefold() != "author":
        return f"Posts on {value if kind.casefold() == 'tag' else wish}"
    return f"Posts by {next((a.name for e in episodes for a in e.authors if _is_author(a, value)), value)}"


def _sequence(session: Session, sequence_id: str) -> Shelf | None:
    """A sequence as its forum shows it; else as it was submitted, less what was narrated before; None if unknown."""
    ending = f":sequence-{sequence_id}"
    series = session.scalars(select(SeriesRow).where(SeriesRow.key.endswith(ending, autoescape=True))).first()
    if series is not None:
        place = (SeriesPartRow.number.is_(None), SeriesPartRow.number, SeriesPartRow.key)
        parts = select(SeriesPartRow.key).where(SeriesPartRow.series == series.key).order_by(*place)
        return _shelf(session, f"sequence:{series.key}", series.title, session.scalars(parts).all())
    entry = session.scalars(select(QueueRow).where(QueueRow.key.endswith(ending, autoescape=True))).first()
    if entry is None:
        return None
    parts = select(PartRow.key).where(PartRow.entry == entry.key).order_by(PartRow.place)
    return _shelf(session, f"sequence:{entry.key}", entry.title, session.scalars(parts).all())


def _shelf(session: Session, name: str, title: str, keys: Sequence[str]) -> Shelf:
    there: dict[str, Episode] = {}
    for start in range(0, len(keys), _KEYS_AT_ONCE):
        some = keys[start : start + _KEYS_AT_ONCE]
        found = episodes_of(session.execute(select_episodes().where(EpisodeRow.key.in_(some))))
        there |= {str(episode.key): episode for episode in found}
    rows = session.execute(select(QueueRow.key, QueueRow.title).where(QueueRow.key.in_(keys)))
    titles = {key: title for key, title in rows}  # noqa: C416  # a row isn't a tuple to the type checker
    return Shelf(
        name=name,
        title=title,
        episodes=tuple(there[key] for key in keys if key in there),
        missing=tuple((key, titles.get(key, "")) for key in keys if key not in there),
    )


def _all(session: Session) -> Sequence[Episode]:
    """Every episode, oldest post first."""
    return episodes_of(session.execute(select_episodes().order_by(PostRow.posted_at, PostRow.key)))


def _is_meant(episode: Episode, wish: str) -> bool:
    kind, _, value = (part.strip().casefold() for part in wish.partition(":"))
    if kind == "tag":
        return value in (tag.casefold() for tag in episode.tags)
    if kind == "author":
        return any(_is_author(author, value) for author in episode.authors)
    words = wish.casefold().split()
    return bool(words) and all(word in episode.title.casefold() for word in words)


def _is_author(author: Author, name: str) -> bool:
    """Whether a name is an author's, as shown or as it stands in an address on our site."""
    return name.casefold() in (author.name.casefold(), author.slug)


def save_book(session: Session, book: Book) -> None:
    """Keep what stands on the site; a new edition of a book takes the place of the one before."""
    row = session.get(BookRow, book.name) or BookRow(name=book.name)
    row.made_at, row.document = book.made_at, _BOOK.dump_python(book, mode="json")
    session.add(row)


def find_book(session: Session, name: str) -> Book | None:
    """The book of that name: `sequence:KEY` of a sequence's entry, `year:2023`, `tag:ai`."""
    row = session.get(BookRow, name)
    return None if row is None else _BOOK.validate_python(row.document)


def book_of(feed_name: str) -> str | None:
    """The name that the book of a feed has, if there is one: of a sequence's or a Review year's.

    >>> book_of("sequence-abc"), book_of("sequence-eaforum-abc"), book_of("review-2023"), book_of("main")
    ('sequence:lesswrong:sequence-abc', 'sequence:eaforum:sequence-abc', 'year:2023', None)
    """
    group, _, rest = feed_name.partition("-")
    if group == "review":
        return f"year:{rest}"
    source, _, post_id = rest.rpartition("-")
    return f"sequence:{source or 'lesswrong'}:sequence-{post_id}" if group == "sequence" else None


def list_books(session: Session) -> Sequence[Book]:
    """Every book there is, newest first: their files are in use."""
    rows = session.scalars(select(BookRow).order_by(BookRow.made_at.desc(), BookRow.name))
    return [_BOOK.validate_python(row.document) for row in rows]


def drop_books_with(session: Session, key: PostKey | str) -> Sequence[Book]:
    """Forget the books that a post is in, since nothing of it may stay; they are what is to be deleted."""
    gone = [book for book in list_books(session) if str(key) in book.keys]
    for book in gone:
        session.delete(session.get_one(BookRow, book.name))
    return gone
