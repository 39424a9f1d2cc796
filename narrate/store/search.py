"""Episodes by what is said in them: the text kept beside the index, and the passages in which something is found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, undefer

from narrate.paragraphs import paragraphs_of
from narrate.records import Episode, PostKey
from narrate.store import fulltext
from narrate.store.episodes import episodes_of, select_episodes
from narrate.store.tables import BylineRow, EpisodeRow, PostRow, TextRow
from narrate.store.words import Words

_AROUND_CHARS = 120
_MAX_PAGE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is looked for; None and "" leave a thing open. `author` is a slug, minutes are of the audio."""

    words: Words | None = None
    author: str = ""
    tag: str = ""
    year: int | None = None
    site: str = ""
    min_minutes: int | None = None
    max_minutes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A stretch of a paragraph, as written, and when it is heard. `parts` are (text, whether it was looked for)."""

    start_ms: int
    parts: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    episode: Episode
    passage: Passage | None  # None without words to look for, or when they stand in the title alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Facets:
    """What one can choose from, with the number of episodes each: tags by number, years from the newest."""

    tags: tuple[tuple[str, int], ...]
    years: tuple[tuple[int, int], ...]
    sites: tuple[tuple[str, int], ...]


def keep_text(session: Session, episode: Episode, script: Mapping[str, Any], recording: Mapping[str, Any]) -> None:
    """Index the live version of an episode. `script` and `recording` are their JSON."""
    paragraphs = list(timed_paragraphs(script, recording))
    row = session.scalar(select(TextRow).where(TextRow.key == str(episode.key))) or TextRow(key=str(episode.key))
    row.starts_ms = [start_ms for start_ms, _ in paragraphs]
    row.minutes = episode.duration_ms / 60_000
    row.year = episode.posted_at.year if episode.posted_at else None
    row.site = episode.site
    row.tags = list(episode.tags)
    row.tag_line = "\n".join(["", *(tag.lower() for tag in episode.tags), ""])
    session.add(row)
    session.flush()
    authors = ", ".join(author.name for author in episode.authors)
    fulltext.put(session, row.id, episode.title, authors, "\n".join(text for _, text in paragraphs))


def index_missing(session: Session, limit: int) -> int:
    """Index up to `limit` episodes that aren't yet, those made before there was a search; how many those were."""
    missing = session.execute(
        select_episodes()
        .outerjoin(TextRow, TextRow.key == EpisodeRow.key)
        .where(TextRow.id.is_(None))
        .options(undefer(EpisodeRow.script), undefer(EpisodeRow.recording))
        .limit(limit)
    ).all()
    for episode, (row, *_) in zip(episodes_of(missing), missing, strict=True):
        keep_text(session, episode, row.script, row.recording)
    return len(missing)


def forget_text(session: Session, key: PostKey | str) -> None:
    number = session.scalar(select(TextRow.id).where(TextRow.key == str(key)))
    if number is not None:
        fulltext.drop(session, number)
        session.execute(delete(TextRow).where(TextRow.id == number))


def timed_paragraphs(script: Mapping[str, Any], recording: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
    """(when it is heard, what is written) for each paragraph of the post, without our opening and closing words."""
    rate_hz = recording.get("rate_hz") or 1
    starts = {piece["utterance_id"]: piece["start_sample"] for piece in recording.get("pieces", ())}
    for chapter in script.get("chapters", ()):
        said = [u for u in chapter["utterances"] if u["id"] in starts and u["block"] is not None]
        for lines in paragraphs_of(said, itemgetter):
            text = " ".join(" ".join(line["written"] for line in lines).split())
            yield round(starts[lines[0]["id"]] * 1000 / rate_hz), text


def find(session: Session, wanted: Wanted, page: int, limit: int) -> tuple[Sequence[Hit], bool]:
    """(one page of what was found, whether there is more): the best first, without words the newest first."""
    rows: Any = select(TextRow.key, TextRow.id).join(PostRow, PostRow.key == TextRow.key)
    rows = rows.where(PostRow.ready_at.is_not(None), *_filters(wanted))
    if wanted.author:
        rows = rows.join(BylineRow, (BylineRow.key == TextRow.key) & (BylineRow.author == wanted.author))
    if wanted.words is None:
        rows = rows.order_by(PostRow.ready_at.desc(), PostRow.key.desc())
    else:
        match = fulltext.matching(session, wanted.words)
        rows = rows.join(match.index, match.number == TextRow.id).where(match.holds)
        rows = rows.order_by(match.distance, TextRow.key)
    first = (min(max(page, 1), _MAX_PAGE) - 1) * limit
    found = session.execute(rows.offset(first).limit(limit + 1)).all()
    shown = found[:limit]
    keys = [row.key for row in shown]
    episodes = {str(e.key): e for e in episodes_of(session.execute(select_episodes().where(EpisodeRow.key.in_(keys))))}
    passages = _passages(session, wanted.words, [row.id for row in shown])
    hits = [Hit(episode=episodes[r.key], passage=passages.get(r.id)) for r in shown if r.key in episodes]
    return hits, len(found) > limit


def facets(session: Session) -> Facets:
    """Everything that can be chosen from."""
    rows = session.execute(select(TextRow.tags, TextRow.year, TextRow.site)).all()
    tags = Counter(tag for row in rows for tag in row.tags)
    years = Counter(row.year for row in rows if row.year is not None)
    sites = Counter(row.site for row in rows if row.site)
    return Facets(
        tags=tuple(sorted(tags.items(), key=lambda entry: (-entry[1], entry[0].lower()))),
        years=tuple(sorted(years.items(), reverse=True)),
        sites=tuple(sites.most_common()),
    )


def any_episode(session: Session, chance: float) -> PostKey | None:
    """One finished episode; `chance`, from 0 up to 1, decides which."""
    ready = select(PostRow.key).where(PostRow.ready_at.is_not(None)).join(TextRow, TextRow.key == PostRow.key)
    n = session.scalar(select(func.count()).select_from(ready.subquery())) or 0
    if not n:
        return None
    key = session.scalar(ready.order_by(PostRow.key).offset(min(int(chance * n), n - 1)).limit(1))
    return PostKey.parse(key) if key else None


def paragraphs_with_times(session: Session, key: PostKey) -> Sequence[tuple[int, str]]:
    """(when it is heard, what is written) for each paragraph of the live episode; empty for none."""
    index, number, body = fulltext.everything(session)
    row = session.execute(
        select(TextRow.starts_ms, body).join(index, number == TextRow.id).where(TextRow.key == str(key))
    ).first()
    return list(zip(row[0], row[1].split("\n"), strict=True)) if row and row[0] else []


def _filters(wanted: Wanted) -> Iterator[Any]:
    if wanted.year is not None:
        yield TextRow.year == wanted.year
    if wanted.site:
        yield TextRow.site == wanted.site
    if wanted.min_minutes is not None:
        yield TextRow.minutes >= wanted.min_minutes
    if wanted.max_minutes is not None:
        yield TextRow.minutes <= wanted.max_minutes
    if wanted.tag:
        yield TextRow.tag_line.contains(f"\n{wanted.tag.lower()}\n", autoescape=True)


def _passages(session: Session, words: Words | None, numbers: Sequence[int]) -> dict[int, Passage]:
    """By the text's number: where it says most of what was asked for, first."""
    if words is None or not numbers:
        return {}
    index, number, body = fulltext.everything(session)
    rows = session.execute(
        select(TextRow.id, TextRow.starts_ms, body).join(index, number == TextRow.id).where(TextRow.id.in_(numbers))
    )
    found = {}
    for id_, starts_ms, text in rows:
        paragraphs = text.split("\n")
        best = max(range(len(paragraphs)), key=lambda place: (words.n_in(paragraphs[place]), -place))
        if starts_ms and words.n_in(paragraphs[best]):
            found[id_] = Passage(start_ms=starts_ms[best], parts=_excerpt(paragraphs[best], words))
    return found


def _excerpt(text: str, words: Words) -> tuple[tuple[str, bool], ...]:
    """The part of a paragraph around what was found, cut at words."""
    places = words.places(text)
    start = max(0, places[0][0] - _AROUND_CHARS)
    end = min(len(text), places[0][1] + 2 * _AROUND_CHARS)
    start = start and text.find(" ", start) + 1
    end = end if end == len(text) else max(text.rfind(" ", 0, end), places[0][1])
    parts: list[tuple[str, bool]] = []
    at = start
    for a, b in places:
        if b > end:
            break
        parts += [(text[at:a], False), (text[a:b], True)]
        at = b
    parts.append((text[at:end], False))
    cut = [("… ", False)] if start else []
    return tuple(part for part in [*cut, *parts, *([(" …", False)] if end < len(text) else [])] if part[0])
