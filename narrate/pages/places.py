"""Places in an episode, both ways: words quoted from a post -> when they are heard; a paragraph -> its words there.

The way to the post is a text fragment, since paragraphs there have no ids: `#:~:text=first words,last words`
(WICG/scroll-to-text-fragment). Browsers look for those words in what the page shows, so none may be taken from a
stretch that the script writes differently: formulas, marks of footnotes, things that are named instead of read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote as percent_encoded

from narrate.audio.sounds import Recording
from narrate.paragraphs import paragraphs_of
from narrate.records import Script, Utterance

#: Rules whose `written` isn't what the post's page shows. A rewrite with TeX is another such place.
_WRITTEN_OTHERWISE = {"named", "strike", "footnote mark", "long run", "table cell"}
#: A text fragment of more words than this becomes "first words,last words".
_WHOLE_WORDS = 8
_FIRST_WORDS = 8
_LAST_WORDS = 5
#: Fewer words than this are found in too many places.
_MIN_WORDS = 3
_CLOSING = ".,;:!?…\"'”’)]}*"
_SENTENCE_ENDS = (".", "?", "!", "…", ":")
#: How many words of a quote are looked for when it isn't found whole, and the least that is worth a jump.
_LEADING_WORDS = (24, 12, 8, 5, 3)
_MIN_QUOTE_CHARS = 6
#: An aside of so few words, in which nothing is rewritten, is an announcement of ours: "End of spoiler."
_CUE_WORDS = 6


@dataclass(frozen=True, slots=True)
class Place:
    """A paragraph of an episode's page, by the id of its first utterance, and when the sentence asked for is heard."""

    paragraph_id: str
    start_s: float

    @property
    def link(self) -> str:
        """To be appended to a page's address: `?t=83.4#b12-0`."""
        return f"?t={self.start_s:g}#{self.paragraph_id}"


def find_quote(quote: str, script: Script, recording: Recording) -> Place | None:
    """Where words that somebody copied from the post are heard; None when they aren't in it.

    Signs, case and white space don't count. Of a quote that isn't there whole (it holds a footnote's mark, or was
    edited), its first words are looked for.
    """
    heard, owners = [], []
    for chapter in script.chapters:
        for paragraph in paragraphs_of(chapter.utterances):
            for utterance in paragraph:
                plain = _letters(utterance.written)
                heard.append(plain)
                owners += [(paragraph[0].id, utterance.id)] * len(plain)
    text = "".join(heard)
    words = quote.split()
    for n_words in (len(words), *(n for n in _LEADING_WORDS if n < len(words))):
        wanted = _letters(" ".join(words[:n_words]))
        if len(wanted) < _MIN_QUOTE_CHARS:
            return None
        at = text.find(wanted)
        if at >= 0:
            paragraph_id, utterance_id = owners[at]
            piece = next(p for p in recording.pieces if p.utterance_id == utterance_id)
            return Place(paragraph_id, round(piece.start_sample / recording.rate_hz, 2))
    return None


def _letters(text: str) -> str:
    """Only what is said, in one case. One character may become two ("ß"), so lengths are taken from the result."""
    return "".join(c for c in text.casefold() if c.isalnum())


def post_link(paragraph: Sequence[Utterance], post_url: str) -> str | None:
    """The address of the same paragraph in the post; None for what the post doesn't have (our own words).

    `post_url` may end in a heading's fragment: that is where a browser goes that finds no such words.
    """
    if not post_url or paragraph[0].block is None or _is_cue(paragraph):
        return None
    fragment = text_fragment(paragraph)
    if fragment is None:
        return None
    return f"{post_url}{'' if '#' in post_url else '#'}:~:text={fragment}"


def _is_cue(paragraph: Sequence[Utterance]) -> bool:
    """Whether it is one of our announcements, as far as a script tells. Taken for one, a short aside has no link."""
    first, *more = paragraph
    return first.role == "aside" and not more and not first.rewrites and len(first.written.split()) <= _CUE_WORDS


def text_fragment(paragraph: Sequence[Utterance]) -> str | None:
    """The value of `text=` that finds a paragraph; None when too few of its words are in the post as they are here."""
    runs = _faithful_runs(paragraph)
    n_words = sum(len(run) for run in runs)
    if n_words == 0:
        return None
    if len(runs) == 1 and n_words <= _WHOLE_WORDS:
        return _encoded(runs[0])
    long_enough = [run for run in runs if len(run) >= _MIN_WORDS]
    if not long_enough:
        return _encoded(max(runs, key=len)) if len(runs) == 1 else None
    first, last = long_enough[0], long_enough[-1]
    start = _first_words(first)
    if first is last:
        rest = first[len(start) :]
        return f"{_encoded(start)},{_encoded(rest[-_LAST_WORDS:])}" if rest else _encoded(start)
    return f"{_encoded(start)},{_encoded(last[-_LAST_WORDS:])}"


def _first_words(run: Sequence[str]) -> Sequence[str]:
    """The start of a paragraph, up to a sentence's end if that comes soon: a footnote's mark may stand there."""
    for n_words in range(_MIN_WORDS + 1, min(_FIRST_WORDS, len(run)) + 1):
        if run[n_words - 1].rstrip("\"'”’)").endswith(_SENTENCE_ENDS):
            return run[:n_words]
    return run[:_FIRST_WORDS]


def _faithful_runs(paragraph: Sequence[Utterance]) -> list[list[str]]:
    """The paragraph's words that the post's page shows in the same letters, in unbroken runs."""
    runs: list[list[str]] = [[]]
    for utterance in paragraph:
        strange = [
            (r.start, r.end)
            for r in utterance.rewrites
            if r.before and (r.tex is not None or r.rule in _WRITTEN_OTHERWISE)
        ]
        at = 0
        for word in utterance.written.split():
            start = utterance.written.index(word, at)
            at = start + len(word)
            if any(begin < at and start < end for begin, end in strange):
                runs.append([])
            else:
                runs[-1].append(word)
    return [run for run in runs if run]


def _encoded(words: Sequence[str]) -> str:
    """Words as one term of a fragment, where "-" and "," mean something. Before a stop at its end a mark may stand."""
    text = " ".join(words)
    return percent_encoded(text.rstrip(_CLOSING) or text, safe="").replace("-", "%2D")
