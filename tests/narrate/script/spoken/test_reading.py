"""What holds for any text at all: rewrites make `spoken`, only speakable characters are left, nothing is lost."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from narrate.records import Rewrite
from narrate.script.spoken import Reading, read
from narrate.script.spoken.rule import rule

_MARKS = set(" ,.;:?!'\"-–—…()")
#: Text that looks like what is written: words, numbers and the signs the rules know, thrown together.
_PIECES = [
    "the",
    "a",
    "I",
    "not",
    "no",
    "never",
    "AGI",
    "LLMs's",
    "GPT-4",
    "10",
    "2019",
    "3.5",
    "1,024",
    "-3",
    "−",
    "–",
    "—",
    "5%",
    "$",
    "$20",
    "£1.2m",
    "~",
    "≈",
    "<",
    ">",
    "<=",
    "→",
    "∀",
    "¬",
    "x_i",
    "x^2",
    "P(A|B)",
    "[3]",
    "[",
    "]",
    "(",
    ")",
    "*",
    "**",
    "_",
    "`",
    "~~",
    "/",
    "//",
    ".",
    ",",
    ";",
    ":",
    "?",
    "!",
    "'",
    '"',
    "&",
    "@",
    "#",
    "#",
    "3",
    "km",
    "5km",
    "30s",
    "½",
    "²",
    "³",
    "₂",
    "α",
    "λ",
    "∑",
    "🎉",
    ":)",
    "e.g.",
    "i.e.",
    "etc.",
    "vs.",
    "Dr.",
    "No.",
    "p.",
    "IV",
    "II",
    "VIII",
    "May",
    "5",
    "Jan.",
    "7:30",
    "pm",
    "https://example.org/a?b=1",
    "a@b.org",
    "x/y",
    "3/4",
    "3:1",
    "24/7",
    "0xFF",
    "foo_bar()",
    "maxTokens",
    "train.py",
    "v2.0",
    "10^-6",
    "1e-6",
    "10⁻³",
    "&amp;",
    "&lt;",
    "&#8217;",
    "ﬁ",
    "\u200b",
    "\xad",
    "\xa0",
    "’",
    "“",
    "”",
    "日本語",
    "مرحبا",
    "Привет",
    "φρόνησις",
    "é",
    "x̄",
    "\ue000",
    "①",
    "Ⅷ",
    "٣",
    "DON'T",
    "NOT",
    "+",
    "-",
    "=",
    "==",
    "!=",
    "|",
    "^",
    "{",
    "}",
    "\\",
    "$$",
    "%",
]
_texts = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from(_PIECES), max_size=12).map(" ".join),
    st.lists(st.sampled_from(_PIECES), max_size=8).map("".join),
)


def applied(written: str, reading: Reading) -> str:
    """`rewrites` applied to `written`, by the definition in narrate.records."""
    out, at = [], 0
    for rewrite in reading.rewrites:
        assert at <= rewrite.start <= rewrite.end <= len(written)
        assert written[rewrite.start : rewrite.end] == rewrite.before
        out += [written[at : rewrite.start], rewrite.after]
        at = rewrite.end
    return "".join([*out, written[at:]])


def odd(spoken: str) -> list[str]:
    """The characters that no voice can say."""
    return [char for char in spoken if not (char.isalpha() or char in _MARKS)]


@given(_texts)
@example("𝑥\u0301² ﬁ&amp;\u200b3")
@example("\x1f5\x85%")
@settings(max_examples=400, deadline=None)
def test_rewrites_applied_to_written_give_spoken_and_only_speakable_characters_are_left(written: str) -> None:
    reading = read(written)
    assert applied(written, reading).split() == reading.spoken.split()
    assert not odd(reading.spoken)


@given(st.lists(st.sampled_from(_PIECES), min_size=1, max_size=8), st.data())
@settings(max_examples=200, deadline=None)
def test_a_fixed_span_is_said_as_decided_and_no_rule_crosses_it(pieces: list[str], data: st.DataObject) -> None:
    written = " ".join(pieces)
    start = data.draw(st.integers(0, len(written)))
    end = data.draw(st.integers(start, len(written)))
    fixed = Rewrite(start=start, end=end, rule="math", before=written[start:end], after=" quux ", tex="q")
    reading = read(written, [fixed])
    assert fixed in reading.rewrites
    assert all(r.end <= start or r.start >= end for r in reading.rewrites if r is not fixed)
    assert applied(written, reading).split() == reading.spoken.split()
    assert not odd(reading.spoken)


@given(st.lists(st.sampled_from(["not", "no", "never", "don't", "isn't", "minus", "cannot"]), max_size=4), _texts)
@settings(max_examples=100, deadline=None)
def test_a_negation_in_words_is_never_touched(negations: list[str], text: str) -> None:
    written = " ".join([*negations, text])
    said = [word.strip(",.;:?!—–-…\"'()") for word in read(written).spoken.split()]
    assert said[: len(negations)] == negations


@given(st.integers(0, 10**12))
def test_a_number_never_disappears_whatever_stands_around_it(n: int) -> None:
    for written in (f"{n}", f"({n})", f"x{n}y", f"{n}%", f"~{n}", f"-{n}", f"a/{n}", f"{n}–{n + 1}"):
        assert any(char.isalpha() for char in read(written).spoken.replace("x", "").replace("y", ""))


@pytest.mark.parametrize("sign", ["-", "−", "–"])
@given(number=st.one_of(st.integers(1, 99999).map(str), st.floats(0.01, 99).map(lambda x: f"{x:.2f}")))
def test_the_minus_of_a_negative_number_is_said(sign: str, number: str) -> None:
    for written in (
        f"{sign}{number}",
        f"it fell to {sign}{number}",
        f"x = {sign}{number}",
        f"({sign}{number})",
        f"{sign}{number}%",
    ):
        assert "minus" in read(written).spoken


def test_fixed_spans_that_overlap_or_do_not_fit_are_refused() -> None:
    def span(start: int, end: int, before: str) -> Rewrite:
        return Rewrite(start=start, end=end, rule="math", before=before, after="x")

    with pytest.raises(ValueError, match="doesn't fit"):
        read("abcdef", [span(0, 3, "abc"), span(2, 4, "cd")])
    with pytest.raises(ValueError, match="doesn't fit"):
        read("abcdef", [span(0, 3, "xyz")])


def test_an_insertion_is_kept_in_place() -> None:
    one = Rewrite(start=0, end=0, rule="list number", before="", after="One. ")
    assert read("5 apples", [one]).spoken == "One. five apples"


def test_text_next_to_a_formula_is_read_with_the_formula_as_its_operand() -> None:
    written = "costs ≤x and ~y"
    fixed = [
        Rewrite(start=7, end=8, rule="math", before="x", after="ex"),
        Rewrite(start=14, end=15, rule="math", before="y", after="why"),
    ]
    assert read(written, fixed).spoken == "costs at most ex and about why"


def test_words_and_formulas_that_touch_are_kept_apart() -> None:
    fixed = [Rewrite(start=1, end=2, rule="math", before="X", after="ex")]
    assert read("2X3", fixed).spoken == "two ex three"


def test_characters_are_normalised_one_by_one_and_logged() -> None:
    reading = read("“𝑥” isn’t\u00a0ﬁne\u200b")
    assert reading.spoken == '"x" isn\'t fine'
    assert {(r.before, r.after) for r in reading.rewrites} >= {("“", '"'), ("𝑥", "x"), ("’", "'"), ("\u200b", "")}


def test_plain_prose_is_left_alone_to_the_letter() -> None:
    prose = 'May I read it? He said no; it isn\'t (yet) true - or is it... well, "maybe".'
    changed = [r for r in read(prose).rewrites if r.rule not in ("dash", "ellipsis")]
    assert not changed


def test_a_block_of_many_thousand_characters_is_read_in_bounded_time() -> None:
    for junk in (
        "9" * 5000,
        "(" * 3000,
        "a_" * 3000,
        "-" * 5000,
        "1-" * 3000,
        "A" * 5000,
        "\u0301" * 2000,
        "*a " * 3000,
        "1,1" * 2000,
    ):
        spoken = read(junk).spoken
        assert not odd(spoken)
        assert len(spoken) < 60 * len(junk)


def test_spoken_is_composed_text() -> None:
    assert unicodedata.is_normalized("NFC", read("cafe\u0301 Go\u0308del").spoken)


@pytest.mark.parametrize(
    ("pattern", "needs_digit"),
    [
        (r"a\d", True), (r"(?:x|\d)", False), (r"(?:1|[2-9])x", True), (r"\d*x", False), (r"x(?=\d)", True),
        (r"x(?!\d)", False), (r"[\d.]", False), (r"[^\d]", False), (r"(?<=\d)x", True), (r"(?:\d{2})+", True),
    ],
)  # fmt: skip
def test_a_rule_knows_whether_its_pattern_needs_a_digit(pattern: str, needs_digit: bool) -> None:
    assert rule("any", pattern, "").needs_digit is needs_digit
