"""Pieces of visible text -> lines: white space collapsed across elements, shapeless characters dropped.

What a construct decides about its text (a formula's reading, a footnote's mark) travels along as fixed spans;
everything else is left to the reading rules of narrate.script.spoken.
"""

from __future__ import annotations

import re
from dataclasses import replace

from narrate.records import Rewrite
from narrate.script.numerals import cardinal
from narrate.script.parts import Left, Line, Mark, Picture
from narrate.script.visible import clean

#: Letters and digits in one run that no voice can say, unless they belong to an address.
_RUN = re.compile(r"(?<!\S)(?!\S*(?:://|www\.))\S*?([^\W_]{60,}|[^\W_]{0,40}([^\W\d_])\2{19,}[^\W_]*)\S*")
_MIN_RUN_CHARS = 20
_ORDINAL = re.compile(r"(?:th|st|nd|rd)\b")


#: What stands before a decided reading without a space: said, they are two words.
_APART = frozenset(":;,.!?)")

#: Stands between a formula and letters that touch it: no space, yet two words.
JOINER = "\u2060"


class Pen:
    """Writes visible text, collapsing white space across elements. `lines()` gives what was written."""

    def __init__(self) -> None:
        self._lines: list[Line] = []
        self._begin(0)

    def _begin(self, breaks_before: int) -> None:
        self._breaks_before = breaks_before
        self._parts: list[str] = []
        self._length = 0
        self._last = ""  # last character written on this line
        self._gap = False  # white space is owed before the next text
        self._fixed: list[Rewrite] = []
        self._marks: list[Mark] = []
        self._mark_gap = False  # white space stood before the last mark
        self._left: list[Left] = []
        self._left_at = -1  # where the last thing left out stood
        self._pictures: list[Picture] = []

    @property
    def last_word(self) -> str:
        """The letters and digits that the line ends with, "" after white space."""
        if self._gap:
            return ""
        found = re.search(r"[^\W_]+$", "".join(self._parts[-3:]))
        return found[0] if found else ""

    @property
    def last_words(self) -> str:
        """The last few words on this line, with a space before them."""
        return " " + "".join(self._parts[-3:]).rstrip()

    @property
    def last(self) -> str:
        """The last character written on this line; a space when white space is owed."""
        return " " if self._gap else self._last

    def text(self, raw: str) -> None:
        """Plain text as it stands in the page."""
        raw = clean(raw)
        parts = raw.split()
        words = " ".join(parts)
        if not words:
            self._gap = self._gap or bool(raw)
            return
        if raw[0].isspace():
            self._gap = True
        elif not self._gap and self._ends_fixed() and words[0].isalnum() and not _ORDINAL.match(words):
            self._fixed[-1] = replace(self._fixed[-1], after=self._fixed[-1].after + " ")
        if not self._gap and words[0].isalnum() and not raw[0].isspace():
            self._part_from_formula()
        at = 0
        for run in _RUN.finditer(words) if max(map(len, parts)) >= _MIN_RUN_CHARS else ():
            self._put(words[at : run.start(1)])
            self._put_run(run[1])
            at = run.end(1)
        self._put(words[at:])
        self._gap = raw[-1].isspace()

    def _part_from_formula(self) -> None:
        """Letters follow a formula directly ("k-th" without the hyphen): they stay a word of their own."""
        if (
            self._fixed
            and self._fixed[-1].rule == "math"
            and self._fixed[-1].end == self._length
            and self._last.isalnum()
        ):
            last = self._fixed[-1]
            self._fixed[-1] = replace(last, end=last.end + 1, before=last.before + JOINER)
            self._parts.append(JOINER)
            self._length += 1

    def _put_run(self, run: str) -> None:
        kind = "letters" if run.isalpha() else "digits" if run.isdigit() else "characters"
        self.fix(run[:20] + "…", f"a run of {cardinal(len(run))} {kind}", "long run")
        self.leave(Left(what="long run", text=run, why=f"no one can say {len(run)} {kind} in one word"))

    def fix(self, written: str, said: str, rule: str, tex: str | None = None) -> None:
        """Text whose reading is decided: `said` is spoken for `written`, which is not empty."""
        if not self._gap and said[:1].isalnum() and (self._last.isalnum() or self._last in _APART):
            written = JOINER + written if rule == "math" and self._last.isalnum() else written
            said = " " + said
        if not said and self._gap and self._length:  # nothing is said: the space before goes too
            written = " " + written
            self._gap = False
        self._put(written)
        end = self._length
        self._fixed.append(Rewrite(start=end - len(written), end=end, rule=rule, before=written, after=said, tex=tex))

    def can_glue(self, base: str) -> bool:
        """Whether the word `base` that the line ends with is plain text, not part of a fixed span."""
        return not self._fixed or self._fixed[-1].end <= self._length - len(base)

    def glue(self, base: str, script: str, said: str, rule: str, tex: str | None) -> None:
        """A script joins the word before it: `base` was just written, `said` is spoken for base and script together."""
        start = self._length - len(base)
        self._put(script)
        before = base + script
        self._fixed.append(Rewrite(start=start, end=self._length, rule=rule, before=before, after=said, tex=tex))

    def mark(self, note: str) -> None:
        """A footnote is cited here."""
        self._marks.append(Mark(at=self._length, note=note))
        self._mark_gap = self._gap

    def leave(self, left: Left) -> None:
        self._left.append(left)
        self._left_at = self._length

    def picture(self, picture: Picture) -> None:
        self._pictures.append(picture)

    def new_line(self) -> None:
        """A <br>."""
        line = self._line()
        if line.is_empty:
            self._begin(self._breaks_before + 1)
            return
        self._lines.append(line)
        self._begin(1)

    def lines(self) -> list[Line]:
        line = self._line()
        if not line.is_empty:
            self._lines.append(line)
            self._begin(0)
        return self._lines

    def _ends_fixed(self) -> bool:
        return bool(self._fixed) and self._fixed[-1].end == self._length and bool(self._fixed[-1].after)

    def _put(self, words: str) -> None:
        if not words:
            return
        if words[0] in ".,;:!?)" and (
            (self._mark_gap and self._marks[-1].at == self._length) or self._left_at == self._length
        ):
            self._gap = False  # the space stood before what is gone
        if self._gap and self._length:
            self._parts.append(" ")
            self._length += 1
        self._gap = False
        self._parts.append(words)
        self._length += len(words)
        self._last = words[-1]

    def _line(self) -> Line:
        return Line(
            written="".join(self._parts),
            fixed=tuple(self._fixed),
            marks=tuple(self._marks),
            left=tuple(self._left),
            pictures=tuple(self._pictures),
            breaks_before=self._breaks_before,
        )
