"""Sequences as their forums show them, and which post stands where in them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from narrate.channels import Place
from narrate.records import PostKey, Series
from narrate.store.tables import PublicationRow, SeriesPartRow, SeriesRow


def save_series(session: Session, series: Series, at: datetime, member: PostKey | None = None) -> None:
    """Keep a sequence as its forum shows it now. `member` is in it, even where its place isn't told."""
    key = str(series.key)
    row = session.get(SeriesRow, key) or SeriesRow(key=key)
    row.title, row.url, row.seen_at = series.title, series.url, at
    session.add(row)
    session.flush()
    places: dict[str, SeriesPartRow] = {}
    for chapter, (title, posts) in enumerate(series.chapters, 1):
        for post in posts:
            places[str(post)] = SeriesPartRow(
                series=key, key=str(post), number=len(places) + 1, chapter=chapter, chapter_title=title
            )
    if places:
        session.execute(delete(SeriesPartRow).where(SeriesPartRow.series == key))
        session.expire_all()
        session.add_all(places.values())
    if member is not None and str(member) not in places and session.get(SeriesPartRow, (key, str(member))) is None:
        session.add(SeriesPartRow(series=key, key=str(member), number=None, chapter=1, chapter_title=""))
    session.flush()


def places_on(session: Session, site: str) -> dict[str, tuple[Place, ...]]:
    """key -> its places in sequences, of the episodes on a site."""
    wanted = (
        select(
            SeriesPartRow.key,
            SeriesPartRow.series,
            SeriesRow.title,
            SeriesPartRow.number,
            SeriesPartRow.chapter,
            SeriesPartRow.chapter_title,
        )
        .join(SeriesRow, SeriesRow.key == SeriesPartRow.series)
        .join(PublicationRow, (PublicationRow.key == SeriesPartRow.key) & (PublicationRow.site == site))
        .order_by(SeriesPartRow.key, SeriesPartRow.series)
    )
    found: dict[str, tuple[Place, ...]] = {}
    for key, series, title, number, chapter, chapter_title in session.execute(wanted):
        place = Place(series, title, number, chapter, chapter_title)
        found[key] = (*found.get(key, ()), place)
    return found
