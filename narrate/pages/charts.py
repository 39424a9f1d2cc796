"""Numbers -> pictures as inline SVG, for the pages of the service. Pure.

No script and no style of their own: classes take their colours from the page, in light and dark. Whoever can't see
them has the title, the description, and the table that the page puts beside each.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

_WIDTH, _HEIGHT = 420, 190  # units of the drawing; the page scales it to its own width
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 4, 14, 26
_ROW, _BAR = 46, 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar: what it says below (or beside), its parts from the axis on, and what a pointer is told."""

    label: str
    parts: tuple[float, ...]
    tip: str

    @property
    def total(self) -> float:
        return sum(self.parts)


def columns(name: str, title: str, description: str, bars: Sequence[Bar], every: int = 1) -> Markup:
    """Upright bars over one axis from zero. `name` is unique on its page; one label in `every` is written."""
    top = nice(max((bar.total for bar in bars), default=0.0))
    height, width = _HEIGHT - _TOP - _BOTTOM, _WIDTH - _LEFT - _RIGHT
    parts = []
    for share in (0.0, 0.5, 1.0):
        y = _TOP + height * (1 - share)
        parts.append(Markup('<line class="grid" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>').format(
            _LEFT, _WIDTH - _RIGHT, y, y))  # fmt: skip
        parts.append(Markup('<text x="{}" y="{:.1f}" text-anchor="end">{:g}</text>').format(
            _LEFT - 6, y + 4, top * share))  # fmt: skip
    step = width / max(len(bars), 1)
    for n, bar in enumerate(bars):
        x, y = _LEFT + n * step + step * 0.12, float(_TOP + height)
        drawn = []
        for kind, part in enumerate(bar.parts):
            tall = height * part / top
            y -= tall
            drawn.append(Markup('<rect class="part{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>').format(
                kind, x, y, step * 0.76, tall))  # fmt: skip
        parts.append(Markup("<g><title>{}</title>{}</g>").format(bar.tip, Markup().join(drawn)))
        if n % every == 0:
            parts.append(Markup('<text x="{:.1f}" y="{}" text-anchor="middle">{}</text>').format(
                x + step * 0.38, _HEIGHT - 8, bar.label))  # fmt: skip
    return _drawing(name, title, description, _HEIGHT, parts)


def rows(name: str, title: str, description: str, bars: Sequence[Bar]) -> Markup:
    """Lying bars, one below the other, each with its label above it."""
    top = max((bar.total for bar in bars), default=0.0) or 1.0
    parts = []
    for n, bar in enumerate(bars):
        y, x = n * _ROW, 0.0
        drawn = [Markup('<rect class="ground" x="0" y="{}" width="{}" height="{}"/>').format(y + 20, _WIDTH, _BAR)]
        for kind, part in enumerate(bar.parts):
            wide = _WIDTH * part / top
            drawn.append(Markup('<rect class="part{}" x="{:.1f}" y="{}" width="{:.1f}" height="{}"/>').format(
                kind, x, y + 20, wide, _BAR))  # fmt: skip
            x += wide
        parts.append(Markup("<g><title>{}</title>{}</g>").format(bar.tip, Markup().join(drawn)))
        parts.append(Markup('<text x="0" y="{}">{}</text>').format(y + 14, bar.label))
    return _drawing(name, title, description, max(len(bars), 1) * _ROW, parts)


def nice(value: float) -> float:
    """The least of 1, 2, 5 times a power of ten that isn't below a value: where an axis ends. 1 for nothing."""
    if value <= 0 or not math.isfinite(value):
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= value * (1 - 1e-9))


def span(seconds: float) -> str:
    """How long something takes, in the words one would use: "40 seconds", "2 hours", "3 days"."""
    for unit_s, unit, below in ((1, "second", 90), (60, "minute", 90), (3600, "hour", 48), (86400, "day", math.inf)):
        n = round(seconds / unit_s)
        if n < below:
            return f"{n} {unit}{'' if n == 1 else 's'}"
    raise AssertionError("days have no end")


def _drawing(name: str, title: str, description: str, height: int, parts: Sequence[Markup]) -> Markup:
    return Markup(
        '<svg class="chart" role="img" viewBox="0 0 {} {}" aria-labelledby="{}-title {}-desc">'
        '<title id="{}-title">{}</title><desc id="{}-desc">{}</desc>{}</svg>'
    ).format(_WIDTH, height, name, name, name, title, name, description, Markup().join(parts))
