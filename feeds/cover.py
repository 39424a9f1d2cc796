"""A title and an author -> cover art: serif type on paper above an imagined map of its own. Same input, same bytes."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from random import Random

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from feeds import terrain, typeset
from feeds.records import FeedError

_Colour = tuple[int, int, int]
_QUALITIES = (92, 88, 84, 80, 75, 70, 64, 58, 50, 42, 34, 26)
#: Apple's limits for artwork, pixels a side.
_LEAST_PX, _MOST_PX = 1400, 3000
_BAND_ROWS = 64
#: Height between two contour lines.
_STEP = 0.11


@dataclass(frozen=True, slots=True)
class _Palette:
    paper: _Colour
    low: _Colour  # the shore
    high: _Colour  # the highest land
    line: _Colour
    ink: _Colour


_INK = (38, 36, 32)
_PALETTES = (
    _Palette((250, 247, 240), (226, 233, 219), (118, 152, 128), (84, 116, 96), _INK),  # sage
    _Palette((249, 247, 243), (221, 230, 236), (104, 138, 166), (72, 104, 134), _INK),  # slate
    _Palette((251, 247, 238), (242, 230, 204), (206, 160, 88), (160, 116, 52), _INK),  # ochre
    _Palette((251, 246, 241), (243, 223, 213), (196, 126, 106), (152, 86, 70), _INK),  # clay
    _Palette((249, 246, 244), (231, 223, 233), (138, 112, 150), (102, 78, 116), _INK),  # plum
    _Palette((248, 248, 242), (214, 232, 228), (80, 146, 142), (48, 108, 106), _INK),  # teal
    _Palette((250, 247, 243), (236, 227, 217), (150, 126, 106), (112, 90, 72), _INK),  # umber
    _Palette((249, 247, 245), (240, 221, 225), (178, 106, 124), (136, 70, 88), _INK),  # rose
)
_SHOW = _Palette((24, 46, 48), (34, 64, 64), (96, 146, 132), (150, 190, 172), (246, 240, 226))


def draw_cover(title: str, subtitle: str, *, seed_text: str, size: int = 1400, max_bytes: int = 300_000) -> bytes:
    """A JPEG, RGB, `size` pixels square, of at most `max_bytes`: an episode's, with its author as the subtitle.

    `seed_text` decides colours and map, so that an episode keeps its picture when its title is corrected.
    """
    random = _seeded(seed_text)
    palette = _PALETTES[random.randrange(len(_PALETTES))]
    type_ = _set_type(title, subtitle, size, largest=0.115, room=0.56)
    return _jpeg(_picture(random, palette, type_, shore=0.7), max_bytes)


def draw_show_cover(title: str, subtitle: str, *, size: int = 3000, max_bytes: int = 512_000) -> bytes:
    """The same for a show: darker, so that it stands out from its episodes."""
    type_ = _set_type(title, subtitle, size, largest=0.17, room=0.6)
    return _jpeg(_picture(_seeded(title), _SHOW, type_, shore=0.62), max_bytes)


def _seeded(text: str) -> Random:
    return Random(int.from_bytes(hashlib.sha256(text.encode("utf-8", "replace")).digest()))  # noqa: S311


@dataclass(frozen=True, slots=True)
class _Type:
    """What is written, on a square of `size` pixels."""

    size: int
    title: typeset.Block
    subtitle: typeset.Block

    @property
    def margin(self) -> int:
        return round(self.size * 0.09)

    @property
    def subtitle_top(self) -> int:
        return self.margin + self.title.height + round(self.size * 0.03)

    @property
    def bottom(self) -> int:
        return self.subtitle_top + self.subtitle.height


def _set_type(title: str, subtitle: str, size: int, *, largest: float, room: float) -> _Type:
    """Title and subtitle from the top left; `largest` and `room` are shares of the picture's side."""
    if not _LEAST_PX <= size <= _MOST_PX:
        raise FeedError(f"A cover of {size} pixels a side: Apple takes {_LEAST_PX} to {_MOST_PX}. Choose one between.")
    width = size - 2 * round(size * 0.09)
    name = typeset.fit(subtitle, typeset.ITALIC, width, round(size * 0.11), _sizes(size, 0.047, 0.03))
    left = round(size * room) - name.height
    return _Type(size, typeset.fit(title, typeset.ROMAN, width, left, _sizes(size, largest, 0.036)), name)


def _picture(random: Random, palette: _Palette, type_: _Type, shore: float) -> Image.Image:
    height = terrain.heights(random, type_.size, shore, blank=type_.bottom / type_.size)
    picture = _landscape(height, palette)
    canvas = ImageDraw.Draw(picture)
    width = type_.size - 2 * type_.margin
    rightwards = typeset.is_rtl(type_.title.lines)
    typeset.draw(canvas, type_.title, type_.margin, type_.margin, width, palette.ink, rightwards)
    soft = _mix(palette.ink, palette.paper, np.float32(0.28))
    red, green, blue = (round(float(part)) for part in soft)
    typeset.draw(canvas, type_.subtitle, type_.margin, type_.subtitle_top, width, (red, green, blue), rightwards)
    return picture


def _landscape(height: NDArray[np.float32], palette: _Palette) -> Image.Image:
    """Land in steps of colour, contour lines, every fifth of them stronger, and the shore. Drawn in bands of rows:
    all at once would hold twenty times the picture's memory."""
    size = height.shape[0]
    picture = np.empty((size, size, 3), dtype=np.uint8)
    for top in range(0, size, _BAND_ROWS):
        # one row more on either side, for the slopes at the band's edges
        first, last = max(top - 1, 0), min(top + _BAND_ROWS + 1, size)
        band = _band(height[first:last], palette, scale=size / 1400)
        picture[top : top + _BAND_ROWS] = band[top - first : top - first + _BAND_ROWS]
    return Image.fromarray(picture)


def _band(height: NDArray[np.float32], palette: _Palette, scale: float) -> NDArray[np.uint8]:
    tint = np.clip(np.floor(height / _STEP) * _STEP / 1.25, 0, 1)[..., None].astype(np.float32)
    pixels = np.where(height[..., None] > 0, _mix(palette.low, palette.high, tint), _rgb(palette.paper))
    for ink, strength in (
        (terrain.lines(height, _STEP, 1.5 * scale), 0.55),
        (terrain.lines(height, _STEP * 5, 2.6 * scale), 0.6),
        (terrain.shoreline(height, 3.0 * scale), 0.9),
    ):
        pixels += (_rgb(palette.line) - pixels) * (ink * np.float32(strength))[..., None]
    rounded: NDArray[np.uint8] = np.round(pixels).astype(np.uint8)
    return rounded


def _mix(first: _Colour, second: _Colour, share: NDArray[np.float32] | np.float32) -> NDArray[np.float32]:
    return _rgb(first) + (_rgb(second) - _rgb(first)) * share


def _rgb(colour: _Colour) -> NDArray[np.float32]:
    return np.array(colour, dtype=np.float32)


def _sizes(size: int, largest: float, smallest: float) -> list[int]:
    """Falling font sizes in pixels, each about 4% smaller than the last."""
    sizes = [round(size * largest)]
    while sizes[-1] > size * smallest:
        sizes.append(round(sizes[-1] * 0.96))
    return sizes


def _jpeg(picture: Image.Image, max_bytes: int) -> bytes:
    """The best quality that fits. No date, no software name: the same picture has the same bytes."""
    for quality in _QUALITIES:
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=quality, optimize=True, subsampling=0 if quality > 80 else 2)
        if out.tell() <= max_bytes:
            return out.getvalue()
    raise FeedError(f"The cover doesn't fit {max_bytes} bytes even at low quality. Allow more bytes or a smaller size.")
