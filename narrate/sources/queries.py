"""What we want to know -> GraphQL text, in both of ForumMagnum's query forms. Pure.

Values are written into the query instead of sent as variables: the forum compares the names of variables with those of
a view's terms and refuses a query where they clash, and the types of variables differ between its versions.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from narrate.sources.forums import QueryForm

_PERSON = "{_id slug displayName}"
_REVISION = "{html version wordCount editedAt}"

SEQUENCE_FIELDS = "_id title chapters{number title posts{_id}}"

#: Fields of a post that every version of the forum has.
_CORE = (
    "_id slug title pageUrl postedAt modifiedAt baseScore url isEvent question debate shortform hideAuthor author "
    f"curatedDate user{_PERSON} tags{{name}}"
)

#: Fields that a version may lack or spell otherwise: name -> spellings, tried in order; then it is done without.
_OPTIONAL: dict[str, tuple[str, ...]] = {
    "coauthors": (f"coauthors{_PERSON}",),
    "collabEditorDialogue": ("collabEditorDialogue",),
    "deletedDraft": ("deletedDraft",),
    "postCategory": ("postCategory",),
    "positiveReviewVoteCount": ("positiveReviewVoteCount",),
    "podcastEpisodeId": ("podcastEpisodeId",),
    "podcastEpisode": ("podcastEpisode{episodeLink}",),
    "fmCrosspost": ("fmCrosspost{isCrosspost hostedHere foreignPostId}", "fmCrosspost"),
    "canonicalCollectionSlug": ("canonicalCollectionSlug",),
    "unlisted": ("unlisted",),
    "rejected": ("rejected",),
    "reviewWinner": ("reviewWinner{reviewYear}",),
    "canonicalSequence": (f"canonicalSequence{{{SEQUENCE_FIELDS}}}", "canonicalSequence{_id title}"),
    "glossary": ("glossary{term approved deleted contents{html}}",),
}
_ONLY_IN_FULL = ("canonicalSequence", "glossary")

_FIELD_NAMED = re.compile(r"""field ["'](?:\w+\.)?(\w+)["']""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one forum wants to be asked: the query form, and how many spellings of an optional field it has refused."""

    form: QueryForm = "selector"
    refused: tuple[tuple[str, int], ...] = ()
    other_form_tried: bool = False

    def after_refusal(self, messages: Sequence[str]) -> Dialect | None:
        """Another way to ask after these validation errors, None when there is none left.

        Fields the forum doesn't know are given up first; only then is the form of the query to blame.
        """
        refused = dict(self.refused)
        named = {found[1] for message in messages for found in _FIELD_NAMED.finditer(message)}
        blamed = [name for name in named if refused.get(name, 0) < len(_OPTIONAL.get(name, ()))]
        if blamed:
            refused.update({name: refused.get(name, 0) + 1 for name in blamed})
            return replace(self, refused=tuple(sorted(refused.items())))
        if self.other_form_tried:
            return None
        return replace(self, form="input" if self.form == "selector" else "selector", other_form_tried=True)

    def post_fields(self, *, in_full: bool) -> str:
        """The selection set of a post: with its body and all else, or what a listing needs."""
        refused = dict(self.refused)
        optional = [
            spellings[refused.get(name, 0)]
            for name, spellings in _OPTIONAL.items()
            if refused.get(name, 0) < len(spellings) and (in_full or name not in _ONLY_IN_FULL)
        ]
        return " ".join((_CORE, f"contents{_REVISION}" if in_full else "contents{wordCount}", *optional))

    def one(self, field: str, document_id: str, selection: str) -> str:
        """`field` of one document by its id, as in `post(selector: {_id: "..."}) {result {...}}`."""
        selector = f"selector:{{_id:{json.dumps(document_id)}}}"
        arguments = selector if self.form == "selector" else f"input:{{{selector}}}"
        return f"{field}({arguments}){{result{{{selection}}}}}"

    def many(
        self, field: str, view: str, terms: Mapping[str, object], selection: str, *, limit: int, offset: int = 0
    ) -> str:
        """A page of `field` by a named view and its terms."""
        if self.form == "selector":
            arguments = f"selector:{{{view}:{literal(terms)}}},limit:{limit},offset:{offset}"
        else:
            arguments = f"input:{{terms:{literal({'view': view, **terms, 'limit': limit, 'offset': offset})}}}"
        return f"{field}({arguments}){{results{{{selection}}}}}"


def literal(value: object) -> str:
    """A value in GraphQL's own notation: as JSON, but names of fields are bare. None isn't a value here."""
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{name}:{literal(item)}" for name, item in value.items() if item is not None) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(literal(item) for item in value) + "]"
    return json.dumps(value)


COMMENT_FIELDS = f"_id postId baseScore postedAt user{_PERSON} contents{{html version}}"
QUICK_TAKE_FIELDS = f"{COMMENT_FIELDS} shortform topLevelCommentId deleted"
COLLECTION_FIELDS = "_id slug title books{number posts{_id} sequences{_id title chapters{number posts{_id}}}}"
