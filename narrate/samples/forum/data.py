"""A folder of post JSON files -> what a forum knows: plain dicts in the shape of its GraphQL, to read and to change.

Posts are the objects a forum returns, with their comments under an extra key `_comments`. What a file leaves out is
filled in as the forum would have it.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

Fields = dict[str, Any]

_ID_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTWXYZabcdefghijkmnopqrstuvwxyz"
_FIRST_REVISION = "1.0.0"

_FLAGS = (
    "af",
    "onlineEvent",
    "question",
    "isEvent",
    "draft",
    "deletedDraft",
    "isFuture",
    "unlisted",
    "authorIsUnreviewed",
    "rejected",
    "shortform",
    "hideAuthor",
    "forceAllowType3Audio",
    "debate",
    "collabEditorDialogue",
    "legacy",
    "onlyVisibleToLoggedIn",
    "noIndex",
    "disableRecommendation",
    "hiddenRelatedQuestion",
)
_COUNTS = (
    "reviewCount",
    "reviewVoteCount",
    "positiveReviewVoteCount",
    "finalReviewVoteScoreHighKarma",
    "score",
    "afBaseScore",
)
_POST_DEFAULTS: Fields = {
    "slug": "untitled",
    "title": "Untitled",
    "postedAt": "2020-01-01T00:00:00.000Z",
    "baseScore": 1,
    "voteCount": 1,
    "commentCount": 0,
    "status": 2,
    "tags": [],
    "tagRelevance": {},
    "coauthors": [],
    "coauthorUserIds": [],
    "glossary": [],
    "postCategory": "post",
    "fmCrosspost": {"isCrosspost": False, "hostedHere": None, "foreignPostId": None},
    **dict.fromkeys(_FLAGS, False),
    **dict.fromkeys(_COUNTS, 0),
}
_COMMENT_DEFAULTS: Fields = {
    "postedAt": "2020-01-01T00:00:00.000Z",
    "baseScore": 1,
    "answer": False,
    "debateResponse": False,
    "shortform": False,
    "deleted": False,
}
_USER_DEFAULTS: Fields = {
    "karma": 0,
    "afKarma": 0,
    "postCount": 0,
    "createdAt": "2015-01-01T00:00:00.000Z",
    "htmlBio": "",
    "bio": "",
    "deleted": False,
    "banned": None,
    "oldSlugs": [],
}


@dataclass(slots=True)
class Rules:
    """What differs from one forum to the next."""

    name: str = "LessWrong"
    site_url: str = "https://www.lesswrong.com"
    crawl_delay_s: float | None = 0  # None: robots.txt says nothing about it
    max_documents: int = 10_000
    max_skip: int = 2_000
    legacy_only: bool = False  # an older version, as the EA Forum runs: only the input.terms form, fewer fields
    alignment_forum: bool = False  # lists only posts with `af`


@dataclass(slots=True)
class ForumData:
    """Everything a fake forum serves. The dicts may be changed while it serves: the next answer shows it."""

    posts: dict[str, Fields] = field(default_factory=dict)
    comments: dict[str, Fields] = field(default_factory=dict)
    users: dict[str, Fields] = field(default_factory=dict)
    sequences: dict[str, Fields] = field(default_factory=dict)
    collections: dict[str, Fields] = field(default_factory=dict)
    podcasts: dict[str, Fields] = field(default_factory=dict)
    rules: Rules = field(default_factory=Rules)

    @classmethod
    def from_folder(cls, path: Path, rules: Rules | None = None) -> ForumData:
        """The posts of every *.json in the folder. Raises ValueError when there is none."""
        files = sorted(path.glob("*.json"))
        if not files:
            raise ValueError(f"no post JSON files in {path}")
        return cls.from_posts((json.loads(file.read_text("utf-8")) for file in files), rules)

    @classmethod
    def from_posts(cls, posts: Iterable[Mapping[str, Any]], rules: Rules | None = None) -> ForumData:
        """The given posts, copied, with the people and comments that they bring."""
        data = cls(rules=rules or Rules())
        for post in posts:
            data.add_post(post)
        return data

    def add_post(self, given: Mapping[str, Any]) -> Fields:
        """Take in a post, fill in what is missing, and return the stored one."""
        known = {name: value for name, value in given.items() if value is not None or name not in _POST_DEFAULTS}
        post = copy.deepcopy({**_POST_DEFAULTS, **known})  # guests are shown null for some flags
        post.setdefault("_id", self.new_id())
        post.setdefault("maxBaseScore", post["baseScore"])
        post.setdefault("lastCommentedAt", post["postedAt"])
        post.setdefault("modifiedAt", post["postedAt"])
        for comment in post.pop("_comments", ()):
            self.add_comment({"postId": post["_id"], **comment})
        post["userId"] = self._add_user(post.pop("user", None)) or post.get("userId")
        post["coauthorUserIds"] = [self._add_user(user) for user in post.pop("coauthors")] or post["coauthorUserIds"]
        post["tagRelevance"] = post["tagRelevance"] or {tag["_id"]: 1 for tag in post["tags"] if "_id" in tag}
        _complete_revision(post)
        self.posts[post["_id"]] = post
        return post

    def add_comment(self, given: Mapping[str, Any]) -> Fields:
        comment = copy.deepcopy({**_COMMENT_DEFAULTS, **given})
        comment.setdefault("_id", self.new_id())
        comment["userId"] = self._add_user(comment.pop("user", None)) or comment.get("userId")
        _complete_revision(comment)
        self.comments[comment["_id"]] = comment
        return comment

    def add_sequence(self, title: str, chapters: Iterable[Iterable[str]], **fields: Any) -> Fields:
        """A sequence of chapters, each a list of post ids in reading order."""
        sequence_id = fields.pop("_id", None) or self.new_id()
        listed = [
            {"_id": self.new_id(), "number": number, "title": None, "sequenceId": sequence_id, "postIds": list(ids)}
            for number, ids in enumerate(chapters, start=1)
        ]
        flags = {"draft": False, "isDeleted": False, "hidden": False, "userId": None}
        self.sequences[sequence_id] = {"_id": sequence_id, "title": title, "chapters": listed, **flags, **fields}
        return self.sequences[sequence_id]

    def add_collection(self, slug: str, books: Iterable[Mapping[str, Any]], **fields: Any) -> Fields:
        """A collection of books; each book may have `postIds` and `sequenceIds`."""
        collection_id = fields.pop("_id", None) or self.new_id()
        listed = [
            {"_id": self.new_id(), "number": number, "title": None, "postIds": [], "sequenceIds": [], **book}
            for number, book in enumerate(books, start=1)
        ]
        self.collections[collection_id] = {"_id": collection_id, "slug": slug, "title": slug, "books": listed, **fields}
        return self.collections[collection_id]

    def change(self, post_id: str, **fields: Any) -> Fields:
        """Set fields of a post, as moderators and voters do; its `modifiedAt` moves."""
        post = self.posts[post_id]
        post.update(fields)
        post["maxBaseScore"] = max(post["maxBaseScore"], post["baseScore"])
        post["modifiedAt"] = _iso(datetime.now(UTC))
        return post

    def edit(self, post_id: str, html: str) -> Fields:
        """A new revision of a post's text; the old one stays to be had by its version."""
        post = self.posts[post_id]
        major, minor, _ = post["contents"]["version"].split(".")
        post["_revisions"].append(post["contents"])
        post["contents"] = {"html": html, "version": f"{major}.{int(minor) + 1}.0", "editedAt": _iso(datetime.now(UTC))}
        _complete_revision(post)
        return self.change(post_id)

    def new_id(self) -> str:
        return "".join(random.SystemRandom().choices(_ID_ALPHABET, k=17))

    def user(self, user_id: str | None) -> Fields | None:
        """The account, None when there is none or it was deleted: guests can't tell."""
        found = self.users.get(user_id or "")
        return None if found is None or found["deleted"] else found

    def _add_user(self, given: Mapping[str, Any] | None) -> str | None:
        if given is None:
            return None
        name = str(given.get("displayName") or "Somebody")
        slug = str(given.get("slug") or name.lower().replace(" ", "-"))
        user_id = str(given.get("_id") or slug)
        known = self.users.get(user_id, _USER_DEFAULTS)
        self.users[user_id] = {**copy.deepcopy(known), "_id": user_id, "slug": slug, "displayName": name, **dict(given)}
        self.users[user_id] |= {"_id": user_id, "slug": slug, "displayName": name}
        return user_id


def _complete_revision(document: Fields) -> None:
    """Give a document's current text what every revision has."""
    document.setdefault("_revisions", [])
    contents = document.get("contents")
    if contents is None:
        document["contents"] = None
        return
    words = (contents.get("html") or "").split()
    contents.setdefault("version", _FIRST_REVISION)
    contents.setdefault("wordCount", document.get("wordCount") or len(words))
    contents.setdefault("editedAt", document.get("modifiedAt") or document["postedAt"])


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
