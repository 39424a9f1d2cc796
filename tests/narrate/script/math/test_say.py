"""Displays, stand-ins, the author's macros, and what can't be read."""

from __future__ import annotations

import time

import pytest

from narrate.script.math import collect_macros, say, say_text


@pytest.mark.parametrize(
    ("tex", "spoken"),
    [
        (r"x > 0", "x is greater than zero"),
        (r"t \in T, \; t \ne 0.", "t is in capital T, t is not equal to zero."),
        (r"\begin{align} a &= b + c \\ &= d \end{align}", "a equals b plus c, equals d"),
        (r"\begin{align} a &= b \\ c &= d \end{align}", "a equals b; c equals d"),
        (r"\begin{equation} U(a) = 3. \end{equation}", "U of a equals three."),
    ],
)
def test_a_displayed_formula_is_a_sentence(tex: str, spoken: str) -> None:
    said = say(tex, display=True)
    assert said is not None
    assert said.spoken == spoken
    assert not said.summarised


_LONG = " + ".join(f"x_{{{n}}}" for n in range(11, 41))


@pytest.mark.parametrize(
    ("tex", "spoken"),
    [
        (f"U(a) = {_LONG}", "a displayed equation defining U of a"),
        (f"V^\\pi_t = {_LONG}", "a displayed equation defining V t pi"),
        (f"a + b = {_LONG}", "a displayed equation for a plus b"),
        (f"K(x) \\le {_LONG}", "a displayed inequality for K of x"),
        (_LONG, "a displayed formula"),
        (
            rf"\begin{{align}} S &= {_LONG} \\ &= 3 \end{{align}}",
            "a displayed derivation in two lines, starting from S",
        ),
        (
            rf"\begin{{align}} S &= {_LONG} \\ T &= 3 \end{{align}}",
            "two displayed lines of formulas, the first defining S",
        ),
        (r"\begin{pmatrix}1&2&3&4\\5&6&7&8\end{pmatrix}", "a two by four matrix"),
        (r"M = \begin{pmatrix}1&2&3&4\\5&6&7&8\end{pmatrix}", "a displayed equation of M and a two by four matrix"),
        (r"\begin{tikzcd} A \arrow[r] & B \end{tikzcd}", "a diagram"),
    ],
)
def test_what_no_ear_can_follow_gets_a_stand_in(tex: str, spoken: str) -> None:
    said = say(tex, display=True)
    assert said is not None
    assert (said.spoken, said.summarised) == (spoken, True)
    assert said.written


def test_a_line_of_prose_bears_a_longer_formula_than_a_display_needs() -> None:
    short_enough = " + ".join(f"x_{n}" for n in range(1, 10))
    display, inline = say(short_enough, display=True), say(short_enough)
    assert display is not None
    assert inline is not None
    assert display.summarised
    assert inline.spoken.startswith("x one plus x two plus")
    assert (very_long := say(_LONG * 3)) is not None
    assert very_long.spoken == "a long formula"


def test_macros_are_collected_over_the_whole_post() -> None:
    macros = collect_macros(
        [
            r"\newcommand{\E}{\mathbb{E}} \newcommand\ratio[2]{\frac{#1}{#2}}",
            "plain text",
            r"\def\dist#1{P(#1)} \let\eps=\epsilon \DeclareMathOperator{\Reg}{Reg}",
            r"\newcommand{\pow}[2][2]{#2^{#1}}",
        ]
    )
    assert set(macros) == {"E", "ratio", "dist", "eps", "Reg", "pow"}
    for tex, spoken in [
        (r"\E[X]", "the expectation of X"),
        (r"\ratio{a}{b} < \eps", "a over b less than epsilon"),
        (r"\dist{A}", "P of A"),
        (r"\Reg(n)", "Reg of n"),
        (r"\pow x + \pow[3]{y}", "x squared plus y cubed"),
    ]:
        said = say(tex, macros)
        assert said is not None
        assert said.spoken == spoken


def test_a_formula_may_define_what_it_uses() -> None:
    said = say(r"\newcommand{\R}{\mathbb{R}} x \in \R")
    assert said is not None
    assert said.spoken == "x in R"


def test_definitions_alone_say_nothing_and_blank_source_is_no_formula() -> None:
    said = say(r"\newcommand{\E}{\mathbb{E}}\def\a#1{#1}")
    assert said is not None
    assert (said.spoken, said.written) == ("", "")
    assert say("") is None
    assert say("  \n") is None


@pytest.mark.parametrize(
    "tex",
    [r"\def\a{\a\a}\a", r"\newcommand{\b}[1]{\b{#1#1}}\b{x}", "{" * 4000, r"\sqrt" * 3000, r"\left(" * 2000,
     "x" * 50_000, "(" * 3000, r"\frac" * 2000, r"\not" * 3000, r"\begin{cases}" * 800, "(" * 2000 + ")" * 2000],
    ids=lambda tex: tex[:14],
)  # fmt: skip
def test_what_never_ends_or_never_stops_nesting_is_refused(tex: str) -> None:
    assert say(tex) is None


@pytest.mark.parametrize(
    "tex",
    ["|" * 5000, "a|" * 4000, "x^x" * 2500, "-" * 8000, r"\neg " * 1800, "&" * 8000, r"\\" * 4000, "{" + "x+" * 4000,
     "1,000," * 1500],
    ids=lambda tex: tex[:6],
)  # fmt: skip
def test_long_garbage_takes_bounded_time(tex: str) -> None:
    start = time.process_time()  # whatever else the machine has to do
    say(tex)
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    ("tex", "spoken"),
    [
        ("{x", "x"),
        ("x}", "x"),
        (r"\frac{a}", "a over"),
        (r"\left( x", "x"),
        (r"x \right)", "x"),
        (r"\begin{cases} 1 & x", "one if x"),
        (r"x^", "x"),
        ("x_{", "x"),
        (r"\text{hello", "hello"),
        ("a ) + ( b", "a plus b"),
    ],
)
def test_broken_tex_is_read_as_far_as_it_goes(tex: str, spoken: str) -> None:
    said = say(tex)
    assert said is not None
    assert said.spoken == spoken


@pytest.mark.parametrize(
    ("plain", "spoken"),
    [
        ("P(A|B)", "P of A given B"),
        ("x_i", "x i"),
        ("2^n", "two to the n"),
        ("2^10", "two to the ten"),
        ("10^-6", "ten to the minus six"),
        ("x^(n+1)", "x to the n plus one"),
        ("x**2", "x squared"),
        ("x_{t+1}", "x sub t plus one"),
        ("x_12", "x twelve"),
        ("{1, 2}", "the set one, two"),
        ("50%", "fifty percent"),
        ("$5", "five dollars"),
        ("~5", "about five"),
        ("O(n log n)", "big O of n log n"),
        ("3*4", "three times four"),
    ],
)
def test_math_typed_as_text_goes_through_the_same_reader(plain: str, spoken: str) -> None:
    assert say_text(plain) == spoken


def test_blank_text_says_nothing() -> None:
    assert say_text(" ") is None
