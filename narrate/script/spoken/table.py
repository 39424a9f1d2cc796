"""The rules in their order. What stands earlier wins: a later rule never sees a character that an earlier one took.

Addresses, marks and identifiers first (nothing inside them is prose), then formulas, bounds and abbreviations, then
everything with a number from the most particular (a date) to the least (an integer), then signs, slashes, capitals,
other scripts, and whatever is left.
"""

from __future__ import annotations

from narrate.script.spoken import (
    abbreviations,
    amounts,
    capitals,
    dates,
    digits,
    emoticons,
    expressions,
    formulas,
    identifiers,
    links,
    marks,
    models,
    money,
    powers,
    punctuation,
    ratios,
    romans,
    scripts,
    slashes,
    symbols,
    times,
    units,
    years,
)
from narrate.script.spoken.rule import Rule

RULES: tuple[Rule, ...] = (
    *links.RULES,
    *emoticons.RULES,
    *marks.RULES,
    *expressions.OPERATORS,
    *identifiers.RULES,
    *expressions.RULES,
    *formulas.RULES,
    *amounts.BOUNDS,
    *symbols.SIGNS,
    *abbreviations.RULES,
    *romans.RULES,
    *dates.RULES,
    *years.SPANS,
    *times.RULES,
    *powers.RULES,
    *money.RULES,
    *models.RULES,
    *amounts.PERCENTS,
    *amounts.MULTIPLES,
    *units.RULES,
    *ratios.RULES,
    *digits.ORDINALS,
    *symbols.MORE_SIGNS,
    *amounts.RANGES,
    *symbols.COMPARISONS,
    *years.YEARS,
    *digits.NUMBERS,
    *units.TAIL,
    *symbols.NAMES,
    *slashes.RULES,
    *capitals.RULES,
    *scripts.RULES,
    *punctuation.RULES,
    *symbols.LEFTOVERS,
)
