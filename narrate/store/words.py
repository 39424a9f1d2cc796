"""What is typed into the search box -> words, phrases and what must not be there; where they stand in a text. Pure.

`probability "map and territory" -bayes`: all of them, the phrase as it stands, and no Bayes.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from narrate.errors import UsageError

MAX_QUERY_CHARS = 200
_MAX_TERMS = 16
_TERM = re.compile(r'(?P<minus>-?)(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))')
_PART = re.compile(r"[^\W_]+")
#: Endings that both databases' stemmers drop (Porter 1980, the common ones): enough to show what was found.
_ENDING = re.compile(r"(?:ings?|edly|ed|ies|es|s|ly|e|y)\Z")
_SHORTEST_STEM = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Terms are tuples of lower-case words: one for a word, several for a phrase (or for "can't")."""

    wanted: tuple[tuple[str, ...], ...]
    unwanted: tuple[tuple[str, ...], ...] = ()

    def as_fts5(self) -> str:
        """An expression of SQLite's FTS5: only quoted words, so nothing typed is taken for its syntax."""
        wanted = " AND ".join(_quoted(term) for term in self.wanted)
        return f"({wanted})" + "".join(f" NOT {_quoted(term)}" for term in self.unwanted)

    def as_websearch(self) -> str:
        """The text that PostgreSQL's websearch_to_tsquery reads."""
        return fold(" ".join([*map(_quoted, self.wanted), *(f"-{_quoted(term)}" for term in self.unwanted)]))

    def places(self, text: str) -> tuple[tuple[int, int], ...]:
        """(start, end) of what was asked for in a text, in order, none overlapping."""
        found = [match.span() for pattern in self._patterns() for match in pattern.finditer(text)]
        kept: list[tuple[int, int]] = []
        for start, end in sorted(found, key=lambda place: (place[0], -place[1])):
            if not kept or start >= kept[-1][1]:
                kept.append((start, end))
        return tuple(kept)

    def n_in(self, text: str) -> int:
        """How many of the wanted terms a text has."""
        return sum(1 for pattern in self._patterns() if pattern.search(text))

    def _patterns(self) -> list[re.Pattern[str]]:
        return [re.compile(r"[\W_]+".join(_loosely(word) for word in term), re.IGNORECASE) for term in self.wanted]


def parse_words(text: str) -> Words | None:
    """The search box's text; None when it is empty. Raises UsageError for one that finds nothing or everything."""
    if not text.strip():
        return None
    wanted: list[tuple[str, ...]] = []
    unwanted: list[tuple[str, ...]] = []
    for found in _TERM.finditer(text[:MAX_QUERY_CHARS]):
        term = tuple(word.lower() for word in _PART.findall(found["phrase"] or found["word"] or ""))
        if term:
            (unwanted if found["minus"] else wanted).append(term)
    if not wanted:
        raise UsageError("Write at least one word to look for; a word with a minus before it is left out.")
    return Words(wanted=tuple(dict.fromkeys(wanted))[:_MAX_TERMS], unwanted=tuple(dict.fromkeys(unwanted))[:_MAX_TERMS])


def fold(text: str) -> str:
    """The text without accents: "naïve" -> "naive"."""
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def _quoted(term: tuple[str, ...]) -> str:
    return '"' + " ".join(term) + '"'


def _loosely(word: str) -> str:
    """A pattern for a word and its forms."""
    stem = _ENDING.sub("", word)
    return rf"\b{re.escape(stem)}\w{{0,6}}\b" if len(stem) >= _SHORTEST_STEM else rf"\b{re.escape(word)}\b"
