"""Whatever is typed: no crash, only speakable characters, and no "not", minus or number lost."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrate.script.math import say, say_text
from narrate.script.math.facts import gather_facts
from narrate.script.math.parse import parse
from narrate.script.math.pieces import finish
from narrate.script.math.speech import Reader
from narrate.script.math.symbols import ACCENTS, COMMANDS, SKIPPED, STYLES, TEXTS
from narrate.script.math.tokens import Unreadable
from narrate.script.math.tree import Number, Sign, walk
from narrate.script.numerals import cardinal

_PUNCTUATION = frozenset(" ,.;:?!'\"-–—…()")
_STRUCTURE = [
    r"\frac", r"\sqrt", r"\left(", r"\right)", r"\left", r"\right", r"\begin{cases}", r"\end{cases}", r"\\", "&",
    r"\begin{pmatrix}", r"\end{pmatrix}", r"\begin{array}{cc}", r"\end{array}", r"\text{if 5 > 3}", r"\mathbb{E}",
    r"\over", r"\choose", r"\underbrace", r"\overset", r"\stackrel", r"\not", r"\mathrm{abc}", r"\operatorname{foo}",
    r"\tag{3}", r"\binom", r"\substack", r"\pmod", r"\xrightarrow", r"\color{red}", r"\big", r"\unknowncommand",
]  # fmt: skip
_TOKENS = st.sampled_from(
    [f"\\{name} " for name in (*COMMANDS, *ACCENTS, *STYLES, *SKIPPED, *TEXTS)]
    + _STRUCTURE * 4
    + [*"abcxyzABPEfg012359 .,;:!?()[]{}{}{}^_^_^_|'\"`~$%#@*/+-=<>½²ₙ€→∑é𝑥"] * 3
)
_FORMULAS = st.lists(_TOKENS, max_size=25).map("".join)


def _is_speakable(text: str) -> bool:
    return all(char.isalpha() or char in _PUNCTUATION for char in text)


@given(_FORMULAS, st.booleans())
def test_any_tex_is_read_in_speakable_characters_or_refused(tex: str, display: bool) -> None:
    said = say(tex, display=display)
    if said is not None:
        assert _is_speakable(said.spoken)
        assert "\\" not in said.written


@given(st.text(max_size=60))
def test_any_text_at_all_is_read_or_refused(text: str) -> None:
    said = say(text)
    assert said is None or _is_speakable(said.spoken)
    assert _is_speakable(say_text(text) or "")


def _words_of(tree_tex: str) -> tuple[Counter[str], Counter[str]]:
    """(words that must be said, words that are said) of a formula."""
    tree = parse(tree_tex, {})
    needed: Counter[str] = Counter()
    for node in walk(tree):
        if isinstance(node, Number) and node.text.isdecimal() and len(node.text) == 2:
            needed[cardinal(node.text)] += 1
        elif isinstance(node, Sign) and node.symbol.glyph in ("-", "¬"):
            needed["minus" if node.symbol.glyph == "-" else "not"] += 1
    spoken = finish(Reader(gather_facts(tree, display=False)).row(tree))
    said = Counter("".join(char if char.isalpha() or char == "-" else " " for char in spoken).split())
    return needed, said


_TELLTALE = st.sampled_from(["17", "43", "58", "-", r"\neg "])
_OTHERS = st.sampled_from([f"\\{name} " for name in COMMANDS] + _STRUCTURE + [*"abcxyABPEf.,;:!?()[]{}{}^_^_|'/+=<>"])


@given(st.lists(_TELLTALE | _OTHERS, max_size=14).map(" ".join))
def test_no_negation_minus_or_number_is_ever_lost(tex: str) -> None:
    try:
        needed, said = _words_of(tex)
    except Unreadable:
        return
    for word, count in needed.items():
        heard = sum(n for spoken, n in said.items() if spoken.startswith(word))
        assert heard >= count, f"{word} in {tex!r}"


@pytest.mark.parametrize(
    ("tex", "word"),
    [(r"a \neq b", "not"), (r"a \notin B", "not"), (r"a \not\in B", "not"), (r"\not\exists x", "not"),
     (r"A \nsubseteq B", "not"), (r"A \not\subseteq B", "not"), (r"T \nvdash P", "not"), (r"\neg P", "not"),
     (r"a \not\le b", "not"), (r"a \nRightarrow b", "not"), (r"\not\equiv", "not"), (r"a \not\sim b", "not"),
     (r"\not P", "not"), (r"e^{-x}", "minus"), (r"\text{not } P", "not"), (r"x^-", "minus"), (r"\nmid", "not"),
     (r"\text{no AGI}", "no"), (r"A \setminus B", "minus"), ("−3", "minus"), ("x – 3", "minus")],
)  # fmt: skip
def test_every_kind_of_negation_is_heard(tex: str, word: str) -> None:
    said = say(tex)
    assert said is not None
    assert word in said.spoken.split()
