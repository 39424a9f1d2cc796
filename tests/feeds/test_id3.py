"""The tag, read back by other people's readers."""

from __future__ import annotations

import json
import subprocess
from datetime import date
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mutagen.id3 import ID3

from feeds import FeedError, draw_cover, id3_tag, plain


def make_tag(**changes):
    given = {"title": "T", "artist": "A", "album": "P", "duration_ms": 3000, "date": date(2026, 2, 3)}
    return id3_tag(**given | changes)


def read(tag):
    return ID3(BytesIO(tag + b"\0" * 64))


def test_the_usual_frames_are_there():
    tags = read(make_tag(title="Ünï 😀", comment="Läst\nby a machine", link="https://a.example/x", language="en-GB"))
    assert tags.version == (2, 3, 0)
    assert {name: str(tags[name]) for name in ("TIT2", "TPE1", "TALB", "TCON", "TDRC", "TLEN", "TLAN", "WOAF")} == {
        "TIT2": "Ünï 😀",
        "TPE1": "A",
        "TALB": "P",
        "TCON": "Podcast",
        "TDRC": "2026-02-03",
        "TLEN": "3000",
        "TLAN": "eng",
        "WOAF": "https://a.example/x",
    }
    assert str(tags["COMM::eng"]) == "Läst\nby a machine"


def test_chapters_lie_in_time_order_under_one_table_of_contents(make_chapters):
    titles = ["A rather long first title", "b", "Ünï", "x" * 300]  # a writer that sorts by size would shuffle them
    tag = make_tag(chapters=make_chapters(*titles))
    places = [tag.index(b"chp%d\0" % n, tag.index(b"CHAP")) for n in range(4)]
    assert places == sorted(places)
    tags = read(tag)
    (toc,) = tags.getall("CTOC")
    assert (int(toc.flags), toc.child_element_ids) == (3, ["chp0", "chp1", "chp2", "chp3"])
    chaps = [tags[f"CHAP:chp{n}"] for n in range(4)]
    assert [(c.start_time, c.end_time) for c in chaps] == [(n * 61_500, (n + 1) * 61_500) for n in range(4)]
    assert [str(c.sub_frames["TIT2"]) for c in chaps] == titles
    assert {(c.start_offset, c.end_offset) for c in chaps} == {(0xFFFFFFFF, 0xFFFFFFFF)}


def test_a_chapter_may_have_a_link(make_chapters):
    (mark,) = make_chapters("A")
    with_link = type(mark)(start_ms=0, end_ms=5, title="A", url="https://a.example/#a")
    (found,) = read(make_tag(chapters=[with_link]))["CHAP:chp0"].sub_frames.getall("WXXX")
    assert found.url == "https://a.example/#a"


def test_no_more_chapters_than_the_table_of_contents_can_count(make_chapters):
    tags = read(make_tag(chapters=make_chapters(*map(str, range(300)))))
    assert len(tags.getall("CHAP")) == len(tags.getall("CTOC")[0].child_element_ids) == 255


@given(st.text(st.characters(), max_size=60))
def test_any_title_reads_back_as_in_the_feed(title):
    assert str(read(make_tag(title=f"T {title}"))["TIT2"]) == plain(f"T {title}")


def test_the_same_input_gives_the_same_bytes(make_chapters):
    assert make_tag(chapters=make_chapters("a", "b")) == make_tag(chapters=make_chapters("a", "b"))


@pytest.mark.parametrize("cover", [b"\x89PNG", b"\xff\xd8\xff" + b"\0" * 300_000])
def test_a_cover_players_would_choke_on_is_refused(cover):
    with pytest.raises(FeedError, match="cover"):
        make_tag(cover_jpeg=cover)


@pytest.mark.slow
def test_ffprobe_reads_chapters_and_cover(make_chapters, tmp_path):
    sound = tmp_path / "sound.mp3"
    tone = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=440:d=4", "-b:a", "96k", "-id3v2_version", "0"]
    subprocess.run([*tone, str(sound)], check=True, timeout=60)
    tag = make_tag(chapters=make_chapters("Öne", "Two", length_ms=2000), cover_jpeg=draw_cover("T", "A", seed_text="x"))
    tagged = tmp_path / "tagged.mp3"
    tagged.write_bytes(tag + sound.read_bytes())
    probe = ["ffprobe", "-v", "error", "-show_chapters", "-show_streams", "-of", "json"]
    found = json.loads(subprocess.run([*probe, str(tagged)], check=True, capture_output=True, timeout=60).stdout)
    assert [(c["start"], c["end"], c["tags"]["title"]) for c in found["chapters"]] == [
        (0, 2000, "Öne"),
        (2000, 4000, "Two"),
    ]
    assert [(s["codec_name"], s.get("width")) for s in found["streams"]] == [("mp3", None), ("mjpeg", 1400)]
