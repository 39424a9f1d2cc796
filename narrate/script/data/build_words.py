"""cmudict-en-us.dict (as pocketsphinx ships it) -> words.txt.gz, the words that count as known. Run: see README.

A word whose pronunciation is the names of its letters ("fbi") is left out: it is an initialism, not a word.
"""

from __future__ import annotations

import gzip
import re
import sys
from pathlib import Path

_LETTERS = {
    "a": "EY", "b": "B IY", "c": "S IY", "d": "D IY", "e": "IY", "f": "EH F", "g": "JH IY", "h": "EY CH", "i": "AY",
    "j": "JH EY", "k": "K EY", "l": "EH L", "m": "EH M", "n": "EH N", "o": "OW", "p": "P IY", "q": "K Y UW",
    "r": "AA R", "s": "EH S", "t": "T IY", "u": "Y UW", "v": "V IY", "w": "D AH B AH L Y UW", "x": "EH K S",
    "y": "W AY", "z": "Z IY",
}  # fmt: skip
_WORD = re.compile(r"[a-z][a-z']*\Z")


def is_spelled(word: str, sounds: str) -> bool:
    """Whether `sounds` are the letters of `word`, one by one (an `s` may be added)."""
    names = " ".join(_LETTERS[letter] for letter in word.replace("'", ""))
    return len(word) > 1 and (sounds == names or (word.endswith("s") and sounds == names.removesuffix(" EH S") + " Z"))


def words(lines: list[str]) -> list[str]:
    """Dictionary lines -> the sorted words that are read as words."""
    kept: set[str] = set()
    for line in lines:
        word, _, sounds = line.strip().partition(" ")
        word = re.sub(r"\(\d+\)$", "", word)
        plain = re.sub(r"\d", "", sounds)
        if _WORD.match(word) and not is_spelled(word, plain):
            kept.add(word)
    return sorted(kept)


def main(source: str, target: str) -> None:
    """Read the dictionary at `source`, write the list to `target`; the same input gives the same bytes."""
    kept = words(Path(source).read_text(encoding="utf-8").splitlines())
    Path(target).write_bytes(gzip.compress("\n".join(kept).encode(), 9, mtime=0))


if __name__ == "__main__":
    main(*sys.argv[1:3])
