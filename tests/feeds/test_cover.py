"""Cover art: what directories demand of a picture, and titles of every kind. How it looks is for eyes."""

from __future__ import annotations

import doctest
from io import BytesIO

import pytest
from PIL import Image

import feeds.typeset
from feeds import FeedError, draw_cover, draw_show_cover
from feeds.typeset import ITALIC, ROMAN, drawable, fit, is_rtl, width_of

SIZES = range(160, 50, -5)


def test_the_examples_in_the_docstrings_are_true():
    assert doctest.testmod(feeds.typeset) == (0, 1)


def opened(jpeg):
    return Image.open(BytesIO(jpeg))


def test_a_cover_is_what_apple_and_id3_take():
    jpeg = draw_cover("The Map and the Territory", "Ada Quill", seed_text="forum:x7")
    picture = opened(jpeg)
    assert (picture.format, picture.mode, picture.size) == ("JPEG", "RGB", (1400, 1400))
    assert len(jpeg) <= 300_000


@pytest.mark.slow
def test_a_show_cover_is_as_large_as_apple_takes():
    jpeg = draw_show_cover("Posts, Read Aloud", "Chosen by readers")
    assert (opened(jpeg).mode, opened(jpeg).size) == ("RGB", (3000, 3000))
    assert len(jpeg) <= 512_000


@pytest.mark.slow
def test_the_same_input_gives_the_same_bytes_and_another_seed_another_picture():
    first = draw_cover("T", "A", seed_text="forum:x7")
    assert draw_cover("T", "A", seed_text="forum:x7") == first
    assert draw_cover("T", "A", seed_text="forum:x8") != first


@pytest.mark.slow
def test_a_corrected_title_keeps_the_map():
    one, other = (opened(draw_cover(title, "Ada", seed_text="forum:x7")) for title in ("A map", "A mop"))
    below = (0, 900, 1400, 1400)
    assert abs_difference(one.crop(below), other.crop(below)) < 2
    assert one.tobytes() != other.tobytes()


def abs_difference(one, other):
    pairs = zip(one.tobytes(), other.tobytes(), strict=True)
    return sum(abs(a - b) for a, b in pairs) / len(one.tobytes())


@pytest.mark.slow
def test_a_smaller_file_can_be_asked_for():
    assert len(draw_cover("T", "A", seed_text="x", max_bytes=60_000)) <= 60_000
    with pytest.raises(FeedError, match="2000 bytes"):
        draw_cover("T", "A", seed_text="x", max_bytes=2000)


@pytest.mark.parametrize("size", [1399, 3001])
def test_a_size_apple_refuses_is_refused(size):
    with pytest.raises(FeedError, match="1400 to 3000"):
        draw_cover("T", "A", seed_text="x", size=size)


@pytest.mark.slow
@pytest.mark.parametrize(
    "title",
    [
        "",
        "🐈 🐈",
        "word " * 100,
        "W" * 500,
        "שלום עולם ו-AI",
        "مرحبا بالعالم",
        "猫と犬",
        "a\u0301\u200b\x00b",
        "\ufdfd",
    ],
)
def test_any_title_gives_a_cover(title):
    assert opened(draw_cover(title, title, seed_text=title)).size == (1400, 1400)


@pytest.mark.parametrize(
    ("written", "drawn"),
    [
        ("e\u0301 Łódź Žižek ΑΒΓ Жук", "é Łódź Žižek ΑΒΓ Жук"),
        ("x² + H₂O ≠ π → ∞", "x² + H₂O ≠ π → ∞"),
        ("𝒜 𝔹 𝟛 ｗｉｄｅ ﬁn", "A B 3 wide fin"),
        ("cats 🐈\u200d⬛ here", "cats here"),
        ("שלום", "שלום"),
        ("猫", "Mao"),
    ],
)
def test_what_no_font_has_is_written_otherwise_or_left_out(written, drawn):
    assert drawable(written).replace("ﬁ", "fi") == drawn


@pytest.mark.parametrize(
    "text", ["On", "Making Beliefs Pay Rent (in Anticipated Experiences)", "a bb ccc " * 60, "W" * 500]
)
def test_type_stays_inside_its_box(text):
    block = fit(text, ROMAN, 1148, 700, SIZES)
    assert block.height <= 700
    assert all(width_of(line, block.face, block.size) <= 1148 for line in block.lines)


def test_a_short_title_is_set_large_and_a_long_one_is_cut_at_a_word():
    assert fit("On", ROMAN, 1148, 700, SIZES).size == 160
    cut = fit("wording " * 100, ROMAN, 1148, 700, SIZES)
    assert cut.size == SIZES[-1]
    assert cut.lines[-1].endswith("wording…")


def test_the_last_line_is_not_one_short_word():
    block = fit("The unreasonable effectiveness of maps as of", ROMAN, 1148, 700, [150])
    widths = [width_of(line, block.face, block.size) for line in block.lines]
    assert min(widths) > 0.5 * max(widths)


def test_direction_is_that_of_the_first_letter():
    assert is_rtl(["… שלום AI"])
    assert not is_rtl(["1. AI שלום"])
    assert not is_rtl([])


def test_an_italic_line_falls_back_to_other_faces_for_what_it_lacks():
    assert width_of("Ada ש", ITALIC, 40) > width_of("Ada ", ITALIC, 40)
