"""Post -> Script: what will be said, word for word, and a list of everything that won't be. Pure.

The folder listing is what we know how to say: one file per construct (headings, paragraphs, lists, quotes, tables,
figures, footnotes, listings, formulas, ...), `blocks.py` has the table that calls them, `spoken/` the rules that turn
written text into words, `math/` the TeX reader, `document.py` the JSON.
"""

from narrate.script.writing import SCRIPT_VERSION, ScriptOptions, write

__all__ = ["SCRIPT_VERSION", "ScriptOptions", "write"]
