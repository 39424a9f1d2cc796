"""A slash between words -> "or", "per", a pause, or nothing: "his or her", "and or", "input output"."""

from __future__ import annotations

import re

from narrate.script.spoken.rule import GAP, rule
from narrate.script.spoken.unit_names import UNITS

#: Pairs that exclude each other: the slash is an "or".
_OR_WORDS = (
    "he/she she/he his/her her/his him/her her/him himself/herself his/hers he/they she/they s/he is/are was/were "
    "has/have do/does yes/no true/false and/but may/might can/could will/would could/would should/would if/when "
    "when/if who/what a/an a/the this/that these/those his/her/their him/her/them he/she/they for/against "
    "more/less better/worse"
)
_OR = frozenset(_OR_WORDS.split())
#: Set phrases in which nobody says the slash.
_SILENT = frozenset(
    [
        "and/or",
        "either/or",
        "input/output",
        "cost/benefit",
        "a/b",
        "win/lose",
        "win/win",
        "on/off",
        "i/o",
        "yin/yang",
        "nature/nurture",
    ]
)
_PER = frozenset(["hour", "day", "week", "month", "year", "second", "minute", "capita", "person"])


def _between(found: re.Match[str]) -> str:
    text = found.string
    start = re.search(r"[A-Za-z/']*$", text[max(0, found.start() - 40) : found.start()])
    end = re.match(r"[A-Za-z/']*", text[found.end() : found.end() + 40])
    assert start is not None
    assert end is not None
    whole = f"{start[0]}/{end[0]}".lower()
    if whole in _OR or f"{start[0].rpartition('/')[2]}/{end[0].partition('/')[0]}".lower() in _OR:
        return " or "
    if not start[0] and end[0].lower() in _PER:
        return " per "
    if (start[0].endswith("s") or start[0] in ("people", "karma")) and end[0].lower() in _PER:
        return " per "
    return " " if whole in _SILENT else " slash "


RULES = (
    # A line of verse ends: a pause, unless a stop makes one already.
    rule("line break", r"(?<=[,.;:!?—–]) ?/{1,2} (?=\S)", " ", needs="/"),
    rule("line break", r"(?<=[\w'\")\ue000]) /{1,2} (?=[A-Z\"'])", ", ", needs="/"),
    rule(
        "per",
        r"(?<=[a-z]s)/(sec|min|hr|wk|mo|yr)\b(?!/)",
        lambda m: f" per {UNITS[m[1]][0]}",
        needs="/",
    ),
    rule("slash", rf"(?<=[\w'\")%{GAP}]) ?/{{1,2}} ?(?=[\w\"'({GAP}])", _between, needs="/"),
    rule("slash", r"/", " ", needs="/"),
)
