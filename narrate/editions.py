"""A script -> the same script with its footnotes left out, or gathered after the text. Pure.

An edition is a second assembly of the same takes: every utterance keeps its id, its words and so its sound. What goes
is said to be left out; what moves keeps its announcement ("Footnote." ... "End of footnote."), which is in its takes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from narrate.records import Chapter, EditionName, NoteRange, Omission, Script, Utterance

#: The chapter that gathered notes come to stand in, where the post has no heading for them.
NOTES_TITLE = "Footnotes"
#: A heading of the post's own under which only notes stand.
_NOTES_HEADING = re.compile(r"(?:foot|end)?notes?(?: and references)?\W*\Z", re.IGNORECASE)
_WHY = "footnotes are left out of this edition"


@dataclass(frozen=True, slots=True)
class _Parted:
    """A script's chapters without notes; the notes, each in its utterances, in the order in which they were said."""

    chapters: tuple[Chapter, ...]
    notes: tuple[tuple[Utterance, ...], ...]


def edit(script: Script, name: EditionName) -> Script | None:
    """The script of an edition; None when the script has no footnotes, or nothing but footnotes.

    `unknown_words` and `voice_roles` stay: they are of the takes.
    """
    parted = _part(script)
    chapters, heading = _without_notes_heading(parted.chapters)
    if not parted.notes or not chapters:
        return None
    if name == "nofn":
        omissions = [*script.omissions, *map(_left_out, parted.notes)]
        if heading is not None:
            said = heading.utterances[0]
            words = " ".join(u.written for u in heading.utterances)
            omissions.append(Omission(what="heading", text=words, why=_WHY, block=said.block))
        return replace(script, chapters=chapters, omissions=tuple(omissions), note_ranges=(), inline_notes=())
    gathered = tuple(u for note in parted.notes for u in note)
    if heading is None:
        heading = Chapter(title=NOTES_TITLE, spoken_title=f"{NOTES_TITLE}.", anchor=None, level=1, utterances=())
    last = replace(heading, utterances=heading.utterances + gathered)
    ranges = (NoteRange(first_id=gathered[0].id, last_id=gathered[-1].id),)
    return replace(script, chapters=(*chapters, last), note_ranges=ranges, inline_notes=())


def _part(script: Script) -> _Parted:
    spans = _spans(script)
    chapters, notes = [], []
    at = 0
    for chapter in script.chapters:
        kept: list[Utterance] = []
        for utterance in chapter.utterances:
            span = next((s for s in spans if s[0] <= at <= s[1]), None)
            if span is None:
                kept.append(utterance)
            elif at == span[0]:
                notes.append([utterance])
            else:
                notes[-1].append(utterance)
            if span is not None and at == span[1] and kept and utterance is chapter.utterances[-1]:
                # the silence that the next chapter wants before it was the note's to keep
                pause_s = max(kept[-1].pause_after_s, utterance.pause_after_s)
                kept[-1] = replace(kept[-1], pause_after_s=pause_s)
            at += 1
        if kept:
            chapters.append(replace(chapter, utterances=tuple(kept)))
    return _Parted(tuple(chapters), tuple(tuple(note) for note in notes))


def _spans(script: Script) -> list[tuple[int, int]]:
    """(first, last) places of utterances that are notes, ascending; a note inside a note is part of it."""
    places = {utterance.id: place for place, utterance in enumerate(script.utterances)}
    found = sorted((places[r.first_id], places[r.last_id]) for r in (*script.note_ranges, *script.inline_notes))
    spans: list[tuple[int, int]] = []
    for first, last in found:
        if spans and first <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(last, spans[-1][1]))
        else:
            spans.append((first, last))
    return spans


def _without_notes_heading(chapters: Sequence[Chapter]) -> tuple[tuple[Chapter, ...], Chapter | None]:
    """The chapters less the last one that is only the heading of the notes, and that one."""
    for place in range(len(chapters) - 1, 0, -1):
        chapter = chapters[place]
        has_sections = any(following.level > chapter.level for following in chapters[place + 1 : place + 2])
        is_bare = not has_sections and all(utterance.role == "heading" for utterance in chapter.utterances)
        if is_bare and _NOTES_HEADING.match(chapter.title.strip()):
            return (*chapters[:place], *chapters[place + 1 :]), chapter
    return tuple(chapters), None


def _left_out(note: Sequence[Utterance]) -> Omission:
    return Omission(what="footnote", text=" ".join(u.written for u in note), why=_WHY, block=note[0].block)
