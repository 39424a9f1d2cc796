"""The list of known English words (from CMUdict, see data/README.md), and words made from them."""

from __future__ import annotations

import gzip
import re
from functools import lru_cache
from importlib.resources import files

_PREFIXES_WORDS = (
    "anti auto bio co counter crypto cyber de dis fore hyper il im in inter intra ir macro mal mega meta micro "
    "mid mini mis mono multi nano neo neuro non omni out over para poly post pre pro proto pseudo quasi re self "
    "semi socio sub super techno tele trans ultra un under uni up"
)
_PREFIXES = _PREFIXES_WORDS.split()
_SUFFIXES_WORDS = (
    "s es ed d ing ings ly ness able ability ish ism isms ist ists ian ians less ful fully er ers or ors est ify "
    "ified ifies ification ize ized izes izer izers izing ization ity ities ive al ally like wise y ier iest ier "
    "ization's ment ments ship ships hood dom ward wards some th ing's 's'"
)
_SUFFIXES = _SUFFIXES_WORDS.split()
#: British spellings, ending -> American.
_BRITISH = (
    (re.compile(r"our(?=s?\Z|ed\Z|ing\Z|al|able|less|ite|ful|ist|ism)"), "or"),
    (re.compile(r"is(?=e[sdr]?\Z|ing\Z|ers\Z|ation)"), "iz"),
    (re.compile(r"ys(?=e[sdr]?\Z|ing\Z)"), "yz"),
    (re.compile(r"tre(?=s?\Z)"), "ter"),
    (re.compile(r"ll(?=ed\Z|ing\Z|er\Z|ers\Z)"), "l"),
    (re.compile(r"ogue(?=s?\Z)"), "og"),
    (re.compile(r"ence(?=s?\Z)"), "ense"),
    (re.compile(r"ae|oe"), "e"),
)


@lru_cache(maxsize=1)
def known_words() -> frozenset[str]:
    """About 125,000 lower-case words; initialisms are not among them."""
    packed = files("narrate.script").joinpath("data/words.txt.gz").read_bytes()
    return frozenset(gzip.decompress(packed).decode().split("\n"))


def is_word(text: str) -> bool:
    """Whether `text`, in small letters, is an English word or a common name."""
    return text in known_words()


@lru_cache(maxsize=4096)
def is_known(word: str) -> bool:
    """Whether a voice will know `word`: listed, spelled the British way, or made of listed words and their endings."""
    plain = re.sub(r"(?:'s|s'|'d|'ll|'ve|'re|n't)\Z", "", word.lower())
    return is_word(word.lower()) or is_word(plain) or any(map(_is_made, {plain, *_american(plain)}))


def _american(word: str) -> tuple[str, ...]:
    return tuple(pattern.sub(american, word) for pattern, american in _BRITISH)


def _is_made(word: str) -> bool:
    """A listed word with a known prefix or ending, or two listed words in one."""
    if is_word(word) or _is_ended(word):
        return True
    for prefix in _PREFIXES:
        rest = word.removeprefix(prefix)
        if rest != word and len(rest) > 2 and (is_word(rest) or _is_ended(rest)):
            return True
    return any(is_word(word[:at]) and is_word(word[at:]) for at in range(3, len(word) - 2)) and len(word) > 7


def _is_ended(word: str) -> bool:
    for suffix in _SUFFIXES:
        stem = word.removesuffix(suffix)
        if stem != word and len(stem) > 2 and _is_stem(stem):
            return True
    return False


def _is_stem(stem: str) -> bool:
    """`"appl"` of "applied" (apply), `"optimiz"` (optimize), `"runn"` (run)."""
    return (
        is_word(stem)
        or is_word(stem + "e")
        or (stem.endswith("i") and is_word(stem[:-1] + "y"))
        or (stem[-1] == stem[-2] and is_word(stem[:-1]))
    )
