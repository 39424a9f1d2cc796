"""Text made safe for every form."""

from __future__ import annotations

import doctest
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import feeds.text
from feeds import FeedError, cut, note_text, plain
from feeds.text import ascii_url, defuse, is_said, strip_controls

anything = st.text(st.characters())


def test_the_examples_in_the_docstrings_are_true():
    assert doctest.testmod(feeds.text).attempted > 3
    assert doctest.testmod(feeds.text).failed == 0


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("a\tb\r\n c", "a b c"),
        ("caf\u00e9 \U0001f600", "café 😀"),
        ("x\ufffdy\ufffe\uffff", "xy"),
        ("AT&T; R&D", "AT&T; R&D"),
        ("1 < 2 > 0", "1 < 2 > 0"),
        ("&#x27;quoted&#39; &nbsp; &LT;i&gt;", "'quoted' ‹i›"),
        ("&amp;amp;amp;lt;b&gt;", "‹b›"),
        ("</script>", "‹/script›"),
    ],
)
def test_a_title_reads_as_one_plain_line(written, read):
    assert plain(written) == read


@given(anything)
def test_cleaning_twice_changes_nothing_more(text):
    assert plain(plain(text)) == plain(text)
    assert strip_controls(strip_controls(text)) == strip_controls(text)


@given(anything)
def test_no_character_that_xml_forbids_is_left(text):
    kept = strip_controls(text)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]", kept)
    kept.encode()


@pytest.mark.parametrize(
    "text",
    ["one = two", "ONLY=1", "on x", "javascript: the good parts", "carton = box", "<onclick=1>", "a & b < c"],
)
def test_plain_words_in_notes_never_look_active(text):
    made = note_text(text)
    assert not re.search(r"<(script|style|iframe|form|object|svg)\b|\bon\w+\s*=|javascript:", made, re.IGNORECASE)
    assert "<" not in made


def test_defusing_leaves_real_handlers_to_be_refused():
    assert "onclick=" in defuse('<p onclick="x">')
    assert "href=" in defuse('<a href="https://a.example/">')


@given(st.text(st.characters(codec="utf-8"), min_size=1), st.integers(min_value=1, max_value=60))
def test_a_cut_text_is_never_longer_than_asked(text, max_chars):
    assert len(cut(text, max_chars)) <= max_chars


def test_a_text_that_fits_is_left_alone():
    assert cut("exactly", 7) == "exactly"
    assert cut("two words", 8) == "two…"


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000/a.mp3", "https://a.example/b%20c?d=1#e"])
def test_an_absolute_ascii_address_is_taken_as_it_is(url):
    assert ascii_url(url, "It") == url


@pytest.mark.parametrize(
    ("url", "ascii_"),
    [
        ("https://a.example/über#ünï", "https://a.example/%C3%BCber#%C3%BCn%C3%AF"),
        ("https://a.example/t#a b", "https://a.example/t#a%20b"),
        ("https://exämple.org:8000/a", "https://xn--exmple-cua.org:8000/a"),
    ],
)
def test_an_address_in_other_letters_becomes_ascii(url, ascii_):
    assert ascii_url(url, "It") == ascii_


@pytest.mark.parametrize("url", ["", "/a", "javascript:alert(1)", "https://", "https://" + "ä" * 70 + ".org/"])
def test_what_is_no_web_address_is_refused(url):
    with pytest.raises(FeedError, match="It"):
        ascii_url(url, "It")


@pytest.mark.parametrize(
    ("text", "said"), [("—", False), ("…", False), ("“", False), ("x", True), ("+", True), ("_", True)]
)
def test_punctuation_alone_is_not_said(text, said):
    assert is_said(text) is said
