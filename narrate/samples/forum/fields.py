"""A stored document and a field of its type -> the field's value, where it isn't simply the stored one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from narrate.samples.forum import access
from narrate.samples.forum.data import Fields, ForumData
from narrate.samples.forum.faults import spoiled

if TYPE_CHECKING:
    from graphql import GraphQLResolveInfo

Info: TypeAlias = "GraphQLResolveInfo[Context]"
Resolver = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Context:
    """What the resolvers of one request share."""

    data: ForumData
    faults: frozenset[str] = frozenset()

    def posts(self) -> list[Fields]:
        return [self.spoiled(post) for post in list(self.data.posts.values())]

    def spoiled(self, document: Fields) -> Fields:
        return spoiled(document, self.faults)


def _user(document: Fields, info: Info) -> Fields | None:
    return None if "null_user" in info.context.faults else info.context.data.user(document.get("userId"))


def _coauthors(post: Fields, info: Info) -> list[Fields]:
    users = (info.context.data.user(user_id) for user_id in post["coauthorUserIds"])
    return [user for user in users if user is not None]


def _revision(post: Fields, info: Info, version: str | None = None) -> Fields | None:
    kept = [*post["_revisions"], *([post["contents"]] if post["contents"] else [])]
    return post["contents"] if version is None else next((r for r in kept if r["version"] == version), None)


def _in_contents(name: str) -> Resolver:
    return lambda post, info: post["contents"] and post["contents"].get(name)


def _visible_posts(ids: Iterable[str], info: Info) -> list[Fields]:
    posts = (info.context.data.posts.get(post_id) for post_id in ids)
    return [info.context.spoiled(post) for post in posts if post is not None and not access.refusal_of_post(post)]


def _post_page(post: Fields, info: Info) -> str:
    place = "events" if post["isEvent"] else "posts"
    return post.get("pageUrl") or f"{info.context.data.rules.site_url}/{place}/{post['_id']}/{post['slug']}"


def _sequence_of(post: Fields, info: Info) -> Fields | None:
    found = info.context.data.sequences.get(str(post.get("canonicalSequenceId")))
    return None if found is None or access.refusal_of_sequence(found) else found


FIELDS: dict[str, dict[str, Resolver]] = {
    "Post": {
        "contents": _revision,
        "htmlBody": _in_contents("html"),
        "wordCount": _in_contents("wordCount"),
        "version": _in_contents("version"),
        "readTimeMinutes": lambda post, info: max(1, round(((post["contents"] or {}).get("wordCount") or 0) / 250)),
        "pageUrl": _post_page,
        "pageUrlRelative": lambda post, info: f"/posts/{post['_id']}/{post['slug']}",
        "linkUrl": lambda post, info: post.get("url") or _post_page(post, info),
        "revisions": lambda post, info, limit: [*post["_revisions"], post["contents"]][-limit:][::-1],
        "user": _user,
        "userId": lambda post, info: (_user(post, info) or {}).get("_id"),
        "coauthors": _coauthors,
        # what guests are never shown
        "createdAt": lambda post, info: None,
        "draft": lambda post, info: None,
        "wasEverUndrafted": lambda post, info: None,
        "canonicalSequence": _sequence_of,
        "comments": lambda post, info, limit=None: [
            comment for comment in info.context.data.comments.values() if comment.get("postId") == post["_id"]
        ][:limit],
    },
    "Revision": {
        "htmlHighlight": lambda revision, info: (revision["html"] or "")[:2400],
        "plaintextDescription": lambda revision, info: revision.get("plaintextDescription") or "",
    },
    "Comment": {"user": _user, "htmlBody": _in_contents("html")},
    "User": {"pageUrl": lambda user, info: f"{info.context.data.rules.site_url}/users/{user['slug']}"},
    "Tag": {
        "_id": lambda tag, info: tag.get("_id") or tag["name"],
        "slug": lambda tag, info: tag.get("slug") or tag["name"].lower().replace(" ", "-"),
        "core": lambda tag, info: bool(tag.get("core")),
        "postCount": lambda tag, info: tag.get("postCount") or 0,
    },
    "JargonTerm": {
        "deleted": lambda term, info: bool(term.get("deleted")),
        "approved": lambda term, info: bool(term.get("approved")),
        "altTerms": lambda term, info: term.get("altTerms") or [],
        "contents": lambda term, info: {"version": "1.0.0", "wordCount": 0, **(term.get("contents") or {})},
    },
    "Sequence": {
        "user": _user,
        "postsCount": lambda sequence, info: sum(len(chapter["postIds"]) for chapter in sequence["chapters"]),
    },
    "Chapter": {"posts": lambda chapter, info: _visible_posts(chapter["postIds"], info)},
    "Book": {
        "posts": lambda book, info: _visible_posts(book["postIds"], info),
        "sequences": lambda book, info: [
            sequence
            for sequence_id in book["sequenceIds"]
            if (sequence := info.context.data.sequences.get(sequence_id)) and not access.refusal_of_sequence(sequence)
        ],
    },
}
