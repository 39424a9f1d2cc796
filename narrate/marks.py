"""A script and its recording -> chapters as published, and the stretch worth hearing alone. Pure.

A chapter leads to its heading in the post; one that has none, to its first words there. Its picture is the section's
first figure, linked where it is: it belongs to the author or to somebody else, it may be taken down or exchanged
there, and an app that doesn't show pictures costs nobody anything.
"""

from __future__ import annotations

from bisect import bisect_right
from contextlib import suppress

import feeds
from narrate.audio.sounds import Recording
from narrate.pages.places import post_link
from narrate.paragraphs import paragraphs_of
from narrate.records import Chapter, EpisodeChapter, Post, Script, Soundbite

#: A soundbite ends with a paragraph within this, if it can.
_GOOD_BITE_MS = 60_000
_BITE_TITLE_CHARS = 120


def ms(n_samples: int, rate_hz: int) -> int:
    """Samples -> the nearest millisecond."""
    return round(n_samples * 1000 / rate_hz)


def chapter_marks(post: Post, script: Script, recording: Recording) -> tuple[feeds.ChapterMark, ...]:
    """Contiguous chapters in whole milliseconds. `recording` is the one laid out for `script`."""
    starts = [ms(mark.start_sample, recording.rate_hz) for mark in recording.marks]
    ends = [*starts[1:], ms(recording.n_samples, recording.rate_hz)]
    pictures = _pictures(script)
    return feeds.fit_chapters(
        [
            feeds.ChapterMark(
                start_ms=start,
                end_ms=end,
                title=mark.title,
                level=mark.level,
                url=_link(post.url, chapter, is_opening=place == 0),
                image_url=pictures.get(place),
            )
            for place, (mark, chapter, start, end) in enumerate(
                zip(recording.marks, script.chapters, starts, ends, strict=True)
            )
        ]
    )


def published(marks: tuple[feeds.ChapterMark, ...]) -> tuple[EpisodeChapter, ...]:
    """Chapter marks as an episode's row keeps them."""
    return tuple(
        EpisodeChapter(
            start_ms=m.start_ms, end_ms=m.end_ms, title=m.title, level=m.level, url=m.url, image_url=m.image_url
        )
        for m in marks
    )


def _link(post_url: str, chapter: Chapter, *, is_opening: bool) -> str | None:
    if not post_url:
        return None
    if chapter.anchor:
        return f"{post_url}#{chapter.anchor}"
    first = next((p for p in paragraphs_of(chapter.utterances) if p[0].block is not None), None)
    if first is None or is_opening:
        return post_url
    return post_link(first, post_url) or post_url


def _pictures(script: Script) -> dict[int, str]:
    """Place of a chapter -> the address of its first figure that feeds can hold."""
    begins: list[tuple[int, int]] = []  # (first block, place) of chapters that stand where the post has them
    for place, chapter in enumerate(script.chapters):
        first = next((u.block for u in chapter.utterances if u.block is not None), None)
        if first is not None and (not begins or first > begins[-1][0]):
            begins.append((first, place))
    found: dict[int, str] = {}
    for figure in script.figures:
        before = bisect_right(begins, (figure.block, len(script.chapters))) - 1
        place = begins[before][1] if before >= 0 else 0
        if place not in found:
            with suppress(feeds.FeedError):  # data:, relative or broken addresses have no place in a feed
                found[place] = feeds.ascii_url(figure.src, "A figure")
    return found


def soundbite(script: Script, recording: Recording) -> Soundbite | None:
    """The opening lines of the post, from its first prose on: 15 to 120 s, bounded by takes; None for shorter posts.

    It ends where a paragraph does, the last one that ends within a minute; else with a take.
    """
    said = list(zip(script.utterances, recording.pieces, strict=True))
    first = next((i for i, (u, _) in enumerate(said) if u.block is not None and u.role == "prose"), None)
    if first is None:
        return None
    start_ms = ms(said[first][1].start_sample, recording.rate_hz)
    lengths_ms = [ms(piece.end_sample, recording.rate_hz) - start_ms for _, piece in said[first:]]
    blocks = [utterance.block for utterance, _ in said[first:]]
    least_ms, most_ms = feeds.SOUNDBITE_MS
    fitting = [
        (length, block != following)
        for length, block, following in zip(lengths_ms, blocks, [*blocks[1:], None], strict=True)
        if least_ms <= length <= most_ms
    ]
    if not fitting:
        return None
    good = [(length, ends_paragraph) for length, ends_paragraph in fitting if length <= _GOOD_BITE_MS]
    whole = [length for length, ends_paragraph in good if ends_paragraph]
    duration_ms = max(whole or [length for length, _ in good] or [fitting[0][0]])
    return Soundbite(start_ms=start_ms, duration_ms=duration_ms, title=feeds.cut(script.title, _BITE_TITLE_CHARS))
