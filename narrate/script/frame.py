"""What we say around a post: the opening line, and the closing line that counts what is only in the notes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from narrate.records import Post, PostKind
from narrate.script import spoken
from narrate.script.numerals import cardinal
from narrate.script.visible import tidy

#: The opening takes at most 12 seconds, the closing 8, at 14 characters a second.
MAX_OPENING_CHARS = 168
MAX_CLOSING_CHARS = 112
#: A title is never cut shorter.
MIN_TITLE_CHARS = 20
MACHINE = "Read by a machine."

_KINDS: dict[PostKind, str] = {"question": "a question by ", "quick_take": "a quick take by "}
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

#: What is worth counting aloud: omission -> its name, its plural.
_COUNTED = {
    "footnote": ("footnote", "footnotes"),
    "citation": ("citation", "citations"),
    "image": ("image", "images"),
    "table": ("table", "tables"),
    "code": ("code block", "code blocks"),
    "formula": ("formula", "formulas"),
    "embed": ("embedded item", "embedded items"),
    "poll": ("poll", "polls"),
}


def opening(post: Post) -> str:
    """ "TITLE, by AUTHOR, LessWrong, May 2010. Read by a machine." """
    about, title = _about(post, tidy(post.site)), tidy(post.title)
    shorter = _opening(title, _about(post, ""))
    if _over(_opening(title, about)) > 0 >= _over(shorter):
        return shorter  # a whole title is worth more than the site's name
    line, room = _opening(title, about), len(title)
    while (over := _over(line)) > 0 and room > MIN_TITLE_CHARS:
        room = max(room - over, MIN_TITLE_CHARS)
        line = _opening(_cut(title, room), about)
    return line


def _over(line: str) -> int:
    """How many spoken characters `line` has too many."""
    return len(spoken.read(line).spoken) - MAX_OPENING_CHARS


def _opening(title: str, about: str) -> str:
    if not title:
        return f"{about[:1].upper()}{about[1:]}. {MACHINE}" if about else MACHINE
    if not about:
        return f"{title}{'' if title[-1] in '.?!…' else '.'} {MACHINE}"
    if title[-1] in ".?!…":
        about = about[0].upper() + about[1:]
        return f"{title} {about}. {MACHINE}"
    return f"{title}, {about}. {MACHINE}"


def _about(post: Post, site: str) -> str:
    """ "by AUTHOR, SITE, MONTH YEAR", as much of it as is known."""
    names = _names([tidy(author.name) for author in post.authors])
    by = _KINDS.get(post.kind, "by ")
    parts = [by + names if names else "", site, _month(post.posted_at)]
    return ", ".join(part for part in parts if part)


def _names(names: Sequence[str]) -> str:
    """One or two names whole; of more, two and how many others."""
    names = [name for name in names if name]
    if not names:
        return ""
    if len(names) <= 2:
        return " and ".join(names)
    if len(names) == 3 and sum(map(len, names)) < 45:
        return f"{names[0]}, {names[1]} and {names[2]}"
    others = len(names) - 2
    return f"{names[0]}, {names[1]} and {cardinal(others)} other{'s' if others > 1 else ''}"


def _month(at: datetime | None) -> str:
    return f"{_MONTHS[at.month - 1]} {at.year}" if at is not None else ""


def _cut(title: str, room: int) -> str:
    """`title` cut at a word so that the opening keeps its time."""
    if len(title) <= room:
        return title
    head = title[:room]
    return head[: head.rfind(" ") if " " in head else None].rstrip(" ,;:–—-(") + "…"


def closing(kinds: Iterable[str]) -> str | None:
    """What kinds of things were left out -> the closing line; None when there is nothing to count."""
    counts = Counter(kind for kind in kinds if kind in _COUNTED)
    named = [
        f"{cardinal(n)} {_COUNTED[kind][0 if n == 1 else 1]}"
        for kind, n in sorted(counts.items(), key=lambda kv: -kv[1])
    ]
    if not named:
        return None
    while len(line := f"In the notes: {_listed(named)}.") > MAX_CLOSING_CHARS:
        named = [*named[:-2], "more"] if named[-1] == "more" else [*named[:-1], "more"]
    return line


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
