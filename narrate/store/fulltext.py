"""The index of what is said in episodes: SQLite's FTS5 or PostgreSQL's text search, behind three functions.

Both stem English words and ignore case and accents, so "updates" finds "updating". The rows themselves are
`texts` (tables.py); the index has one row for each, under its number, with the words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, column, func, literal_column, table, text
from sqlalchemy.orm import Session

from narrate.store.words import Words, fold

#: What a word in the title, in the authors' names and in the text is worth, one against the other.
_WEIGHTS = (8.0, 4.0, 1.0)
_LITE = table("text_index", column("rowid"), column("title"), column("authors"), column("body"))
_POST = table("text_index", column("id"), column("title"), column("authors"), column("body"), column("words"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """Parts of a statement: join `index` on `number`, filter by `holds`, order by `distance` (the best is least)."""

    index: FromClause
    number: ColumnElement[Any]
    body: ColumnElement[Any]
    holds: ColumnElement[bool]
    distance: ColumnElement[Any]


def put(session: Session, number: int, title: str, authors: str, body: str) -> None:
    """Index a text under its row's number, instead of what was there."""
    drop(session, number)
    values = {"number": number, "title": title, "authors": authors, "body": body}
    if _is_sqlite(session):
        make = "INSERT INTO text_index (rowid, title, authors, body) VALUES (:number, :title, :authors, :body)"
    else:
        make = (
            "INSERT INTO text_index (id, title, authors, body, words) VALUES (:number, :title, :authors, :body, "
            "setweight(to_tsvector('narrate_words', :t), 'A') || setweight(to_tsvector('narrate_words', :a), 'B') || "
            "to_tsvector('narrate_words', :b))"
        )
        values |= {"t": fold(title), "a": fold(authors), "b": fold(body)}
    session.execute(text(make), values)


def drop(session: Session, number: int) -> None:
    name = "rowid" if _is_sqlite(session) else "id"
    session.execute(text(f"DELETE FROM text_index WHERE {name} = :number"), {"number": number})  # noqa: S608


def everything(session: Session) -> tuple[FromClause, ColumnElement[Any], ColumnElement[Any]]:
    """(index, its number, its body), for a list without a search."""
    index = _LITE if _is_sqlite(session) else _POST
    return index, index.c.rowid if _is_sqlite(session) else index.c.id, index.c.body


def matching(session: Session, words: Words) -> Matching:
    """What finds the texts with all of these words."""
    index, number, body = everything(session)
    if _is_sqlite(session):
        whole: ColumnElement[Any] = literal_column("text_index")
        return Matching(
            index=index,
            number=number,
            body=body,
            holds=whole.op("MATCH")(words.as_fts5()),
            distance=func.bm25(whole, *_WEIGHTS),
        )
    asked = func.websearch_to_tsquery("narrate_words", words.as_websearch())
    return Matching(
        index=index,
        number=number,
        body=body,
        holds=index.c.words.op("@@")(asked),
        distance=-func.ts_rank(index.c.words, asked),
    )


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"
