"""Brackets, dashes and repeated stops -> the marks a voice knows: "[EDIT: x]" -> "(EDIT: x)", "--" -> "—"."""

from __future__ import annotations

from narrate.script.spoken.rule import rule

RULES = (
    rule("dash", r"(?<!-)-{2,3}(?![->])", "—", needs="-", glue=True),
    rule("dash", r"-{4,}|—{2,}|–{2,}|_{3,}|={3,}|\*{3,}|~{3,}", "—", needs="-—–_=*~", glue=True),
    rule("dash", r"(?<=\S )-(?= \S)", "–", needs="-", glue=True),
    rule("bracket", r"\[(?=[a-zA-Z]{0,3}\]\w)|(?<=\[\w)\](?=\w)", "", needs="[", glue=True),
    rule("bracket", r"\[(?=\s*\S)", "(", needs="[", glue=True),
    rule("bracket", r"\]", ")", needs="]", glue=True),
    rule("brace", r"(?<=\w)[{}](?=\w)", " ", needs="{}"),
    rule("brace", r"[{}]", "", needs="{}"),
    rule("stops", r"([!?])[!?]{2,}", lambda m: "?!" if "?" in m[0] and "!" in m[0] else m[1], needs="!?", glue=True),
    rule("stops", r"(?<!\.)\.\.(?!\.)", ".", needs=".", glue=True),
)
