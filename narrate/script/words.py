"""The list of known English words (from CMUdict, see data/README): `is_word("panic")`. Loaded once, when first asked."""

from __future__ import annotations

import gzip
from functools import lru_cache
from importlib.resources import files


@lru_cache(maxsize=1)
def known_words() -> frozenset[str]:
    """About 125,000 lower-case words; initialisms are not among them."""
    packed = files("narrate.script").joinpath("data/words.txt.gz").read_bytes()
    return frozenset(gzip.decompress(packed).decode().split("\n"))


def is_word(text: str) -> bool:
    """Whether `text`, in lower case, is an English word or a common name."""
    return text in known_words()
