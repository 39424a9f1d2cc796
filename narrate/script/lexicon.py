"""lexicon.tsv -> Term records: how the community's names, terms and acronyms are said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Literal

#: How a term in capitals is read: letter by letter, as a word, as other words, or (None) it is no acronym.
AcronymPolicy = Literal["letters", "word", "expand"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One line of the lexicon. `ipa`: General American, no length marks; `respelling`: for engines without IPA."""

    text: str
    ipa: str
    respelling: str
    note: str

    @property
    def policy(self) -> AcronymPolicy | None:
        """From the note: "initialism" is spelled, "acronym" is a word, "expand" is said by its respelling."""
        if "expand" in self.note:
            return "expand"
        if "initialism" in self.note:
            return "letters"
        return "word" if "acronym" in self.note or self.text.isupper() else None


def parse(text: str) -> tuple[Term, ...]:
    """The file's lines. Raises ValueError on a line that hasn't its four columns."""
    terms = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        columns = line.split("\t")
        if len(columns) != 4 or not columns[0] or not columns[1]:
            raise ValueError(f"lexicon line {number} needs term, IPA, respelling and note, with tabs between: {line!r}")
        terms.append(Term(text=columns[0], ipa=columns[1], respelling=columns[2], note=columns[3]))
    return tuple(terms)


@lru_cache(maxsize=1)
def shipped() -> Mapping[str, Term]:
    """The lexicon in the package, by term."""
    return {t.text: t for t in parse(files("narrate.script").joinpath("lexicon.tsv").read_text(encoding="utf-8"))}
