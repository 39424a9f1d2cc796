"""Any text, a box -> lines of a serif face that fit it: size, breaks and the order of right-to-left runs decided here.

A character that no font here has is written with what it decomposes to, then with Latin letters, else left out.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from anyascii import anyascii
from PIL import ImageDraw, ImageFont

from feeds.text import plain

ROMAN = "EBGaramond12-Regular.otf"
ITALIC = "EBGaramond12-Italic.otf"
_FALLBACKS = ("NotoSerifHebrew-Regular.ttf", "NotoNaskhArabic-Regular.ttf")
_NOT_A_CHARACTER = "\U0010ffff"  # every font draws its box for it
#: A longer word is no word to keep whole.
_MAX_WORD_CHARS = 24
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff]")


@dataclass(frozen=True, slots=True)
class Block:
    """Lines set in one size. `leading` is the distance of two baselines in pixels."""

    face: str
    size: int
    lines: tuple[str, ...]
    leading: int

    @property
    def height(self) -> int:
        return self.leading * len(self.lines)


def drawable(text: str) -> str:
    """`text` in characters that the fonts here have.

    >>> drawable("Fünf 𝐛𝐨𝐥𝐝 cats 🐈 and 猫")
    'Fünf bold cats and Mao'
    """
    composed = unicodedata.normalize("NFC", _INVISIBLE.sub("", plain(text)))
    return " ".join("".join(map(_drawable_char, composed)).split())


def fit(text: str, face: str, width: int, height: int, sizes: Sequence[int], *, leading: float = 1.1) -> Block:
    """The text in the largest of `sizes` (falling) that fits; in the last one it is cut at a word if it must be."""
    words = drawable(text).split()
    for size in sizes:
        pieces = [piece for word in words for piece in _pieces(word, face, size, width)]
        unbroken = all(len(word) > _MAX_WORD_CHARS or width_of(word, face, size) <= width for word in words)
        block = _block(face, size, leading, _break(pieces, face, size, width))
        if unbroken and block.height <= height:
            return _balanced(block, pieces, width)
    return _cut(block, width, height)


def width_of(text: str, face: str, size: int) -> float:
    """Pixels."""
    return sum(_font(name, size).getlength(run) for name, run in _runs(text, face))


def draw(
    canvas: ImageDraw.ImageDraw, block: Block, x: int, y: int, width: int, fill: tuple[int, int, int], rightwards: bool
) -> None:
    """Lines from (x, y), the top of the first, at the left edge of the box or, `rightwards`, at its right edge."""
    for number, line in enumerate(block.lines):
        baseline = y + number * block.leading + round(block.size * 0.8)
        pen = x + width - width_of(line, block.face, block.size) if rightwards else float(x)
        runs = list(_runs(line, block.face))
        for name, run in reversed(runs) if is_rtl(block.lines) else runs:
            font = _font(name, block.size)
            canvas.text((pen, baseline), run, font=font, fill=fill, anchor="ls")
            pen += font.getlength(run)


def is_rtl(lines: Sequence[str]) -> bool:
    """Whether text runs from right to left: by its first letter with a direction, as browsers decide."""
    strong = (unicodedata.bidirectional(char) for char in " ".join(lines))
    return next((kind in ("R", "AL") for kind in strong if kind in ("L", "R", "AL")), False)


def _block(face: str, size: int, leading: float, lines: Sequence[str]) -> Block:
    return Block(face, size, tuple(lines), round(size * leading))


def _break(words: Sequence[str], face: str, size: int, width: float) -> list[str]:
    lines: list[str] = []
    for word in words:
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width_of(longer, face, size) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _balanced(block: Block, words: Sequence[str], width: int) -> Block:
    """The same number of lines, as even as they go: a title's last line is not one short word."""
    low, high = width // 2, width
    while high - low > 4:
        middle = (low + high) // 2
        lines = _break(words, block.face, block.size, middle)
        widest = max((width_of(line, block.face, block.size) for line in lines), default=0)
        low, high = (low, middle) if len(lines) <= len(block.lines) and widest <= middle else (middle, high)
    return replace(block, lines=tuple(_break(words, block.face, block.size, high)))


def _cut(block: Block, width: int, height: int) -> Block:
    """As many lines as fit, the last one ending with "…" after a word."""
    *lines, last = block.lines[: max(1, height // block.leading)]
    while width_of(last + "…", block.face, block.size) > width:
        last = last.rsplit(" ", 1)[0] if " " in last else last[:-1]
    return replace(block, lines=(*lines, last.rstrip(",;:–—-") + "…"))


def _pieces(word: str, face: str, size: int, width: int) -> Iterator[str]:
    """The word, in parts as wide as the box if it is wider."""
    while len(word) > 1 and width_of(word, face, size) > width:
        widths = (width_of(word[:n], face, size) for n in range(1, len(word) + 1))
        n_chars = sum(1 for _ in itertools.takewhile(lambda w: w <= width, widths))
        yield word[: max(1, n_chars)]
        word = word[max(1, n_chars) :]
    yield word


def _runs(line: str, face: str) -> Iterator[tuple[str, str]]:
    """(font, stretch of the line it draws), in reading order; what has no direction stays with the run before it."""
    fonts: list[str] = []
    for char in line:
        neutral = unicodedata.bidirectional(char) not in ("L", "R", "AL", "EN")
        stay = fonts and neutral and (char == " " or _has(fonts[-1], char))
        fonts.append(fonts[-1] if stay else _font_for(char, face) or face)
    for name, group in itertools.groupby(zip(fonts, line, strict=True), key=lambda pair: pair[0]):
        yield name, "".join(char for _, char in group)


@lru_cache(maxsize=4096)
def _drawable_char(char: str) -> str:
    if char == " " or _font_for(char, ROMAN):
        return char
    simpler = "".join(c for c in unicodedata.normalize("NFKD", char) if _font_for(c, ROMAN))
    if simpler or not char.isalpha():
        return simpler
    return anyascii(char)


@lru_cache(maxsize=4096)
def _font_for(char: str, face: str) -> str | None:
    return next((name for name in (face, ROMAN, *_FALLBACKS) if _has(name, char)), None)


def _has(name: str, char: str) -> bool:
    """Pillow shows no character map, but a font draws its box for whatever it lacks."""
    return _mask(char, name) != _mask(_NOT_A_CHARACTER, name)


@lru_cache(maxsize=4096)
def _mask(char: str, name: str) -> tuple[tuple[int, int], bytes]:
    mask = _font(name, 24).getmask(char)
    return mask.size, bytes(mask)


@lru_cache(maxsize=64)
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(Path(__file__).parent / "fonts" / name, size)
