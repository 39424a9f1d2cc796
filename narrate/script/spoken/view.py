"""Written text -> the text that rules see, every character of it tied to the characters it came from.

Rules should not have to know about curly quotes, HTML entities left in a text, mathematical alphanumerics (𝑥),
full-width letters, non-breaking and zero-width spaces or decomposed accents. They are normalised here, one character
for one character, and the change is logged like any other.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from narrate.records import Rewrite
from narrate.script.spoken.rule import GAP

#: One character said by another: quotes and hyphens of every kind, and spaces (which need no rewrite).
_SAME = {
    **dict.fromkeys("‘’‚‛ʼʹ′`´ˈ", "'"),
    **dict.fromkeys("“”„‟«»″", '"'),
    **dict.fromkeys("‐‑⁃", "-"),
    **dict.fromkeys("‒", "–"),
    **dict.fromkeys("―⸺⸻", "—"),
    **dict.fromkeys("⁄∕", "/"),
    **dict.fromkeys("∶", ":"),
    **dict.fromkeys("∼～", "~"),
    **dict.fromkeys("∣", "|"),
    **dict.fromkeys("º˚", "°"),
    **dict.fromkeys("∗", "*"),
    **dict.fromkeys(
        "\u2008\u2007\u2009\u200a\u2002\u2003\u2004\u2005\u2006\u202f\u205f\u3000\u00a0\u1680\u2028\u2029", " "
    ),
}
#: Kept although NFKC would change them: rules read them as what they are.
_KEEP = frozenset("…²³¹⁰⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ₀₁₂₃₄₅₆₇₈₉₊₋ᵢⱼₖₙₘₓₜₐₑₒᵣᵤᵥₗₚₛₕᵏᵐᵗᵀᵃᵇᵉʰʲˡʳˢᵘˣʸᶻª´¨¯¸™℠℡…‥ıℓ")
_INVISIBLE = (
    "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufe00-\ufe0f\U000e0100-\U000e01ef"
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ue000-\uf8ff"
)
_ENTITY = re.compile(r"&(?:amp;){0,2}(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_SPECIAL = re.compile(
    rf"(?P<entity>{_ENTITY.pattern})"
    rf"|(?P<invisible>[{_INVISIBLE}]+)"
    r"|(?P<accented>[^\W\d_][\u0300-\u036f]+)"
    r"|(?P<odd>[^\x00-\x7e–—…])"
)
_PLAIN = re.compile(r"[^\x00-\x7e–—…]|[\x00-\x08\x0e-\x1b\x7f]|&[#A-Za-z]")


@dataclass(frozen=True, slots=True)
class Change:
    """`written[start:end]` is seen by the rules as `text` (one character or none)."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class View:
    """`text` is what rules see; `starts[i]`/`ends[i]` bound character i in the written text (None: the same offsets).

    `changes` are the characters seen as something else; `fixed` the caller's spans, each one `GAP` in `text`.
    """

    text: str
    starts: list[int] | None
    ends: list[int] | None
    changes: tuple[Change, ...]
    fixed: tuple[Rewrite, ...]


def look(written: str, fixed: Sequence[Rewrite] = ()) -> View:
    """`written` as rules see it. Raises ValueError where `fixed` spans overlap or don't match the text."""
    if not fixed and not _PLAIN.search(written):
        return View(written, None, None, (), ())
    spans = tuple(sorted(fixed, key=lambda r: (r.start, r.end)))
    at = 0
    for span in spans:
        if not at <= span.start <= span.end <= len(written) or written[span.start : span.end] != span.before:
            raise ValueError(f"a fixed span doesn't fit the text: {span!r}")
        at = span.end
    text: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    changes: list[Change] = []

    def add(char: str, start: int, end: int) -> None:
        text.append(char)
        starts.append(start)
        ends.append(end)

    def add_plain(start: int, end: int) -> None:
        text.extend(written[start:end])
        starts.extend(range(start, end))
        ends.extend(range(start + 1, end + 1))

    def add_segment(start: int, end: int) -> None:
        for found in _SPECIAL.finditer(written, start, end):
            seen = _seen(found)
            if seen is None:
                continue
            add_plain(start, found.start())
            start = found.end()
            if seen:
                add(seen, found.start(), start)
            if seen != " " or not found[0].isspace():
                changes.append(Change(found.start(), start, seen))
        add_plain(start, end)

    at = 0
    for span in spans:
        add_segment(at, span.start)
        add(GAP, span.start, span.end)
        at = span.end
    add_segment(at, len(written))
    return View("".join(text), starts, ends, tuple(changes), spans)


def _seen(found: re.Match[str]) -> str | None:
    """The character that rules see for one special stretch; "" for none, None where it is seen as it is."""
    raw = found[0]
    if found["invisible"]:
        return ""
    if found["entity"]:
        char = html.unescape(html.unescape(html.unescape(raw)))  # "&amp;amp;": escaped once too often
        if len(char) != 1 or char == GAP:
            return None
        return _normal(char)
    if found["accented"]:
        composed = unicodedata.normalize("NFC", raw)
        return composed if len(composed) == 1 else None
    seen = _normal(raw)
    return None if seen == raw else seen


def _normal(char: str) -> str:
    """One character in the form rules know it by: 𝑥 -> x, ’ -> ', full-width Ａ -> A."""
    if char in _SAME:
        return _SAME[char]
    if char in _KEEP or char.isascii():
        return char
    plain = unicodedata.normalize("NFKC", char)
    return plain if len(plain) == 1 and plain != GAP else char
