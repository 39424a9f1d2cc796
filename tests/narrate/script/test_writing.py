"""The invariants of a script: nothing lost, nothing invented, nothing unspeakable, whatever the markup."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from narrate.errors import PostEmpty
from narrate.records import Author, Comment, Post, PostKey, Script, Term, Utterance
from narrate.script import SCRIPT_VERSION, ScriptOptions, write
from narrate.script.document import from_json, to_json, to_line
from narrate.script.utterances import MAX_CHARS

SPEAKABLE = set(" ,.;:?!'\"-–—…()")
WORD = re.compile(r"[^\W_]+")

WORDS = st.sampled_from(
    [
        "the",
        "not",
        "no",
        "never",
        "3",
        "1,024",
        "50%",
        "x²",
        "GPT-4",
        "e.g.",
        "Löb's",
        "(so)",
        "“quoted”",
        "—",
        "P(A|B)",
        "$300k",
        "🎉",
        "日本",
        "https://a.org/b?c=1",
        "AI's",
        "a_b",
        "[3]",
        "Dr.",
        "Who?",
        "Yes!",
        "C++",
        "~5",
        "-7",
        "10^15",
        "and/or",
    ]
)
TEXT = st.lists(WORDS, max_size=30).map(" ".join)
INLINE = st.tuples(st.sampled_from(["em", "b", "code", "s", "sup", "sub", "a", "span", "i"]), TEXT).map(
    lambda part: f"<{part[0]}>{part[1]}</{part[0]}>"
)
LINE = st.lists(st.one_of(TEXT, INLINE, st.just("<br>"), st.just("<img alt='a b' src=x>")), max_size=4).map(" ".join)
TREE = st.recursive(
    st.tuples(st.sampled_from(["p", "h1", "h2", "h4", "li", "pre", "td", "div"]), LINE).map(
        lambda part: f"<{part[0]}>{part[1]}</{part[0]}>"
    ),
    lambda inner: st.tuples(
        st.sampled_from(["blockquote", "ul", "ol", "div", "table", "details", "figure", "section", "span", "tr"]),
        st.lists(inner, max_size=4),
    ).map(lambda part: f"<{part[0]}>{''.join(part[1])}</{part[0]}>"),
    max_leaves=12,
)


def make_post(html: str) -> Post:
    return Post(
        key=PostKey("lesswrong", "abc"),
        url="https://www.lesswrong.com/posts/abc",
        site="LessWrong",
        title="A title",
        authors=(Author(name="Ann"),),
        posted_at=datetime(2010, 5, 1, tzinfo=UTC),
        html=html,
        revision="1",
        fetched_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def words(text: str) -> Counter[str]:
    return Counter(WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


def applied(utterance: Utterance) -> str:
    """`written` with its rewrites applied, checking that they are sorted, apart and true."""
    out, at = [], 0
    for rewrite in utterance.rewrites:
        assert at <= rewrite.start <= rewrite.end <= len(utterance.written)
        assert utterance.written[rewrite.start : rewrite.end] == rewrite.before
        out += [utterance.written[at : rewrite.start], rewrite.after]
        at = rewrite.end
    return " ".join("".join([*out, utterance.written[at:]]).split())


def check(script: Script) -> None:
    """What must hold of every script."""
    ids = [utterance.id for utterance in script.utterances]
    assert len(set(ids)) == len(ids)
    assert all(chapter.utterances for chapter in script.chapters)
    for chapter in script.chapters:
        assert 0 < len(chapter.title) <= 80
        assert chapter.title.isprintable()
    for utterance in script.utterances:
        assert applied(utterance) == utterance.spoken
        assert any(char.isalpha() for char in utterance.spoken)
        assert len(utterance.spoken) <= MAX_CHARS
        assert {c for c in utterance.spoken if not c.isalpha() and not unicodedata.combining(c)} <= SPEAKABLE
    for notes in script.note_ranges:
        assert ids.index(notes.first_id) <= ids.index(notes.last_id)


@settings(max_examples=80, deadline=None)
@given(st.lists(TREE, min_size=1, max_size=5).map("".join))
def test_no_word_is_lost_and_written_with_its_rewrites_is_spoken(html: str) -> None:
    script = write(make_post("<p>Start.</p>" + html))
    check(script)
    visible = re.sub(r"<br>|<(/?)(?:p|h\d|li|pre|td|div|blockquote|ul|ol|table|details|figure|section|tr)>", " ", html)
    wanted = words(re.sub(r"<[^>]+>", "", visible))
    kept = words(" ".join([u.written for u in script.utterances] + [left.text for left in script.omissions]))
    glued = "".join(re.findall(r"[^\W_]+", " ".join(kept.elements())))
    assert not [word for word in wanted - kept if word not in glued]


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_any_text_at_all_gives_a_script(text: str) -> None:
    check(write(make_post("<p>Start.</p>" + text)))


@pytest.mark.parametrize(
    "html",
    [
        "<blockquote>" * 3000 + "deep words" + "</blockquote>" * 3000,
        "<div><span>" * 2000 + "deep words",
        "<em>" * 3000 + "deep words",
        "<table><tr><td>" * 10 + "deep words" + "</td></tr></table>" * 10,
        "<ul><li>" * 400 + "deep words",
        "<p>deep <b>words <i>and <a>more",
        "\x00<p>deep\x01 words\x1f</p>",
        "<p>deep words</p><!-- <p> --><![CDATA[x]]><?php echo 1 ?>",
        "<p id=a>deep</p><p id=a>words</p><a href='#a'>[1]</a><a href='#'>[2]</a>",
        "<table><tr><td>deep</table></td><p>words</tr>",
    ],
    ids=lambda html: html[:24],
)
def test_broken_and_bottomless_markup_loses_nothing(html: str) -> None:
    script = write(make_post(html))
    check(script)
    assert words("deep words") - words(" ".join(u.written for u in script.utterances)) == Counter()


def test_a_long_post_of_formulas_and_a_long_paragraph_are_bounded() -> None:
    formula = '<span class="mjx-chtml"><span class="mjx-math" aria-label="x_{%d}^2"><span>g</span></span></span> is '
    html = "<p>" + "".join(formula % i for i in range(2000)) + "so.</p><p>" + "word " * 30_000 + "</p>"
    script = write(make_post(html))
    check(script)
    assert sum(len(u.written.split()) for u in script.utterances) > 30_000


def test_a_post_of_one_picture_is_its_opening_and_an_omission() -> None:
    script = write(make_post('<figure><img src="https://example.com/a.png"></figure>'))
    assert script.utterances[0].written.startswith("A title, by Ann, LessWrong, May 2010.")
    assert [(left.what, left.href) for left in script.omissions] == [("image", "https://example.com/a.png")]
    assert [figure.src for figure in script.figures] == ["https://example.com/a.png"]


@pytest.mark.parametrize("html", ["", "  ", "<p></p><hr>", "<style>p{}</style><script>1</script><!-- x -->"])
def test_a_post_with_nothing_to_say_is_refused_in_one_line(html: str) -> None:
    with pytest.raises(PostEmpty, match="nothing to narrate") as error:
        write(make_post(html))
    assert "\n" not in str(error.value)


def test_a_sentence_is_never_cut_inside_a_rewrite_and_a_quote_keeps_its_role() -> None:
    html = "<blockquote><p>" + "It cost $1,234,567.89, they said, " * 20 + "and more.</p></blockquote>"
    script = write(make_post(html))
    check(script)
    quoted = [u for u in script.utterances if u.role == "quote"]
    assert len(quoted) > 3
    assert sum(len(u.rewrites) for u in quoted) == 20


def test_sentences_are_packed_but_never_across_blocks() -> None:
    script = write(make_post("<p>One. Two. Three.</p><p>Four.</p>"))
    assert [u.written for u in script.utterances][1:] == ["One. Two. Three.", "Four."]


def test_gathered_notes_are_marked_as_a_range() -> None:
    note = "<li class='footnote-item' id='fn{0}'><p>" + "many words " * 20 + "</p><p>second</p></li>"
    marks = (
        "<sup class='footnote-ref'><a href='#fn1'>[1]</a></sup><sup class='footnote-ref'><a href='#fn2'>[2]</a></sup>"
    )
    html = f"<p>Text{marks}.</p><h2>Next</h2><p>More.</p><ol class='footnotes'>{note.format(1)}{note.format(2)}</ol>"
    script = write(make_post(html))
    (notes,) = script.note_ranges
    first = script.chapters[0].utterances
    inside = [u.id for u in first[[u.id for u in first].index(notes.first_id) :]]
    assert inside[-1] == notes.last_id
    assert [u.spoken.split(":")[0] for u in first if u.spoken.startswith("Footnote")] == [
        "Footnote one",
        "Footnote two",
    ]


def test_a_question_is_followed_by_its_answers_as_chapters() -> None:
    answer = Comment(comment_id="c1", author=Author(name="Bea"), karma=9, posted_at=None, html="<h2>Why</h2><p>So.</p>")
    script = write(replace(make_post("<p>Why?</p>"), kind="question", comments=(answer,)))
    assert "a question by Ann" in script.utterances[0].written
    assert [(c.title, c.anchor) for c in script.chapters] == [("A title", None), ("Answer by Bea", "c1")]


def test_an_old_debate_is_its_messages() -> None:
    turns = tuple(
        Comment(comment_id=f"c{i}", author=Author(name=name), karma=1, posted_at=None, html=f"<p>{text}</p>")
        for i, (name, text) in enumerate([("Ann & Co", "Yes."), ('B"ob', "No."), ('B"ob', "Never.")])
    )
    script = write(replace(make_post("<p>Intro.</p>"), kind="debate", comments=turns))
    assert [(u.speaker, u.written) for u in script.utterances][2:] == [
        (None, "Ann & Co"),
        ("Ann & Co", "Yes."),
        (None, 'B"ob'),
        ('B"ob', "No."),
        ('B"ob', "Never."),
    ]
    assert dict(script.voice_roles)["speaker:Ann & Co"] == "speaker1"


def test_closing_chapters_are_off_until_asked_for() -> None:
    comments = tuple(
        Comment(comment_id=f"c{karma}", author=Author(name=name), karma=karma, posted_at=None, html="<p>Indeed.</p>")
        for name, karma in [("Bea", 30), ("Cy", 2)]
    )
    post = replace(make_post("<p>Text.</p>"), comments=comments, glossary=(Term(term="Prior", html="<p>A guess.</p>"),))
    assert len(write(post).chapters) == 1
    script = write(post, ScriptOptions(glossary=True, comments_from_karma=10))
    assert [(c.title, c.anchor) for c in script.chapters] == [
        ("A title", None),
        ("Comments", "comments"),
        ("Glossary", None),
    ]
    assert [(u.speaker, u.written) for u in script.chapters[1].utterances] == [
        (None, "Comments"),
        (None, "Bea comments"),
        ("Bea", "Indeed."),
    ]
    assert [u.written for u in script.chapters[2].utterances] == ["Glossary", "Prior", "A guess."]


@pytest.mark.parametrize(
    ("setting", "written"),
    [
        ("inline", ["Text.", "LONG", "More."]),
        ("after", ["Text. More.", "LONG"]),
        ("never", ["Text. More.", "In the notes: one footnote."]),
    ],
)
def test_the_notes_setting_changes_only_where_notes_are_said(
    setting: Literal["never", "inline", "after"], written: list[str], post_of: Callable[..., Post]
) -> None:
    long = ("so many words " * 12).strip()
    mark = "<sup class='footnote-ref'><a href='#fn1'>[1]</a></sup>"
    html = f"<p>Text{mark}. More.</p><ol class='footnotes'><li id='fn1' class='footnote-item'>{long}</li></ol>"
    script = write(post_of(html), ScriptOptions(footnotes=setting))
    assert [u.written.replace(long, "LONG") for u in script.utterances[1:]] == written


def test_a_script_survives_its_json(post_of: Callable[..., Post]) -> None:
    html = (
        "<p>x<sup>2</sup> costs $5<sup class='footnote-ref'><a href='#fn1'>[1]</a></sup>.</p><img src='https://a.b/c.png'>"
        f"<ol class='footnotes'><li id='fn1' class='footnote-item'>{'many words ' * 20}</li></ol>"
    )
    for post in (post_of(html), post_of(html, posted_at=None)):
        script = write(post)
        assert script.note_ranges
        assert script.figures
        assert from_json(to_json(script)) == script
        assert "\n" not in to_line(script)


def test_a_script_tells_which_text_and_which_rules_it_was_made_by(post_of: Callable[..., Post]) -> None:
    one, other = write(post_of("<p>One.</p>")), write(post_of("<p>Two.</p>"))
    assert one.script_version == SCRIPT_VERSION
    assert one.text_sha256 != other.text_sha256
    assert one == write(post_of("<p>One.</p>"))
