"""MathML and label-less MathJax glyphs -> TeX -> words."""

from __future__ import annotations

import pytest

from narrate.script.math import glyphs_to_tex, mathml_to_tex, say


def _spoken(tex: str | None) -> str | None:
    said = say(tex) if tex is not None else None
    return said.spoken if said is not None else None


@pytest.mark.parametrize(
    ("markup", "spoken"),
    [
        ("<msup><mi>e</mi><mrow><mo>-</mo><mi>t</mi></mrow></msup>", "e to the minus t"),
        ("<mfrac><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><mi>c</mi></mfrac>", "a plus b, over c"),
        ("<mi>P</mi><mo>(</mo><mi>A</mi><mo>|</mo><mi>B</mi><mo>)</mo>", "P of A given B"),
        (
            "<munderover><mo>∑</mo><mrow><mi>i</mi><mo>=</mo><mn>1</mn></mrow><mi>n</mi></munderover><mi>i</mi>",
            "the sum from i equals one to n of i",
        ),
        ("<mi>sin</mi><mo>&#x2061;</mo><mi>x</mi>", "sine x"),
        ("<mover><mi>x</mi><mo>^</mo></mover>", "x hat"),
        ("<msqrt><mi>n</mi><mo>+</mo><mn>1</mn></msqrt>", "the square root of n plus one"),
        ("<mroot><mi>x</mi><mn>3</mn></mroot>", "the cube root of x"),
        ("<mfrac linethickness='0'><mi>n</mi><mi>k</mi></mfrac>", "n choose k"),
        ("<msubsup><mi>x</mi><mi>i</mi><mn>2</mn></msubsup>", "x i squared"),
        ("<mi>x</mi><mtext> if </mtext><mi>y</mi>", "x if y"),
        ("<mi mathvariant='double-struck'>E</mi><mo>[</mo><mi>X</mi><mo>]</mo>", "the expectation of X"),
        ("<mfenced><mi>a</mi><mi>b</mi></mfenced>", "the pair a, b"),
        ("<mn>8</mn><mo>%</mo>", "eight percent"),
        ("<mo>∥</mo><mi>x</mi><mo>∥</mo>", "the norm of x"),
        ("<msup><mi>f</mi><mo>′</mo></msup><mo>(</mo><mi>x</mi><mo>)</mo>", "f prime of x"),
        ("<munder><mo>max</mo><mi>a</mi></munder><mi>Q</mi><mo>(</mo><mi>a</mi><mo>)</mo>", "the max over a of Q of a"),
        ("<mover><mo>=</mo><mtext>def</mtext></mover>", "is defined as"),
        ("<mover><mi>z</mi><mo>―</mo></mover>", "z bar"),
        ("<mn>1</mn><mo>,</mo><mn>000</mn>", "one thousand"),
        ("<mi>h</mi><mi>e</mi><mi>a</mi><mi>d</mi><mi>s</mi>", "heads"),
        ("<mtable><mlabeledtr><mtd>(3)</mtd><mtd><mi>x</mi></mtd></mlabeledtr></mtable>", "x, equation three"),
        (
            (
                "<mtable><mtr><mtd><mn>1</mn></mtd><mtd><mn>0</mn></mtd></mtr>"
                "<mtr><mtd><mn>0</mn></mtd><mtd><mn>1</mn></mtd></mtr></mtable>"
            ),
            "the two by two matrix with rows one, zero; and zero, one",
        ),
        ("<semantics><mi>x</mi><annotation encoding='application/x-tex'>x^2</annotation></semantics>", "x squared"),
    ],
)
def test_mathml_is_read_like_the_tex_it_stands_for(markup: str, spoken: str) -> None:
    assert _spoken(mathml_to_tex(f"<math>{markup}</math>")) == spoken


def _glyph(char: str) -> str:
    return f'<mjx-c class="mjx-c{ord(char):X} TEX-I"></mjx-c>'


def _mi(char: str) -> str:
    return f'<mjx-mi class="mjx-i">{_glyph(char)}</mjx-mi>'


def _mo(char: str) -> str:
    return f'<mjx-mo class="mjx-n">{_glyph(char)}</mjx-mo>'


def _mn(char: str) -> str:
    return f'<mjx-mn class="mjx-n">{_glyph(char)}</mjx-mn>'


_FRACTION = (
    f"<mjx-mfrac><mjx-frac><mjx-num><mjx-nstrut></mjx-nstrut>{_mn('1')}</mjx-num><mjx-dbox><mjx-dtable><mjx-line>"
    f"</mjx-line><mjx-row><mjx-den><mjx-dstrut></mjx-dstrut>{_mi('𝑛')}</mjx-den></mjx-row></mjx-dtable></mjx-dbox>"
    "</mjx-frac></mjx-mfrac>"
)
_NESTED = (
    f"<mjx-mfrac><mjx-frac><mjx-num>{_FRACTION}</mjx-num><mjx-dbox><mjx-dtable><mjx-line></mjx-line><mjx-row><mjx-den>"
    f"{_mi('𝑐')}</mjx-den></mjx-row></mjx-dtable></mjx-dbox></mjx-frac></mjx-mfrac>"
)
_NUMBERED = (
    f"<mjx-mtable><mjx-table><mjx-itable><mjx-mlabeledtr><mjx-mtd>{_mi('𝑥')}</mjx-mtd></mjx-mlabeledtr></mjx-itable>"
    "</mjx-table><mjx-labels><mjx-itable><mjx-mtr><mjx-mtd><mjx-mtext>"
    + "".join(map(_glyph, "(1)"))
    + "</mjx-mtext></mjx-mtd></mjx-mtr></mjx-itable></mjx-labels></mjx-mtable>"
)
_SUM = (
    f"<mjx-munderover><mjx-over>{_mi('𝑛')}</mjx-over><mjx-box><mjx-munder><mjx-row><mjx-base>{_mo('∑')}</mjx-base>"
    f"</mjx-row><mjx-row><mjx-under>{_mi('𝑖')}{_mo('=')}{_mn('1')}</mjx-under></mjx-row></mjx-munder></mjx-box>"
    "</mjx-munderover>"
)
_ROOT = f"<mjx-msqrt><mjx-sqrt><mjx-surd>{_mo('√')}</mjx-surd><mjx-box>{_mi('𝑛')}</mjx-box></mjx-sqrt></mjx-msqrt>"
_TALL = '<mjx-mo><mjx-stretchy-v class="mjx-c{code}"><mjx-beg>' + _glyph("⎛") + "</mjx-beg></mjx-stretchy-v></mjx-mo>"


@pytest.mark.parametrize(
    ("markup", "spoken"),
    [
        (f"<mjx-msup>{_mi('𝑥')}<mjx-script>{_mn('2')}</mjx-script></mjx-msup>", "x squared"),
        (f"<mjx-msub>{_mi('𝑥')}<mjx-script>{_mi('𝑖')}</mjx-script></mjx-msub>", "x i"),
        (
            f"<mjx-msubsup>{_mi('𝑥')}<mjx-script>{_mn('2')}<mjx-spacer></mjx-spacer>{_mi('𝑖')}</mjx-script></mjx-msubsup>",
            "x i squared",
        ),
        (_FRACTION, "one over n"),
        (_NESTED, "one over n over c"),
        (_NUMBERED, "x, equation one"),
        (_SUM + _mi("𝑖"), "the sum from i equals one to n of i"),
        (_ROOT, "the square root of n"),
        (
            f"<mjx-TeXAtom><mjx-mover><mjx-over>{_mo('^')}</mjx-over><mjx-base>{_mi('𝑦')}</mjx-base></mjx-mover></mjx-TeXAtom>",
            "y hat",
        ),
        (f"{_mi('𝑃')}{_mo('(')}{_mi('𝐴')}{_mo('∣')}{_mi('𝐵')}{_mo(')')}", "P of A given B"),
        (f"{_mi('𝑓')}{_TALL.format(code='28')}{_mi('𝑥')}{_TALL.format(code='29')}", "f of x"),
        ("<mjx-mtext>" + "".join(map(_glyph, "\u00a0if\u00a0")) + "</mjx-mtext>" + _mi("𝑥"), "if x"),
        ("<mjx-mn>" + "".join(map(_glyph, "3.14")) + "</mjx-mn>", "three point one four"),
    ],
)
def test_glyphs_without_a_label_are_read_from_what_they_draw(markup: str, spoken: str) -> None:
    assert _spoken(glyphs_to_tex(f"<mjx-container><mjx-math>{markup}</mjx-math></mjx-container>")) == spoken


def test_assistive_markup_is_preferred_to_glyphs() -> None:
    assistive = "<mjx-assistive-mml><math><mi>y</mi></math></mjx-assistive-mml>"
    assert glyphs_to_tex(f"<mjx-container><mjx-math>{_mi('𝑥')}</mjx-math>{assistive}</mjx-container>") == "y"


@pytest.mark.parametrize("markup", ["", "<p>words</p>", "<math></math>", "<mjx-container></mjx-container>", "<math"])
def test_markup_without_a_formula_gives_none(markup: str) -> None:
    assert mathml_to_tex(markup) is None
    assert glyphs_to_tex(markup) is None


def test_markup_nested_without_end_is_survived() -> None:
    mathml_to_tex("<math>" + "<mrow>" * 2000 + "<mi>x</mi>")
    glyphs_to_tex("<mjx-math>" + "<mjx-mrow>" * 2000 + _mi("𝑥"))
