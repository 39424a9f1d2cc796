"""Editions: the same takes without the footnotes, or with them after the text. Nothing is lost, nothing is new."""

from __future__ import annotations

import pytest

from narrate.audio.assemble import assemble
from narrate.editions import edit
from narrate.records import EditionName, Script
from narrate.samples import sample_files
from narrate.script import ScriptOptions, write
from narrate.sources import Sources
from tests.laid_out import RATE_HZ, performance_of, script_of

NOTES = (
    '<ol class="footnotes"><li class="footnote-item" id="fn1"><p>A first note, said at once.</p></li>'
    '<li class="footnote-item" id="fn2"><p>A second one. It has two sentences.</p></li></ol>'
)
POST = (
    '<p>One claim.<sup><a href="#fn1">1</a></sup> And it goes on.</p>'
    '<h2>Later</h2><p>Another claim.<sup><a href="#fn2">2</a></sup></p>{heading}' + NOTES
)


@pytest.fixture
def script() -> Script:
    return script_of(POST.format(heading=""))


def said(script: Script | None) -> list[str]:
    assert script is not None
    return [u.spoken for u in script.utterances]


def test_footnotes_are_left_out_with_their_announcements_and_listed(script: Script) -> None:
    assert any("Footnote" in text for text in said(script))
    without = edit(script, "nofn")
    assert said(without)[1:] == ["One claim.", "And it goes on.", "Later.", "Another claim."]
    assert without is not None
    left = [o.text for o in without.omissions if o.what == "footnote"]
    assert left == ["A first note, said at once.", "A second one. It has two sentences."]


def test_footnotes_follow_the_text_in_a_chapter_of_their_own(script: Script) -> None:
    after = edit(script, "fnafter")
    assert after is not None
    assert [c.title for c in after.chapters] == ["A post", "Later", "Footnotes"]
    assert [u.written for u in after.chapters[-1].utterances] == [
        "A first note, said at once.",
        "A second one. It has two sentences.",
    ]
    (range_,) = after.note_ranges
    assert (range_.first_id, range_.last_id) == tuple(after.chapters[-1].utterances[i].id for i in (0, -1))


def test_a_heading_of_the_posts_own_takes_the_notes_in_or_goes_with_them() -> None:
    script = script_of(POST.format(heading="<h2>Footnotes</h2>"))
    after, without = edit(script, "fnafter"), edit(script, "nofn")
    assert after is not None
    assert without is not None
    assert [c.title for c in after.chapters] == ["A post", "Later", "Footnotes"]
    assert after.chapters[-1].utterances[0].role == "heading"
    assert [c.title for c in without.chapters] == ["A post", "Later"]
    assert "Footnotes" in [o.text for o in without.omissions]


def test_a_heading_named_like_notes_stays_with_the_sections_under_it() -> None:
    script = script_of(POST.format(heading="<h2>Notes</h2><h3>On tea</h3><p>Tea is hot.</p>"))
    for name in ("nofn", "fnafter"):
        edition = edit(script, name)
        assert edition is not None
        titles = [c.title for c in edition.chapters]
        assert titles[titles.index("Notes") + 1] == "On tea"


def test_the_pause_before_a_chapter_outlives_the_note_that_kept_it(script: Script) -> None:
    without = edit(script, "nofn")
    assert without is not None
    before_later = script.chapters[0].utterances[-1]
    assert without.chapters[0].utterances[-1].pause_after_s >= before_later.pause_after_s


def test_gathered_notes_move_like_those_in_mid_text() -> None:
    long = f"<p>{'A long note indeed. ' * 30}</p>"
    html = POST.format(heading="").replace("<p>A second one. It has two sentences.</p>", long)
    script = script_of(html, ScriptOptions(footnotes="after"))
    assert script.note_ranges
    assert script.inline_notes
    without = edit(script, "nofn")
    assert said(without)[1:] == ["One claim.", "And it goes on.", "Later.", "Another claim."]


@pytest.mark.parametrize("html", ["<p>No notes here.</p>", POST.format(heading="")])
def test_a_script_that_says_no_notes_has_no_editions(html: str) -> None:
    script = script_of(html, ScriptOptions(footnotes="never"))
    assert edit(script, "nofn") is None
    assert edit(script, "fnafter") is None


@pytest.mark.parametrize("name", ["nofn", "fnafter"])
@pytest.mark.parametrize("setting", ["inline", "after"])
def test_an_edition_needs_no_take_that_isnt_there_and_says_nothing_twice(name: EditionName, setting: str) -> None:
    n_edited = 0
    with Sources(None, "") as sources:
        for path in sample_files():
            script = write(sources.fetch(str(path)), ScriptOptions(footnotes=setting))  # type: ignore[arg-type]
            edited = edit(script, name)
            if edited is None:
                continue
            n_edited += 1
            assemble(edited, performance_of(script), RATE_HZ)  # raises KeyError for a take that isn't there
            ids = [u.id for u in edited.utterances]
            assert len(set(ids)) == len(ids)
            if name == "fnafter":
                assert sorted(ids) == sorted(u.id for u in script.utterances)
    assert n_edited >= 5
