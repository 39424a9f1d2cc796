"""Script <-> its JSON (docs: Script JSON), lossless both ways."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from narrate.records import (
    Chapter,
    Figure,
    NoteRange,
    Omission,
    PostKey,
    Pronunciation,
    Rewrite,
    Script,
    Utterance,
)


def to_json(script: Script) -> dict[str, Any]:
    """A script as plain JSON values."""
    return {
        "key": str(script.key),
        "title": script.title,
        "authors": list(script.authors),
        "source_url": script.source_url,
        "posted_at": script.posted_at.isoformat().replace("+00:00", "Z") if script.posted_at else None,
        "revision": script.revision,
        "text_sha256": script.text_sha256,
        "script_version": script.script_version,
        "voice_roles": dict(script.voice_roles),
        "chapters": [_chapter(chapter) for chapter in script.chapters],
        "omissions": [
            {"what": o.what, "text": o.text, "why": o.why, "block": o.block, "href": o.href} for o in script.omissions
        ],
        "figures": [{"block": f.block, "src": f.src, "alt": f.alt} for f in script.figures],
        "note_ranges": [_range(n) for n in script.note_ranges],
        "inline_notes": [_range(n) for n in script.inline_notes],
        "unknown_words": list(script.unknown_words),
    }


def to_line(script: Script) -> str:
    """A script as one line of JSON."""
    return json.dumps(to_json(script), ensure_ascii=False, separators=(",", ":"))


def _range(notes: NoteRange) -> dict[str, str]:
    return {"first_id": notes.first_id, "last_id": notes.last_id}


def _chapter(chapter: Chapter) -> dict[str, Any]:
    return {
        "title": chapter.title,
        "spoken_title": chapter.spoken_title,
        "anchor": chapter.anchor,
        "level": chapter.level,
        "utterances": [_utterance(utterance) for utterance in chapter.utterances],
    }


def _utterance(utterance: Utterance) -> dict[str, Any]:
    return {
        "id": utterance.id,
        "block": utterance.block,
        "written": utterance.written,
        "spoken": utterance.spoken,
        "role": utterance.role,
        "speaker": utterance.speaker,
        "pause_after_s": utterance.pause_after_s,
        "rewrites": [
            {"start": r.start, "end": r.end, "rule": r.rule, "before": r.before, "after": r.after, "tex": r.tex}
            for r in utterance.rewrites
        ],
        "pronunciations": [{"start": p.start, "end": p.end, "ipa": p.ipa} for p in utterance.pronunciations],
    }


def from_json(document: Mapping[str, Any]) -> Script:
    """What `to_json` made -> the script. Raises KeyError, TypeError or ValueError on anything else."""
    posted_at = document["posted_at"]
    return Script(
        key=PostKey.parse(document["key"]),
        title=document["title"],
        authors=tuple(document["authors"]),
        source_url=document["source_url"],
        posted_at=datetime.fromisoformat(posted_at).astimezone(UTC) if posted_at else None,
        revision=document["revision"],
        text_sha256=document["text_sha256"],
        script_version=document["script_version"],
        voice_roles=tuple(document["voice_roles"].items()),
        chapters=tuple(_read_chapter(chapter) for chapter in document["chapters"]),
        omissions=tuple(Omission(**omission) for omission in document["omissions"]),
        figures=tuple(Figure(**figure) for figure in document["figures"]),
        note_ranges=tuple(NoteRange(**range_) for range_ in document.get("note_ranges", ())),
        inline_notes=tuple(NoteRange(**range_) for range_ in document.get("inline_notes", ())),
        unknown_words=tuple(document["unknown_words"]),
    )


def _read_chapter(chapter: Mapping[str, Any]) -> Chapter:
    utterances: Sequence[Mapping[str, Any]] = chapter["utterances"]
    return Chapter(**{**chapter, "utterances": tuple(_read_utterance(utterance) for utterance in utterances)})


def _read_utterance(utterance: Mapping[str, Any]) -> Utterance:
    return Utterance(
        **{
            **utterance,
            "rewrites": tuple(Rewrite(**rewrite) for rewrite in utterance["rewrites"]),
            "pronunciations": tuple(Pronunciation(**p) for p in utterance.get("pronunciations", ())),
        }
    )
