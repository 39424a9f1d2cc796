"""Post -> Script: what will be said, word for word, and a list of everything that won't be. Pure.

The folder listing is what we know how to say: one file per construct (headings, paragraphs, lists, quotes, tables,
figures, footnotes, listings, formulas, ...), `blocks.py` has the table that calls them, `spoken/` the rules that turn
written text into words, `math/` the TeX reader, `document.py` the JSON.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from narrate.script.writing import SCRIPT_VERSION, ScriptOptions, write

__all__ = ["SCRIPT_VERSION", "ScriptOptions", "write"]


def __getattr__(name: str) -> Any:
    """What the door offers, loaded when first asked for: the rules take long, and who only keeps scripts needs none."""
    if name in __all__:
        return getattr(import_module("narrate.script.writing"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
