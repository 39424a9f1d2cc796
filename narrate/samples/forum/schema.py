"""ForumData -> an executable GraphQL schema, in the current dialect and the older one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from graphql import GraphQLError, GraphQLObjectType, GraphQLSchema, build_schema

from narrate.samples.forum import access
from narrate.samples.forum.data import Fields, ForumData
from narrate.samples.forum.fields import FIELDS, Context, Info, Resolver
from narrate.samples.forum.views import COMMON_TERMS, VIEWS, parse_date, selected

_SDL = Path(__file__).with_name("schema.graphql")
_DEFAULT_CHAPTERS = 20


@cache
def schema(*, legacy_only: bool) -> GraphQLSchema:
    """The schema of the current version, or of one that only knows `input.terms`."""
    unwanted = "#new" if legacy_only else "#old"
    lines = [line for line in _SDL.read_text("utf-8").splitlines() if not line.endswith(unwanted)]
    built = build_schema("\n".join([*lines, "" if legacy_only else _post_selector()]))
    assert built.query_type is not None
    for name, resolve in _QUERY.items():
        built.query_type.fields[name].resolve = resolve
    for type_name, resolvers in FIELDS.items():
        object_type = built.type_map.get(type_name)
        if isinstance(object_type, GraphQLObjectType):
            for name, resolve in resolvers.items():
                if name in object_type.fields:
                    object_type.fields[name].resolve = resolve
    return built


def _post_selector() -> str:
    """The typed terms of every view, and the map from view to terms."""
    inputs = []
    for name, view in VIEWS.items():
        terms = {**COMMON_TERMS, **dict(view.terms)}
        inputs.append(f"input PostTerms_{name} {{ {' '.join(f'{term}: {kind}' for term, kind in terms.items())} }}")
    return "\n".join([*inputs, f"input PostSelector {{ {' '.join(f'{name}: PostTerms_{name}' for name in VIEWS)} }}"])


Args = Mapping[str, Any]


def _single(
    find: Callable[[ForumData, Args], Fields | None], refusal: Callable[[ForumData, Fields], str | None]
) -> Resolver:
    """Resolver of a field that gives one document by a selector, in either form."""

    def resolve(_root: object, info: Info, **args: Any) -> Args:
        context: Context = info.context
        given = args.get("input") or {}
        selector = args.get("selector") or given.get("selector") or {}
        found = find(context.data, {**selector, "_id": selector.get("_id") or selector.get("documentId")})
        if found is None:
            if args.get("allowNull") or given.get("allowNull"):
                return {"result": None}
            raise GraphQLError(access.MISSING)
        if why := refusal(context.data, found):
            raise GraphQLError(why)
        return {"result": context.spoiled(found)}

    return resolve


#: View name, terms, context -> all documents it selects, and the view's own limit.
Select = Callable[[str, Args, Context], tuple[list[Fields], int | None]]


def _multi(select: Select, refusal: Callable[[ForumData, Fields], str | None]) -> Resolver:
    """Resolver of a field that gives a page of documents. Rights are asked after the limit, as on the forum."""

    def resolve(_root: object, info: Info, **args: Any) -> Args:
        context: Context = info.context
        rules = context.data.rules
        view, terms, page = _asked(args)
        _check_variables(info, terms)
        offset = max(0, int(page.get("offset") or 0))
        if offset > rules.max_skip:
            raise GraphQLError("Exceeded maximum value for skip")
        matching, view_limit = select(view, terms, context)
        limit = int(page.get("limit") or 0)
        if limit <= 0 or limit > rules.max_documents:
            limit = (view_limit or rules.max_documents) if limit <= 0 else rules.max_documents
        shown = matching[offset : offset + limit]
        results = [document for document in shown if not refusal(context.data, document)]
        total = len(matching) if len(shown) == limit else len(results)
        if "posts_arrive" in context.faults and info.field_name == "posts":
            _another_arrives(context.data)
        return {"results": results, "totalCount": total if page.get("enableTotal") else None}

    return resolve


def _asked(args: Args) -> tuple[str, Args, Args]:
    """(view, its terms, limit and offset and the like), from the typed form or the older one."""
    if (selector := args.get("selector")) is not None:
        view = next(iter(selector), "default")
        return view, selector.get(view) or {}, args
    given = args.get("input") or {}
    terms = given.get("terms") or {}
    page = {"enableTotal": given.get("enableTotal"), **{name: terms.get(name) for name in ("limit", "offset")}, **args}
    return str(terms.get("view") or "default"), terms, page


def _check_variables(info: Info, terms: Args) -> None:
    """A variable named like a term must have its value."""
    for name, value in info.variable_values.coerced.items():
        if name in terms and terms[name] != value:
            raise GraphQLError("app.conflicting_term_and_resolver_arg_keys")


def _another_arrives(data: ForumData) -> None:
    """Somebody posts, newer than everything, while a reader is between two pages."""
    newest = max(data.posts.values(), key=lambda post: parse_date(post["postedAt"]))
    at = f"{newest['postedAt'][:4]}-12-31T23:59:59.{len(data.posts) % 1000:03d}Z"
    data.add_post({"title": "Just posted", "postedAt": at, "contents": {"html": "<p>Hello.</p>"}})


def _select_posts(view: str, terms: Args, context: Context) -> tuple[list[Fields], int | None]:
    found = selected(context.posts(), view, terms, af_only=context.data.rules.alignment_forum)
    return [dict(post) for post in found], VIEWS[view].limit if view in VIEWS else None


def _select_comments(view: str, terms: Args, context: Context) -> tuple[list[Fields], int | None]:
    found = [c for c in context.data.comments.values() if terms.get("postId") in (None, c.get("postId"))]
    if view == "questionAnswers":
        found = sorted((c for c in found if c["answer"]), key=lambda c: (-c["baseScore"], c["_id"]))
    elif view == "debateResponses":
        found = sorted((c for c in found if c["debateResponse"]), key=lambda c: (parse_date(c["postedAt"]), c["_id"]))
    elif view == "topShortform":
        after, before = (parse_date(terms[name]) if terms.get(name) else None for name in ("after", "before"))
        found = [
            c
            for c in found
            if c["shortform"]
            and not c.get("topLevelCommentId")
            and (after is None or parse_date(c["postedAt"]) >= after)
            and (before is None or parse_date(c["postedAt"]) < before)
        ]
        found = sorted(found, key=lambda c: (-c["baseScore"], c["_id"]))
    elif view == "reviews":
        found = [c for c in found if c.get("reviewingForReview") == str(terms.get("reviewYear"))]
    return [context.spoiled(comment) for comment in found if not comment["deleted"]], None


def _select_users(view: str, terms: Args, context: Context) -> tuple[list[Fields], int | None]:
    slug = terms.get("slug")
    wanted = [u for u in context.data.users.values() if slug is None or slug in (u["slug"], *u["oldSlugs"])]
    return [user for user in wanted if not user["deleted"]], None


def _select_chapters(view: str, terms: Args, context: Context) -> tuple[list[Fields], int | None]:
    chapters = [c for sequence in context.data.sequences.values() for c in sequence["chapters"]]
    found = [c for c in chapters if terms.get("sequenceId") in (None, c["sequenceId"])]
    return sorted(found, key=lambda chapter: chapter["number"]), _DEFAULT_CHAPTERS


def _select_podcasts(view: str, terms: Args, context: Context) -> tuple[list[Fields], int | None]:
    return list(context.data.podcasts.values()), None


def _by_id(name: str) -> Callable[[ForumData, Args], Fields | None]:
    def find(data: ForumData, selector: Args) -> Fields | None:
        stored: dict[str, Fields] = getattr(data, name)
        if slug := selector.get("slug"):
            return next((document for document in stored.values() if document["slug"] == slug), None)
        return stored.get(str(selector.get("_id")))

    return find


def _post_refusal(data: ForumData, post: Fields) -> str | None:
    return access.refusal_of_post(post)


def _comment_refusal(data: ForumData, comment: Fields) -> str | None:
    return access.refusal_of_comment(comment, data.posts.get(str(comment.get("postId"))))


def _user_refusal(data: ForumData, user: Fields) -> str | None:
    return access.NOT_ALLOWED if user["deleted"] else None


def _sequence_refusal(data: ForumData, sequence: Fields) -> str | None:
    return access.refusal_of_sequence(sequence) if "draft" in sequence else None


def _open(data: ForumData, document: Fields) -> str | None:
    return None


def _user_by_slug(_root: object, info: Info, slug: str) -> Fields | None:
    return next(
        (user for user in info.context.data.users.values() if user["slug"] == slug and not user["deleted"]), None
    )


def _review_winners(_root: object, info: Info) -> list[Fields]:
    return [post for post in info.context.posts() if post.get("reviewWinner") and not access.refusal_of_post(post)]


_QUERY: dict[str, Resolver] = {
    "post": _single(_by_id("posts"), _post_refusal),
    "posts": _multi(_select_posts, _post_refusal),
    "comment": _single(_by_id("comments"), _comment_refusal),
    "comments": _multi(_select_comments, _comment_refusal),
    "user": _single(_by_id("users"), _user_refusal),
    "users": _multi(_select_users, _user_refusal),
    "sequence": _single(_by_id("sequences"), _sequence_refusal),
    "chapters": _multi(_select_chapters, _open),
    "collection": _single(_by_id("collections"), _open),
    "podcasts": _multi(_select_podcasts, _open),
    "GetUserBySlug": _user_by_slug,
    "GetAllReviewWinners": _review_winners,
}
