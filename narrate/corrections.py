"""An episode's script before and after -> what a listener is told of the difference. Pure.

Compared is what is heard: words and their pronunciation, paragraph by paragraph under their chapters. A chapter is the
same one when it has the same anchor, or the same title where it has none.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import groupby

from narrate.records import Chapter, Script

#: So many chapters are named; of more, the others are counted.
_NAMED = 4
_MAX_TITLE_CHARS = 60


def why(before: Script, after: Script, *, same_voice: bool) -> str:
    """What led to the new version."""
    if before.text_sha256 != after.text_sha256:
        return "after the author's edit"
    return "with better readings" if same_voice else "in another voice"


def what(before: Script, after: Script) -> str:
    """The chapters that differ: "changed: “Results” (2 paragraphs); new: “Update”"; "" when the words are the same."""
    old, new = _by_name(before), _by_name(after)
    changed = []
    for name, chapter in new.items():
        n_paragraphs = _n_changed(_paragraphs(old[name]), _paragraphs(chapter)) if name in old else 0
        if n_paragraphs:
            changed.append(f"{_title(chapter)} ({n_paragraphs} paragraph{'s' if n_paragraphs > 1 else ''})")
    parts = [
        f"title changed from “{_cut(before.title)}”" if before.title != after.title else "",
        _listed("changed", changed),
        _listed("new", [_title(chapter) for name, chapter in new.items() if name not in old]),
        _listed("gone", [_title(chapter) for name, chapter in old.items() if name not in new]),
    ]
    return "; ".join(filter(None, parts))


def _by_name(script: Script) -> dict[tuple[str, int], Chapter]:
    """Chapters under their anchor or title, and how many of that name came before. The first is the opening's."""
    named: dict[tuple[str, int], Chapter] = {}
    for place, chapter in enumerate(script.chapters):
        name = "" if place == 0 else chapter.anchor or chapter.title
        n_before = 0
        while (name, n_before) in named:
            n_before += 1
        named[name, n_before] = chapter
    return named


def _paragraphs(chapter: Chapter) -> list[str]:
    """What is heard, block by block, without the frame around the post: the opening isn't an edit."""
    blocks = groupby((u for u in chapter.utterances if u.block is not None), key=lambda u: u.block)
    return [" ".join(f"{u.spoken}{u.pronunciations or ''}" for u in said) for _, said in blocks]


def _n_changed(old: Sequence[str], new: Sequence[str]) -> int:
    """How many paragraphs were changed, added or taken away."""
    changes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return sum(max(i2 - i1, j2 - j1) for tag, i1, i2, j1, j2 in changes if tag != "equal")


def _title(chapter: Chapter) -> str:
    return f"“{_cut(chapter.title)}”"


def _cut(title: str) -> str:
    return title if len(title) <= _MAX_TITLE_CHARS else title[: _MAX_TITLE_CHARS - 1].rstrip() + "…"


def _listed(what_happened: str, titles: Sequence[str]) -> str:
    if not titles:
        return ""
    shown = ", ".join(titles[:_NAMED])
    n_more = len(titles) - _NAMED
    return f"{what_happened}: {shown}" + (f" and {n_more} more" if n_more > 0 else "")
