"""A published words.json -> when each word of a page begins, in a form that a page of hours can carry.

The transcript has one segment a spoken word; the page shows the script's `written` words, split at white space. Both
are the same characters in the same order, so a character has the time of its place in its segment.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from narrate.records import Script

#: What JavaScript's \s matches: the page counts its words by it.
_WORD = re.compile("[^\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]+")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def word_starts(script: Script, words_json: bytes) -> dict[str, tuple[float, ...]]:
    """For each utterance, the second at which each of its written words begins.

    Empty when the transcript is of another text: a page without times is right, one with wrong ones isn't.
    """
    starts: list[float] = []
    said: list[str] = []
    for segment in json.loads(words_json)["segments"]:
        body = _plain(segment["body"])
        length_s = segment["endTime"] - segment["startTime"]
        starts += [segment["startTime"] + length_s * i / len(body) for i in range(len(body))]
        said.append(body)
    if not starts or "".join(said) != "".join(_plain(u.written) for u in script.utterances):
        return {}
    found: dict[str, tuple[float, ...]] = {}
    at = 0
    for utterance in script.utterances:
        times = []
        for word in split_words(utterance.written):
            times.append(starts[min(at, len(starts) - 1)])
            at += len(_plain(word))
        found[utterance.id] = tuple(times)
    return found


def split_words(text: str) -> list[str]:
    """The words of a text as the page's script counts them."""
    return _WORD.findall(text)


def encode(times: Sequence[float], start_s: float) -> str:
    """Rising times -> hundredths of a second since the one before (the first: since `start_s`) in base 36: "0 l 1c"."""
    return " ".join(_base36(step) for step in _steps(times, round(start_s * 100)))


def _steps(times: Sequence[float], last: int) -> Iterator[int]:
    for time in times:
        now = max(last, round(time * 100))
        yield now - last
        last = now


def _base36(number: int) -> str:
    high, low = divmod(number, 36)
    return (_base36(high) if high else "") + _DIGITS[low]


def _plain(text: str) -> str:
    """Without white space and without what can't be printed, which the transcript may have dropped."""
    return "".join(c for c in text if c.isprintable() and not c.isspace())
