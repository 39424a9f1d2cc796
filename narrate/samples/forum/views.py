"""Posts + a view and its terms -> the posts it selects, in its order, before anybody's rights are asked. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Fields = Mapping[str, Any]
Test = Callable[[Fields], bool]

LONG_FORM_REVIEW_TAG = "iAmF7peh3Trtdxobd"
_NEVER = datetime.min.replace(tzinfo=UTC)

#: Terms that every view takes, with their GraphQL types.
COMMON_TERMS: dict[str, str] = {
    "postIds": "[String!]",
    "notPostIds": "[String!]",
    "exactPostIds": "[String!]",
    "groupId": "String",
    "af": "Boolean",
    "question": "Boolean",
    "authorIsUnreviewed": "Boolean",
    "hideCommunity": "Boolean",
    "karmaThreshold": "Int",
    "excludeEvents": "Boolean",
    "userId": "String",
    "includeRelatedQuestions": "String",
    "filter": "String",
    "view": "String",
    "filterSettings": "JSON",
    "sortedBy": "String",
    "after": "String",
    "before": "String",
    "timeField": "String",
    "curatedAfter": "String",
}

_SORTINGS: dict[str, tuple[str, ...]] = {
    "magic": ("-score",),
    "top": ("-baseScore",),
    "topAdjusted": ("-baseScore",),
    "new": ("-postedAt",),
    "old": ("postedAt",),
    "recentComments": ("-lastCommentedAt",),
}

#: What the default view hides: field -> the value it must have.
_DEFAULTS: dict[str, object] = {
    "status": 2,
    "draft": False,
    "isFuture": False,
    "unlisted": False,
    "shortform": False,
    "authorIsUnreviewed": False,
    "rejected": False,
    "hiddenRelatedQuestion": False,
    "groupId": None,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A named view. `sort`: fields, descending with a minus; `lifted`: defaults that it doesn't apply."""

    sort: tuple[str, ...] = ()
    selects: Callable[[Fields], Test] = lambda terms: lambda post: True
    terms: tuple[tuple[str, str], ...] = ()
    limit: int | None = None
    lifted: tuple[str, ...] = ()


def _has(field: str) -> Callable[[Fields], Test]:
    return lambda terms: lambda post: post.get(field) is not None


def _by_author(terms: Fields) -> Test:
    return lambda post: terms.get("userId") in (post.get("userId"), *post["coauthorUserIds"])


def _of_legacy_id(terms: Fields) -> Test:
    try:
        wanted = str(int(str(terms.get("legacyId")), 36))
    except ValueError:
        return lambda post: False
    return lambda post: str(post.get("legacyId")) == wanted


def _nominated(terms: Fields) -> Test:
    threshold = 1 if terms.get("reviewPhase") == "NOMINATIONS" else 2
    return lambda post: (
        post["positiveReviewVoteCount"] >= threshold or post["tagRelevance"].get(LONG_FORM_REVIEW_TAG, 0) >= 1
    )


def _nominated_in_year(terms: Fields) -> Test:
    nominated, year = _nominated(terms), int(terms["reviewYear"])
    return lambda post: nominated(post) and parse_date(post["postedAt"]).year == year


_META = (("meta", "Boolean"), ("forum", "Boolean"))

VIEWS: dict[str, View] = {
    "default": View(),
    "top": View(sort=("-baseScore",), terms=_META),
    "new": View(sort=("-postedAt",), terms=_META),
    "old": View(sort=("postedAt",)),
    "magic": View(sort=("-score",), selects=lambda terms: lambda post: not post["isEvent"], terms=_META),
    "daily": View(sort=("-baseScore",)),
    "rss": View(sort=("-postedAt",), terms=_META),
    "frontpage": View(sort=("-score",), selects=_has("frontpageDate")),
    "frontpageRss": View(sort=("-frontpageDate",), selects=_has("frontpageDate")),
    "curated": View(sort=("-sticky", "-curatedDate"), selects=_has("curatedDate")),
    "curatedRss": View(sort=("-curatedDate",), selects=_has("curatedDate")),
    "communityRss": View(
        sort=("-postedAt",),
        selects=lambda terms: lambda post: post.get("frontpageDate") is None and post["maxBaseScore"] > 2,
    ),
    "timeframe": View(terms=(("limit", "String"),)),
    "tagRelevance": View(sort=("-tagRelevance", "-baseScore"), terms=(("tagId", "String"),)),
    "userPosts": View(
        sort=("-postedAt",), selects=_by_author, limit=5, lifted=("shortform", "hiddenRelatedQuestion", "groupId")
    ),
    "recentComments": View(sort=("-lastCommentedAt",)),
    "slugPost": View(
        selects=lambda terms: lambda post: post["slug"] == terms.get("slug"), terms=(("slug", "String"),), limit=1
    ),
    "legacyIdPost": View(selects=_of_legacy_id, terms=(("legacyId", "String"),), limit=1),
    "reviewVoting": View(
        sort=("-lastCommentedAt",), selects=_nominated, terms=(("reviewPhase", "String"),), lifted=("groupId",)
    ),
    "frontpageReviewWidget": View(
        sort=("-lastCommentedAt",),
        selects=_nominated_in_year,
        terms=(("reviewYear", "Int!"), ("reviewPhase", "String")),
    ),
    "reviewFinalVoting": View(
        sort=("-lastCommentedAt",),
        selects=lambda terms: lambda post: post["reviewCount"] >= 1 and post["positiveReviewVoteCount"] >= 2,
    ),
}


def selected(posts: Iterable[Fields], view_name: str, terms: Fields, *, af_only: bool = False) -> list[Fields]:
    """Posts of a view, sorted; an unknown view is the default one, as on the forum. `af_only`: as the AF lists."""
    exact = terms.get("exactPostIds")
    view = VIEWS.get(view_name, VIEWS["default"])
    tests = [lambda post: post["_id"] in exact] if exact else [*_common_tests(view, terms), view.selects(terms)]
    if af_only:
        tests.append(lambda post: bool(post["af"]))
    found = [post for post in posts if all(test(post) for test in tests)]
    return _sorted(found, (*_SORTINGS.get(str(terms.get("sortedBy")), ()), *view.sort), terms)


def parse_date(value: object) -> datetime:
    """An ISO date of the forum or of a term, aware UTC; the beginning of time where there is none."""
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        return _NEVER
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _common_tests(view: View, terms: Fields) -> list[Test]:
    expected = {name: value for name, value in _DEFAULTS.items() if name not in view.lifted}
    expected |= {name: terms[name] for name in ("af", "question", "authorIsUnreviewed", "groupId") if name in terms}
    if terms.get("includeRelatedQuestions") == "true":
        expected.pop("hiddenRelatedQuestion", None)
    if terms.get("excludeEvents"):
        expected["isEvent"] = False
    tests: list[Test] = [lambda post: all(post.get(name) == value for name, value in expected.items())]
    if terms.get("postIds") is not None:
        tests.append(lambda post: post["_id"] in terms["postIds"])
    if terms.get("notPostIds") is not None:
        tests.append(lambda post: post["_id"] not in terms["notPostIds"])
    if threshold := int(terms.get("karmaThreshold") or 0):
        tests.append(lambda post: min(post["baseScore"], post["maxBaseScore"]) >= threshold)
    if terms.get("userId") is not None:
        tests += [lambda post: not post["hideAuthor"], _by_author(terms)]
    return [*tests, *_date_tests(terms), *_named_filter(terms), *_filter_settings(terms)]


def _date_tests(terms: Fields) -> list[Test]:
    field = str(terms.get("timeField") or "postedAt")
    tests: list[Test] = []
    if terms.get("after"):
        after = parse_date(terms["after"])
        tests.append(lambda post: post.get(field) is not None and parse_date(post[field]) >= after)
    if terms.get("before"):
        before = parse_date(terms["before"])
        tests.append(lambda post: post.get(field) is not None and parse_date(post[field]) < before)
    if terms.get("curatedAfter"):
        curated_after = parse_date(terms["curatedAfter"])
        tests.append(lambda post: parse_date(post.get("curatedDate")) >= curated_after)
    return tests


def _named_filter(terms: Fields) -> list[Test]:
    filters: dict[str, Test] = {
        "curated": lambda post: post.get("curatedDate") is not None,
        "uncurated": lambda post: post.get("curatedDate") is None,
        "frontpage": lambda post: post.get("frontpageDate") is not None,
        "questions": lambda post: bool(post["question"]),
        "events": lambda post: bool(post["isEvent"]),
        "linkpost": lambda post: bool(post.get("url")),
        "tagged": lambda post: any(relevance >= 1 for relevance in post["tagRelevance"].values()),
        "untagged": lambda post: not any(relevance >= 1 for relevance in post["tagRelevance"].values()),
    }
    return [filters[name]] if (name := str(terms.get("filter"))) in filters else []


def _filter_settings(terms: Fields) -> list[Test]:
    settings = terms.get("filterSettings") or {}
    settings = json.loads(settings) if isinstance(settings, str) else settings
    tests: list[Test] = []
    if settings.get("personalBlog") == "Hidden":
        tests.append(lambda post: post.get("frontpageDate") is not None)
    elif settings.get("personalBlog") == "Required":
        tests.append(lambda post: post.get("frontpageDate") is None)
    for tag in settings.get("tags", ()):
        tests += _tag_test(str(tag["tagId"]), tag.get("filterMode"))
    return tests


def _tag_test(tag_id: str, mode: object) -> list[Test]:
    if mode == "Required":
        return [lambda post: post["tagRelevance"].get(tag_id, 0) >= 1]
    if mode == "Hidden":
        return [lambda post: post["tagRelevance"].get(tag_id, 0) < 1]
    return []


def _sorted(posts: Sequence[Fields], sort: tuple[str, ...], terms: Fields) -> list[Fields]:
    """By the fields of `sort`, missing values last, ties by _id from z to a."""
    found = sorted(posts, key=lambda post: str(post["_id"]), reverse=True)
    for field in reversed(sort or ("-createdAt", "-postedAt")):
        name, descending = field.removeprefix("-"), field.startswith("-")
        values = {id(post): _sort_value(post, name, terms) for post in found}
        present = [post for post in found if values[id(post)] is not None]
        absent = [post for post in found if values[id(post)] is None]
        found = [*sorted(present, key=lambda post: values[id(post)], reverse=descending), *absent]  # type: ignore[arg-type,return-value]
    return found


def _sort_value(post: Fields, field: str, terms: Fields) -> object:
    if field == "tagRelevance":
        return post["tagRelevance"].get(terms.get("tagId"))
    value = post.get(field)
    return parse_date(value) if isinstance(value, str) else value
