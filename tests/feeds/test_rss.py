"""The feed: its golden form, its traps one by one, and other people's parsers reading it."""

from __future__ import annotations

import html
from base64 import b64decode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import feedparser
import podcastparser
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from feeds import (
    AlternateAudio,
    FeedError,
    Soundbite,
    join_feed,
    note_text,
    plain,
    render_feed,
    render_item,
)
from feeds.rss import NAMESPACES

GOLDEN = Path(__file__).parent / "data" / "feed.xml"


@pytest.fixture
def channel(make_show, make_item):
    """Renders with changes and hands back the channel element."""

    def render(show=None, **changes):
        return etree.fromstring(render_feed(show or make_show(), [make_item(**changes)]))[0]

    return render


def text_at(node, path):
    return node.findtext(path, namespaces=NAMESPACES)


def the(node, path):
    (found,) = node.findall(path, NAMESPACES)
    return found


def test_the_feed_has_its_golden_form(make_show, make_item):
    """When a change is meant, print `render_feed` of the same two items into the file and read the difference."""
    second = make_item(
        guid="forum:x8",
        title="Ü & “quotes” <b>",
        audio_url="https://casts.example/media/x8/77aa.mp3",
        published_at=datetime(2026, 10, 1, tzinfo=UTC),
        updated_at=datetime(2026, 10, 1, tzinfo=UTC),
        chapters=(),
        chapters_url=None,
        transcripts=(),
        persons=(),
        image_url=None,
        comments_url=None,
        content_link=None,
        ai_voice=False,
    )
    assert render_feed(make_show(), [make_item(), second]).decode() == GOLDEN.read_text("utf-8")


def test_the_same_input_gives_the_same_bytes_at_any_time(make_show, make_item):
    assert render_feed(make_show(), [make_item()]) == render_feed(make_show(), [make_item()])
    assert b"lastBuildDate" not in render_feed(make_show(), [])


def test_items_rendered_before_join_to_the_same_feed(make_show, make_item):
    items = [make_item(), make_item(guid="b", audio_url="https://casts.example/b.mp3")]
    joined = join_feed(make_show(), map(render_item, items), items[0].updated_at)
    assert joined == render_feed(make_show(), items)


def test_a_renderer_that_remembers_is_asked_once_for_each_item(make_show, make_item):
    remembered = lru_cache(render_item)
    fresh = render_feed(make_show(), [make_item()], remembered)
    assert render_feed(make_show(), [make_item()], remembered) == fresh == render_feed(make_show(), [make_item()])
    assert remembered.cache_info().misses == 1


def test_the_channel_link_is_the_home_page_and_the_atom_link_the_feed(channel):
    found = channel()
    assert text_at(found, "link") == "https://casts.example/"
    assert dict(the(found, "atom:link").attrib) == {
        "href": "https://casts.example/feed.xml",
        "rel": "self",
        "type": "application/rss+xml",
    }


def test_more_links_tell_of_further_pages(channel, make_show):
    found = channel(make_show(links=(("next", "https://casts.example/feed-2.xml"),)))
    assert [link.get("rel") for link in found.findall("atom:link", NAMESPACES)] == ["self", "next"]


@pytest.mark.parametrize("explicit", [True, False])
def test_explicit_is_said_in_words_apple_takes(channel, make_show, explicit):
    found = channel(make_show(explicit=explicit), explicit=explicit)
    said = [node.text for node in found.iter(f"{{{NAMESPACES['itunes']}}}explicit")]
    assert said == [str(explicit).lower()] * 2


def test_the_build_date_is_the_newest_items_not_the_clocks(make_show, make_item):
    old, new = datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 5, 6, 7, 8, 9, tzinfo=UTC)
    items = [make_item(updated_at=old), make_item(guid="b", audio_url="https://casts.example/b.mp3", updated_at=new)]
    found = etree.fromstring(render_feed(make_show(), items))[0]
    assert text_at(found, "lastBuildDate") == "Wed, 06 May 2026 07:08:09 +0000"


def test_items_keep_the_order_given(make_show, make_item):
    items = [make_item(guid=guid, audio_url=f"https://casts.example/{guid}.mp3") for guid in "cab"]
    found = etree.fromstring(render_feed(make_show(), items))[0]
    assert [node.text for node in found.findall("item/guid")] == ["c", "a", "b"]


def test_a_control_character_doesnt_kill_the_feed(channel):
    found = channel(title="Bell\x07 and\x00 null\ud800", notes_html="<p>a\x0bb\r\nc</p>", author="A\x1bB")
    assert text_at(found, "item/title") == "Bell and null"
    assert text_at(found, "item/description") == "<p>ab\nc</p>"
    assert text_at(found, "item/itunes:author") == "AB"


def test_notes_may_hold_the_end_of_a_cdata_section(channel):
    assert text_at(channel(notes_html="<p>a ]]> b ]]]]>> c</p>"), "item/description") == "<p>a ]]> b ]]]]>> c</p>"


def test_a_tag_in_a_title_is_quoted_rather_than_swallowed(channel):
    assert text_at(channel(title="The <b> tag &amp;amp; me"), "item/title") == "The ‹b› tag & me"


def test_a_guid_is_no_address(channel):
    guid = the(channel(), "item/guid")
    assert (guid.text, guid.get("isPermaLink")) == ("forum:x7", "false")


def test_the_machine_voice_is_said_of_the_show_and_of_the_item(channel, make_show):
    tags = list(channel().iter(f"{{{NAMESPACES['podcast']}}}txt"))
    assert [(tag.get("purpose"), tag.text) for tag in tags] == [("ai-content", "true")] * 2
    assert not list(channel(make_show(ai_voice=False), ai_voice=False).iter(f"{{{NAMESPACES['podcast']}}}txt"))


def test_psc_rows_stand_in_the_feed_itself(channel):
    rows = channel().findall("item/psc:chapters/psc:chapter", NAMESPACES)
    assert [(row.get("start"), row.get("title")) for row in rows] == [
        ("00:00:00.000", "Maps"),
        ("00:01:01.500", "Roads & rivers"),
        ("00:02:03.000", "Territories"),
    ]


def test_a_long_name_is_cut_to_what_the_namespace_allows(channel, make_item):
    (author, _) = make_item().persons
    long = type(author)(name="Bartholomew " * 20, role="author", group="writing")
    person = the(channel(persons=(long,)), "item/podcast:person")
    assert len(person.text) <= 128
    assert person.text.endswith("Bartholomew…")


@pytest.mark.parametrize(
    "changes",
    [
        {"title": ""},
        {"title": "\x00 \n"},
        {"title": "x" * 256},
        {"link": "/episodes/x7"},
        {"link": "javascript:alert(1)"},
        {"link": "https://"},
        {"audio_url": "https://casts.example/a.ogg"},
        {"mime": "audio/mp4"},
        {"n_bytes": 0},
        {"duration_s": 0},
        {"image_url": "https://casts.example/cover.webp"},
        {"image_url": "https://casts.example/cover?x=.jpg"},
        {"notes_html": ""},
        {"season": 0},
        {"episode": 0},
        {"soundbites": (Soundbite(start_ms=0, duration_ms=14_000, title="short"),)},
        {"soundbites": (Soundbite(start_ms=999_000, duration_ms=20_000, title="beyond the end"),)},
        {"notes_html": "ü" * 2001},
        {"notes_html": "<p onclick=alert(1)>x</p>"},
        {"notes_html": "<ScRipt>x</script>"},
        {"notes_html": '<a href="javascript:alert(1)">x</a>'},
        {"published_at": datetime(2026, 1, 1)},  # noqa: DTZ001
        {"updated_at": datetime(2026, 1, 1)},  # noqa: DTZ001
    ],
)
def test_an_item_no_app_would_take_is_refused_by_name(make_item, changes):
    with pytest.raises(FeedError, match=r"forum:x7"):
        render_item(make_item(**changes))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"title": " "}, "title"),
        ({"description": ""}, "description"),
        ({"description": "x" * 4001}, "4001 bytes"),
        ({"language": "English"}, "language"),
        ({"guid": "feed-1"}, "UUIDv5"),
        ({"guid": "16fd2706-8baf-433b-82eb-8c7fada847da"}, "UUIDv5"),
        ({"categories": ()}, "category"),
        ({"categories": (("society & culture", None),)}, "category"),
        ({"categories": (("Science", "Philosophy"),)}, "category"),
        ({"home_url": "https://casts.example/feed.xml"}, "home page"),
        ({"image_url": "https://casts.example/c.gif"}, "picture"),
        ({"medium": "radio"}, "medium"),
        ({"kind": "serial"}, "episode number"),
    ],
)
def test_a_show_no_directory_would_take_is_refused(make_show, make_item, changes, said):
    with pytest.raises(FeedError, match=said):
        render_feed(make_show(**changes), [make_item()])


@pytest.mark.parametrize("changes", [{"guid": "b"}, {"audio_url": "https://casts.example/b.mp3"}])
def test_two_items_with_one_guid_or_one_audio_file_are_refused(make_show, make_item, changes):
    with pytest.raises(FeedError, match="2 items"):
        render_feed(make_show(), [make_item(), make_item(**changes)])


def test_a_second_file_of_the_same_sound_is_told_with_its_digest(channel):
    opus = AlternateAudio(
        url="https://casts.example/x.opus", n_bytes=9, mime="audio/ogg", bitrate_bps=32_000, title="Opus",
        codecs="opus", sha256=sha256(b"sound").hexdigest(),
    )  # fmt: skip
    told = the(channel(alternates=(opus,)), "item/podcast:alternateEnclosure")
    assert dict(told.attrib) == {
        "type": "audio/ogg", "length": "9", "bitrate": "32000", "title": "Opus", "codecs": "opus",
    }  # fmt: skip
    assert the(told, "podcast:source").get("uri") == opus.url
    algorithm, _, digest = the(told, "podcast:integrity").get("value").partition("-")
    assert (algorithm, b64decode(digest)) == ("sha256", sha256(b"sound").digest())


def test_a_soundbite_is_told_in_seconds(channel):
    bite = the(
        channel(soundbites=(Soundbite(start_ms=1500, duration_ms=15_000, title="Maps"),)), "item/podcast:soundbite"
    )
    assert (bite.text, dict(bite.attrib)) == ("Maps", {"startTime": "1.500", "duration": "15.000"})


def test_a_licence_is_a_slug_in_small_letters(channel):
    url = "https://creativecommons.org/licenses/by/4.0/"
    licence = the(channel(licence="CC-BY-4.0", licence_url=url), "item/podcast:license")
    assert (licence.text, licence.get("url")) == ("cc-by-4.0", url)


def test_a_serial_items_season_has_a_name_and_its_number_a_form_to_show(channel):
    item = the(channel(season=2, season_name="Fake Beliefs", episode=3, episode_display="Ch.3"), "item")
    assert text_at(item, "itunes:season") == text_at(item, "podcast:season") == "2"
    assert the(item, "podcast:season").get("name") == "Fake Beliefs"
    assert the(item, "podcast:episode").get("display") == "Ch.3"


def test_a_chapter_may_have_a_picture_in_the_feed(channel, make_chapters):
    first, *others = make_chapters("A", "B", "C")
    shown = channel(chapters=(replace(first, image_url="https://img.example/a.png"), *others))
    rows = shown.findall("item/psc:chapters/psc:chapter", NAMESPACES)
    assert [row.get("image") for row in rows] == ["https://img.example/a.png", None, None]


def test_a_serial_show_numbers_its_items(channel, make_show):
    found = channel(make_show(kind="serial"), episode=7)
    assert (text_at(found, "item/itunes:episode"), text_at(found, "itunes:type")) == ("7", "serial")


def test_feedparser_reads_what_was_written(make_show, make_item):
    read = feedparser.parse(BytesIO(render_feed(make_show(), [make_item()])))
    assert not read.bozo
    (entry,) = read.entries
    assert (read.feed.title, read.feed.link) == ("Posts, Read Aloud", "https://casts.example/")
    assert (entry.title, entry.id) == ("Maps & Territories, by Ada Quill", "forum:x7")
    (audio,) = entry.enclosures
    assert (audio.href, audio.length, audio.type) == (make_item().audio_url, "2214000", "audio/mpeg")


def test_podcastparser_reads_what_was_written(make_show, make_item):
    read = podcastparser.parse("https://casts.example/feed.xml", BytesIO(render_feed(make_show(), [make_item()])))
    (episode,) = read["episodes"]
    assert (episode["guid"], episode["total_time"]) == ("forum:x7", 185)
    assert [(row["start"], row["title"]) for row in episode["chapters"]] == [
        (0, "Maps"),
        (61, "Roads & rivers"),  # it keeps whole seconds
        (123, "Territories"),
    ]


anything = st.text(st.characters(), max_size=80)


@given(title=anything, notes=anything, chapter=anything)
def test_any_unicode_reads_back_as_it_was_cleaned(make_show, make_item, make_chapters, title, notes, chapter):
    item = make_item(
        title=f"T {title}", notes_html=f"<p>{note_text(notes)}</p>", chapters=make_chapters(f"C {chapter}")
    )
    root = etree.fromstring(render_feed(make_show(), [item]))
    assert text_at(root, "channel/item/title") == plain(f"T {title}")
    assert html.unescape(text_at(root, "channel/item/description")) == f"<p>{plain(notes)}</p>"
    assert root.find(".//psc:chapter", NAMESPACES).get("title") == plain(f"C {chapter}")


@given(raw=st.text(st.characters(exclude_characters="="), max_size=200))
def test_any_notes_give_a_well_formed_feed(make_show, make_item, raw):
    xml = render_feed(make_show(), [make_item(notes_html=f"<p>{raw}</p>")])
    assert text_at(etree.fromstring(xml), "channel/item/description").startswith("<p>")


def test_five_hundred_items_stay_a_small_feed(make_show, make_item, make_chapters):
    start = datetime(2026, 1, 1, tzinfo=UTC)
    items = [
        make_item(
            guid=f"forum:{n}",
            audio_url=f"https://casts.example/media/{n}/5f2c.mp3",
            published_at=start - timedelta(days=n),
            chapters=make_chapters(*[f"Section {k}" for k in range(12)]),
        )
        for n in range(500)
    ]
    assert len(render_feed(make_show(), items)) < 2_500_000
