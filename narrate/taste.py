"""What somebody wants to hear -> a feed of it: `/feeds/custom.xml?karma=75&tag=ai`. Pure.

Equal wishes are one feed, however they are written: `query` is their one spelling, and the feed's identity.
"""

from __future__ import annotations

import unicodedata
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args
from urllib.parse import quote, urlencode

from narrate.channels import Listing, Shelved, ready_order, tag_name
from narrate.errors import UsageError
from narrate.records import PostKind

Footnotes = Literal["inline", "never", "after"]
#: How footnotes are asked for -> the edition of an episode that has them so, where it has notes at all.
EDITIONS = {"inline": "", "never": "nofn", "after": "fnafter"}
_NAMESPACE = uuid.UUID("0b1f3a0e-5f0a-5d43-8f0c-6a1a5e5b9a11")
_FORUMS = ("lesswrong", "alignmentforum", "eaforum")
_LANES = {"recent": "recent", "classic": "classic", "classics": "classic"}
_MOST = 100_000
_MAX_NAMES = 10
_MAX_NAME_CHARS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Taste:
    """What is wanted; None and () mean anything. Of several tags or authors an episode needs one."""

    karma: int | None = None
    tags: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    min_minutes: int | None = None
    max_minutes: int | None = None
    forum: str | None = None
    lane: str | None = None
    kind: PostKind | None = None
    footnotes: Footnotes = "inline"

    @property
    def query(self) -> str:
        """The one spelling of this wish: "karma=75&tag=ai"."""
        pairs: list[tuple[str, object]] = [("author", name) for name in self.authors]
        pairs += [("tag", name) for name in self.tags]
        pairs += [(name, value) for name in _SINGLE if (value := getattr(self, name)) not in (None, "inline")]
        return urlencode(sorted((name, str(value)) for name, value in pairs), quote_via=quote)

    @property
    def podcast_guid(self) -> str:
        """The feed's identity, from what it is a choice by, wherever it is served."""
        return str(uuid.uuid5(_NAMESPACE, self.query))

    @property
    def edition(self) -> str:
        return EDITIONS[self.footnotes]

    def matches(self, episode: Shelved) -> bool:
        """Is this episode wanted?"""
        return (
            (self.karma is None or (episode.karma is not None and episode.karma >= self.karma))
            and (self.min_minutes is None or episode.minutes >= self.min_minutes)
            and (self.max_minutes is None or episode.minutes <= self.max_minutes)
            and (self.forum is None or self.forum in episode.forums)
            and (self.lane is None or self.lane == episode.lane)
            and (self.kind is None or self.kind == episode.kind)
            and (not self.tags or not {tag_name(t) for t in self.tags}.isdisjoint(map(tag_name, episode.tags)))
            and (not self.authors or any(_folded(n) in self.authors for both in episode.authors for n in both))
        )

    def listing(self, shelf: Iterable[Shelved]) -> Listing:
        """The feed of what is wanted, newest first."""
        said = "; ".join(self._in_words()) or "everything"
        return Listing(
            name="custom",
            title=said,
            description=f"Your own choice: {said}.",
            group="all",
            placed=ready_order(filter(self.matches, shelf)),
        )

    def _in_words(self) -> list[str]:
        words = [f"tag {' or '.join(self.tags)}"] if self.tags else []
        words += [f"by {' or '.join(self.authors)}"] if self.authors else []
        words += [f"karma {self.karma} and more"] if self.karma is not None else []
        words += [f"from {self.min_minutes} min"] if self.min_minutes is not None else []
        words += [f"up to {self.max_minutes} min"] if self.max_minutes is not None else []
        words += [f"{name} {value}" for name in ("forum", "lane", "kind") if (value := getattr(self, name))]
        return words + ([f"footnotes {self.footnotes}"] if self.footnotes != "inline" else [])


def read_taste(pairs: Sequence[tuple[str, str]]) -> Taste:
    """A query's names and values -> what is wanted. Raises UsageError, which says what is allowed."""
    given: dict[str, list[str]] = {}
    for name, value in pairs:
        if name not in _READERS:
            raise UsageError(f"A feed can't be chosen by {name[:40]!r}. There are: {', '.join(_READERS)}.")
        given.setdefault(name, []).append(value)
    for name in _SINGLE:
        if len(given.get(name, ())) > 1:
            raise UsageError(f"{name} is given {len(given[name])} times. Give it once.")
    read = {name: _READERS[name](name, values) for name, values in given.items()}
    taste = Taste(**{_FIELDS.get(name, name): value for name, value in read.items()})  # type: ignore[arg-type]
    if taste.min_minutes is not None and taste.max_minutes is not None and taste.min_minutes > taste.max_minutes:
        raise UsageError("min_minutes is more than max_minutes, so nothing fits. Change one of them.")
    return taste


def _number(name: str, values: Sequence[str]) -> int:
    value = values[0]
    if not (value.isascii() and value.isdigit() and len(value) <= 6 and int(value) <= _MOST):
        raise UsageError(f"{name} is {value[:40]!r}; give a whole number from 0 to {_MOST}.")
    return int(value)


def _names(name: str, values: Sequence[str]) -> tuple[str, ...]:
    """Names in one spelling and one order. Several may stand in one value, with commas."""
    found = {_folded(part) for value in values for part in value.split(",")}
    if "" in found or len(found) > _MAX_NAMES or any(len(part) > _MAX_NAME_CHARS for part in found):
        raise UsageError(f"{name}: give 1 to {_MAX_NAMES} names of at most {_MAX_NAME_CHARS} characters.")
    return tuple(sorted(found))


def _one_of(*allowed: str) -> Callable[[str, Sequence[str]], str]:
    def read(name: str, values: Sequence[str]) -> str:
        value = values[0].lower()
        if value not in allowed:
            raise UsageError(f"{name} is {values[0][:40]!r}; give one of {', '.join(allowed)}.")
        return value

    return read


def _lane(name: str, values: Sequence[str]) -> str:
    return _LANES[_one_of(*_LANES)(name, values)]


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


_READERS: dict[str, Callable[[str, Sequence[str]], object]] = {
    "author": _names,
    "footnotes": _one_of(*get_args(Footnotes)),
    "forum": _one_of(*_FORUMS),
    "karma": _number,
    "kind": _one_of(*get_args(PostKind)),
    "lane": _lane,
    "max_minutes": _number,
    "min_minutes": _number,
    "tag": _names,
}
_FIELDS = {"author": "authors", "tag": "tags"}
_SINGLE = tuple(name for name in _READERS if name not in _FIELDS)
