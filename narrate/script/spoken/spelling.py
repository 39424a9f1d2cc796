"""Letter by letter: "AGI" -> "A G I", where spaced letters can't be taken for something else."""

from __future__ import annotations

import re

from narrate.script import numerals

#: An ending, one more single letter or another initialism close by.
_LETTERS_AFTER = re.compile(r"'|[^\w\ue000]*(?:[A-Za-z](?![A-Za-z\ue000])|[A-Z]{2,})")
_LETTERS_BEFORE = re.compile(r"(?:(?<![A-Za-z])[A-Za-z]|[A-Z]{2}s?|\.[A-Z])[^\w\ue000]*\Z")


def stands_clear(text: str, start: int, end: int) -> bool:
    """Whether the letters text[start:end], said with spaces, would not run into an ending or into more letters.

    "LLMs", "CDT's", "a CDT agent", "FDT, UDT" would; there the capitals stay, and their
    pronunciation says how.
    """
    return not _LETTERS_AFTER.match(text, end) and not _LETTERS_BEFORE.search(text, max(0, start - 8), start)


def letters(text: str) -> str:
    """Letters and digits one by one: `"3f2a"` -> "three f two a"."""
    return " ".join(numerals.cardinal(c) if c.isdecimal() and c.isascii() else c for c in text)
