"""The client of one ForumMagnum site: ids, slugs and views in, posts and candidates out.

Everything goes through POST /graphql with one of two query forms; the client starts with the forum's usual one and
learns from a refusal which form and which optional fields this version knows.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from narrate.errors import ForumProtocol, ForumUnavailable, PersonMissing, PostDenied, PostMissing, SourceError
from narrate.records import Candidate, Post, Series
from narrate.sources import mapping
from narrate.sources.forums import Forum
from narrate.sources.people import Person, parse_person
from narrate.sources.queries import COLLECTION_FIELDS, COMMENT_FIELDS, QUICK_TAKE_FIELDS, SEQUENCE_FIELDS, Dialect
from narrate.sources.transport import PoliteClient

Json = Mapping[str, Any]

POSTS_A_REQUEST = 20  # bodies aliased into one request
_PAGE = 100  # candidates a page
_MAX_OFFSET = 2000  # beyond it the forum answers with an error
_MAX_COMMENTS = 500
_MAX_DIALECTS = 18  # ways to ask before giving up on a forum

#: Views in the order of one date: name -> (field of that date, whether newest come first). They are paged by date.
_DATED_VIEWS: dict[str, tuple[str, bool]] = {
    "new": ("postedAt", True),
    "rss": ("postedAt", True),
    "old": ("postedAt", False),
    "curatedRss": ("curatedDate", True),
}


class ForumMagnum:
    """One forum, asked through a polite client that several forums share. `now` dates what is fetched."""

    def __init__(self, forum: Forum, http: PoliteClient, now: Callable[[], datetime]) -> None:
        self.forum = forum
        self._http = http
        self._now = now
        self._dialect = Dialect(form=forum.query_form)

    def post(self, post_id: str) -> Post:
        """The post with its body, and its answers or messages. Raises what `posts` returns."""
        found = self.posts([post_id])[post_id]
        if isinstance(found, SourceError):
            raise found
        return found

    def posts(self, post_ids: Sequence[str]) -> dict[str, Post | SourceError]:
        """Posts by id, many to a request; for each id that can't be had, the error that says why."""
        found: dict[str, Post | SourceError] = {}
        for start in range(0, len(post_ids), POSTS_A_REQUEST):
            batch = list(dict.fromkeys(post_ids[start : start + POSTS_A_REQUEST]))
            for post_id, data in self._objects(batch, in_full=True).items():
                try:
                    found[post_id] = data if isinstance(data, SourceError) else self._complete(data)
                except ForumUnavailable:
                    raise
                except SourceError as refused:
                    found[post_id] = refused
        return found

    def candidate(self, post_id: str) -> Candidate:
        """What the board shows of one post, by id."""
        data = self._objects([post_id], in_full=False)[post_id]
        if isinstance(data, SourceError):
            raise data
        return mapping.parse_candidate(data, self.forum)

    def id_of_slug(self, slug: str) -> str:
        """The id of the post with this slug. Raises PostMissing."""
        return self._only_id("slugPost", {"slug": slug}, f"a post with the slug {slug!r}")

    def id_of_legacy(self, base36: str) -> str:
        """The id of the post with this number (base 36, as in old addresses). Raises PostMissing."""
        return self._only_id("legacyIdPost", {"legacyId": base36}, f"a post with the old number {base36!r}")

    def is_quick_takes(self, post_id: str) -> bool:
        """Whether this post is only the container of its author's quick takes."""
        data = self._objects([post_id], in_full=False)[post_id]
        if isinstance(data, SourceError):
            raise data
        return bool(data.get("shortform"))

    def quick_take(self, comment_id: str) -> Post:
        """One quick take, by the id of its comment."""
        data = self._one("comment", comment_id, QUICK_TAKE_FIELDS, f"the comment {comment_id}")
        return mapping.parse_quick_take(data, self.forum, self._now())

    def quick_takes(self, after: datetime, before: datetime) -> tuple[Json, ...]:
        """The quick takes of a window, best first, as the forum gives them."""

        def query(dialect: Dialect) -> str:
            window = {"after": _iso(after), "before": _iso(before)}
            return (
                "{page:"
                + dialect.many("comments", "topShortform", window, QUICK_TAKE_FIELDS, limit=_MAX_COMMENTS)
                + "}"
            )

        return self._results(query, "a week's quick takes")

    def person(self, slug: str) -> Person:
        """Somebody's profile as guests see it, by its slug. Raises PersonMissing."""
        question = f"{{found:GetUserBySlug(slug:{json.dumps(slug)}){{_id slug displayName karma htmlBio}}}}"
        data, errors = self._ask(lambda dialect: question)
        found = data.get("found")
        if not isinstance(found, Mapping) or not found.get("_id"):
            if "found" in errors and "operation_not_allowed" not in errors["found"]:
                raise self._refusal(errors["found"], "a profile")
            raise PersonMissing(f"{self.forum.name} shows nobody called {slug!r}: check the profile's address")
        return parse_person(found)

    def series(self, sequence_id: str) -> Series:
        """A sequence with its posts in reading order."""
        data = self._one("sequence", sequence_id, SEQUENCE_FIELDS, f"the sequence {sequence_id}")
        found = mapping.parse_series({"title": f"Sequence {sequence_id}", **data}, self.forum)
        if found is None:
            raise ForumProtocol(f"{self.forum.name} gave a sequence without id or title: report this as a fault")
        return found

    def ids_in_collection(self, collection_id: str) -> tuple[str, ...]:
        """The ids of a collection's posts: book by book, a book's own posts before its sequences."""
        data = self._one("collection", collection_id, COLLECTION_FIELDS, f"the collection {collection_id}")
        found: dict[str, None] = {}
        for book in sorted(_dicts(data.get("books")), key=_number):
            found.update(dict.fromkeys(str(post["_id"]) for post in _dicts(book.get("posts"))))
            for sequence in _dicts(book.get("sequences")):
                found.update(dict.fromkeys(_chapter_post_ids(sequence)))
        return tuple(found)

    def review_winners(self) -> Iterator[Candidate]:
        """The posts that won a Review, of all years; none where the forum holds no Reviews."""
        if not self.forum.has_reviews:
            return
        data, errors = self._ask(lambda dialect: f"{{won:GetAllReviewWinners{{{dialect.post_fields(in_full=False)}}}}}")
        if "won" in errors:
            raise self._refusal(errors["won"], "the winners of its Reviews")
        for post in _dicts(data.get("won")):
            yield mapping.parse_candidate(post, self.forum)

    def candidates_by_id(self, post_ids: Sequence[str]) -> Iterator[Candidate]:
        """Those of at most 100 posts that guests may see, whatever hides them from listings."""
        if post_ids:
            for data in self._page("default", {"exactPostIds": list(post_ids)}, _PAGE, 0):
                yield mapping.parse_candidate(data, self.forum)

    def candidates(
        self,
        view: str,
        *,
        after: datetime | None = None,
        before: datetime | None = None,
        limit: int = 100,
        terms: Mapping[str, object] | None = None,
    ) -> Iterator[Candidate]:
        """At most `limit` posts of a view, each once, in the view's order, a page at a time.

        `after` is inclusive, `before` exclusive; they mean the view's own date. Views in the order of a date are paged
        by moving that window, so that posts which arrive meanwhile shift nothing; the others by offset, and give at
        most 2,000 posts a window (ask for narrower windows). `terms` are further terms of the view.
        """
        window: dict[str, object] = {"after": _iso(after), "before": _iso(before), **(terms or {})}
        if self.forum.alignment_only:
            window["af"] = True
        dated = _DATED_VIEWS.get(view)
        if dated is None and limit > _MAX_OFFSET:
            raise ValueError(f"view {view!r} has no order of dates: ask for at most {_MAX_OFFSET} posts a window")
        if dated is not None and dated[0] != "postedAt":
            window["timeField"] = dated[0]
        seen: set[str] = set()
        offset = 0
        while len(seen) < limit:
            page = self._page(view, window, min(_PAGE, limit - len(seen)) if dated is None else _PAGE, offset)
            new = [data for data in page if mapping.post_id(data) not in seen]
            if not new:
                return
            for data in new[: limit - len(seen)]:
                seen.add(mapping.post_id(data))
                yield mapping.parse_candidate(data, self.forum)
            if dated is None:
                offset += _PAGE
            else:
                window |= _next_window(page, *dated)

    def _page(self, view: str, terms: Mapping[str, object], limit: int, offset: int) -> tuple[Json, ...]:
        def query(dialect: Dialect) -> str:
            return (
                "{page:"
                + dialect.many("posts", view, terms, dialect.post_fields(in_full=False), limit=limit, offset=offset)
                + "}"
            )

        return self._results(query, f"the view {view!r}")

    def _only_id(self, view: str, terms: Mapping[str, object], what: str) -> str:
        def query(dialect: Dialect) -> str:
            return "{page:" + dialect.many("posts", view, terms, "_id", limit=1) + "}"

        results = self._results(query, what)
        if not results:
            raise PostMissing(f"{self.forum.name} has no {what.removeprefix('a ')}: check the address")
        return mapping.post_id(results[0])

    def _complete(self, data: Json) -> Post:
        """A post object -> Post, with the comments that are part of it."""
        kind = mapping.post_kind(data)
        comments: tuple[Json, ...] = ()
        if kind == "question":
            comments = self._comments("questionAnswers", {"postId": mapping.post_id(data), "sortBy": "top"})
        elif kind == "debate":
            comments = self._comments("debateResponses", {"postId": mapping.post_id(data)})
        return mapping.parse_post(data, self.forum, self._now(), comments)

    def _comments(self, view: str, terms: Mapping[str, object]) -> tuple[Json, ...]:
        def query(dialect: Dialect) -> str:
            return "{page:" + dialect.many("comments", view, terms, COMMENT_FIELDS, limit=_MAX_COMMENTS) + "}"

        return self._results(query, "a post's comments")

    def _results(self, query: Callable[[Dialect], str], what: str) -> tuple[Json, ...]:
        """The `results` of a query with one aliased field, `page`."""
        data, errors = self._ask(query)
        if "page" in errors:
            raise self._refusal(errors["page"], what)
        page = data.get("page")
        results = page.get("results") if isinstance(page, Mapping) else None
        if not isinstance(results, list):
            raise ForumProtocol(f"{self.forum.name} answered without results for {what}: report this as a fault")
        return _dicts(results)

    def _one(self, field: str, document_id: str, selection: str, what: str) -> Json:
        data, errors = self._ask(lambda dialect: "{found:" + dialect.one(field, document_id, selection) + "}")
        found = self._result(data, errors, "found", what)
        if isinstance(found, SourceError):
            raise found
        return found

    def _objects(self, post_ids: Sequence[str], *, in_full: bool) -> dict[str, Json | SourceError]:
        """Post objects by id, in one request."""

        def query(dialect: Dialect) -> str:
            fields = dialect.post_fields(in_full=in_full)
            return "{" + " ".join(f"p{n}:{dialect.one('post', i, fields)}" for n, i in enumerate(post_ids)) + "}"

        data, errors = self._ask(query)
        return {i: self._result(data, errors, f"p{n}", f"the post {i}") for n, i in enumerate(post_ids)}

    def _result(self, data: Json, errors: Mapping[str, str], alias: str, what: str) -> Json | SourceError:
        if alias in errors:
            return self._refusal(errors[alias], what)
        answer = data.get(alias)
        result = answer.get("result") if isinstance(answer, Mapping) else None
        return result if isinstance(result, Mapping) else self._refusal("app.missing_document", what)

    def _refusal(self, message: str, what: str) -> SourceError:
        """A resolver's error -> ours."""
        if "missing_document" in message:
            return PostMissing(f"{self.forum.name} has no such thing as {what}, or it was deleted: check the address")
        if "operation_not_allowed" in message or "logged-in users" in message:
            return PostDenied(
                f"{self.forum.name} doesn't show {what} to guests (a draft, login-only, or awaiting review): "
                "ask its author to publish it"
            )
        if message.startswith("app."):
            return ForumProtocol(f"{self.forum.name} refused {what} ({message[:100]}): report this as a fault")
        return ForumUnavailable(f"{self.forum.name} failed at {what} ({message[:100]}): try again later")

    def _ask(self, query: Callable[[Dialect], str]) -> tuple[Json, dict[str, str]]:
        """(data, message of the error by top-level alias). Learns the forum's dialect from what it refuses."""
        for _ in range(_MAX_DIALECTS):
            answer = self._http.post_json(self.forum, "/graphql", {"query": query(self._dialect)})
            if not isinstance(answer, Mapping):
                raise ForumProtocol(f"{self.forum.name} answered with something that isn't GraphQL: check its address")
            errors = _dicts(answer.get("errors"))
            refused = [str(error.get("message")) for error in errors if _is_validation(error)]
            if not refused:
                return self._parts(answer, errors)
            other = self._dialect.after_refusal(refused)
            if other is None:
                break
            self._dialect = other
        raise ForumProtocol(
            f"{self.forum.name} doesn't understand our questions ({'; '.join(refused)[:200]}): report this as a fault"
        )

    def _parts(self, answer: Json, errors: Sequence[Json]) -> tuple[Json, dict[str, str]]:
        data = answer.get("data")
        by_alias: dict[str, str] = {}
        for error in errors:
            path = error.get("path")
            if not isinstance(path, list) or not path:
                raise self._refusal(str(error.get("message")), "our question")
            if len(path) <= 2:  # deeper ones cost a field, which the mapping does without
                by_alias.setdefault(str(path[0]), str(error.get("message")))
        if not isinstance(data, Mapping) and not by_alias:
            raise ForumProtocol(f"{self.forum.name} answered without data: check its address")
        return (data if isinstance(data, Mapping) else {}), by_alias


def utc_now() -> datetime:
    return datetime.now(UTC)


def _is_validation(error: Json) -> bool:
    extensions = error.get("extensions")
    code = extensions.get("code") if isinstance(extensions, Mapping) else None
    return code in ("GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT")


def _next_window(page: Sequence[Json], date_field: str, newest_first: bool) -> dict[str, object]:
    """The window that starts where the page ended, its last instant included: two posts may share it."""
    dates = [at for data in page if (at := mapping.parse_date(data.get(date_field)))]
    if not dates:
        return {}
    return {"before": _iso(min(dates) + timedelta(milliseconds=1))} if newest_first else {"after": _iso(max(dates))}


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _chapter_post_ids(sequence: Json) -> Iterator[str]:
    for chapter in sorted(_dicts(sequence.get("chapters")), key=_number):
        for post in _dicts(chapter.get("posts")):
            yield str(post["_id"])


def _number(data: Json) -> float:
    number = data.get("number")
    return number if isinstance(number, (int, float)) else float("inf")


def _dicts(value: object) -> tuple[Json, ...]:
    return tuple(item for item in value if isinstance(item, Mapping)) if isinstance(value, (list, tuple)) else ()
