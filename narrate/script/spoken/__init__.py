"""Written text -> the words a narrator says: `read("~5% of p-hackers")` -> "about five percent of p-hackers".

view.py (characters) -> table.py (the rules, in order; one file per kind) -> reading.py (claims, rewrites, spoken)
"""

from __future__ import annotations

from collections.abc import Sequence

from narrate.records import Rewrite
from narrate.script.spoken.reading import Reading, read_by
from narrate.script.spoken.table import RULES

__all__ = ["Reading", "read"]


def read(written: str, fixed: Sequence[Rewrite] = ()) -> Reading:
    """One block or sentence of plain written text -> its Reading.

    `fixed`: spans the caller has decided (a formula's reading, a link's name); they are said as they are, no rule
    touches or crosses them, and they come back among the rewrites. Raises ValueError where they overlap each other or
    don't match `written`.
    """
    return read_by(RULES, written, fixed)
