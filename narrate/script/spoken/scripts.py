"""Scripts that an English voice can't say: Greek and Cyrillic words are transliterated, the others announced."""

from __future__ import annotations

import re
import unicodedata

from anyascii import anyascii

from narrate.script.spoken.rule import rule

#: First word of a character's Unicode name -> the language a listener would call it.
_SCRIPTS = {
    "CJK": "Chinese", "HIRAGANA": "Japanese", "KATAKANA": "Japanese", "KATAKANA-HIRAGANA": "Japanese",
    "HANGUL": "Korean", "ARABIC": "Arabic", "HEBREW": "Hebrew", "DEVANAGARI": "Hindi", "THAI": "Thai",
    "BENGALI": "Bengali", "TAMIL": "Tamil", "TELUGU": "Telugu", "GEORGIAN": "Georgian", "ARMENIAN": "Armenian",
    "TIBETAN": "Tibetan", "ETHIOPIC": "Amharic", "KHMER": "Khmer", "SINHALA": "Sinhala", "MALAYALAM": "Malayalam",
    "GUJARATI": "Gujarati", "HALFWIDTH": "Japanese", "FULLWIDTH": "Japanese", "BOPOMOFO": "Chinese",
}  # fmt: skip
_LATIN_ENOUGH = "\u00aa\u00ba\u00c0-\u024f\u1e00-\u1eff"
_ALPHABETIC = "\u0370-\u03ff\u0400-\u052f\u1f00-\u1fff"
_OTHER = rf"[^\W\d_A-Za-z{_LATIN_ENOUGH}]"


def _transliterated(found: re.Match[str]) -> str | None:
    """`"Правда"` -> "Pravda", `"φρόνησις"` -> "phronisis"."""
    said = "".join(char for char in anyascii(found[0]) if char.isalpha() or char in " '")
    return said or None


def _announced(found: re.Match[str]) -> str | None:
    """A run in another script -> "some Japanese text"; a kana anywhere makes Han characters Japanese."""
    text = found[0]
    names = {unicodedata.name(char, "").split(" ")[0] for char in text if char.isalpha()}
    languages = {_SCRIPTS[name] for name in names if name in _SCRIPTS}
    if not languages:
        said = "".join(char for char in anyascii(text) if char.isalpha() or char == " ")
        return said.strip() or " "
    language = "Japanese" if "Japanese" in languages else sorted(languages)[0]
    n_letters = sum(char.isalpha() for char in text)
    return f" a {language} character " if n_letters == 1 else f" some {language} text "


RULES = (
    rule("ligature", r"[ﬀ-ﬆĲĳŉǄ-ǌǱ-ǳ]", lambda m: unicodedata.normalize("NFKC", m[0]), glue=True),
    rule("foreign script", rf"[{_ALPHABETIC}]{{2,}}", _transliterated),
    rule("foreign script", r"[\u0400-\u052f]", _transliterated),
    rule(
        "foreign script",
        rf"{_OTHER}(?:[\s\u3000-\u303f\uff00-\uffef\u0300-\u036f\u0591-\u05c7\u064b-\u0670\u0900-\u0dff\u0e31-\u0e4e、。，！？；：「」・ー《》（）]*{_OTHER}|[\u0900-\u0dff\u0e31-\u0e4e\u064b-\u0670])*",
        _announced,
    ),
)
