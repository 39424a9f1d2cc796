"""Utterances -> paragraphs: what pages show as one, what the search finds words in, what a link leads to. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from operator import attrgetter
from typing import Any, TypeVar

_U = TypeVar("_U")


def paragraphs_of(
    utterances: Iterable[_U], fields: Callable[..., Callable[[Any], Any]] = attrgetter
) -> Iterator[tuple[_U, ...]]:
    """Neighbours of one block, role and speaker. `fields` is `itemgetter` for those of a script's JSON."""
    for _, group in groupby(utterances, key=fields("block", "role", "speaker")):
        yield tuple(group)
