"""Settings -> ScriptOptions: how the operator wants posts read, with a lexicon of the operator's own."""

from __future__ import annotations

from pathlib import Path

from narrate.errors import BadSetting
from narrate.script import ScriptOptions
from narrate.script.lexicon import Term, parse, shipped
from narrate.script.pronounce import Pronouncer
from narrate.settings import Settings
from voices.phones import read_ipa

MAX_LEXICON_BYTES = 2_000_000


def read_options(settings: Settings) -> ScriptOptions:
    """The options in force. Raises BadSetting when the lexicon can't be read."""
    pronouncer = None
    if settings.lexicon is not None:
        own = read_lexicon(settings.lexicon)
        pronouncer = Pronouncer({**shipped(), **{term.text: term for term in own}})
    return ScriptOptions(footnotes=settings.footnotes, pronouncer=pronouncer)


def read_lexicon(path: Path) -> tuple[Term, ...]:
    """An operator's lexicon: lines like those of the package's lexicon.tsv. Raises BadSetting naming file and line."""
    try:
        if path.stat().st_size > MAX_LEXICON_BYTES:
            raise BadSetting(
                f"The lexicon {path} has more than {MAX_LEXICON_BYTES // 1_000_000} MB: give a smaller one."
            )
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it isn't UTF-8 text"
        raise BadSetting(f"The lexicon {path} can't be read ({why}). Correct NARRATE_LEXICON or the file.") from error
    try:
        terms = parse(text)
        for term in terms:
            for word in term.ipa.split():
                read_ipa(word)
    except ValueError as error:
        raise BadSetting(f"The lexicon {path} can't be used: {error}. Correct that line.") from error
    return terms
