"""Marks that are seen and not said: emphasis, strikes, footnote and citation marks, list markers left in a text."""

from __future__ import annotations

import re

from narrate.script import numerals
from narrate.script.spoken.romans import value
from narrate.script.spoken.rule import rule

_LIST_LETTERS = "abcdefgh"


def _list_number(found: re.Match[str]) -> str:
    return numerals.cardinal(found[1]) + ","


def _list_roman(found: re.Match[str]) -> str | None:
    n = value(found[1].upper())
    return None if n is None or n > 30 else numerals.cardinal(n) + ","


RULES = (
    rule("strike", r"~~(?=\S)(?=[^~]+\S~~)", "strikethrough: ", needs="~"),
    rule("strike", r"(?<=\S)~~", ",", needs="~"),
    # Footnote and citation marks: "[3]", "[4, 7]", "[12–14]", "[fn2]", "[^1]"; a zero is never a mark but an interval.
    rule(
        "footnote mark",
        r" ?\[(?:\^|fn\.? ?|note |n\.? ?)?[1-9]\d{0,2}(?:(?:, ?|[-–])[1-9]\d{0,2})*\](?!\()(?<!\[1, 0\])",
        "",
        needs="[",
    ),
    rule("footnote mark", r"(?:(?<=[a-z]{2})|(?<=[.,;:!?)\"']))[¹²³⁰⁴⁵⁶⁷⁸⁹]+(?!\w)(?<!m[²³])", "", needs="¹²³⁰⁴⁵⁶⁷⁸⁹"),
    rule("footnote mark", r"(?<=[A-Za-z.,;!?])[†‡*]{1,3}(?=[\s.,;)]|$)", "", needs="†‡"),
    rule("citation needed", r" ?\[(?:citation needed|cn)\]", " (citation needed)", needs="[", flags=re.I),
    rule("list marker", r"(?:(?<=^)|(?<=[.;:,] )|(?<=\band )|(?<=\bor ))\((\d{1,2})\)(?= )", _list_number, needs="("),
    rule("list marker", r"^(\d{1,2})[.)](?= [A-Z\"'(])", lambda m: numerals.cardinal(m[1]) + ".", needs=".)"),
    rule("list marker", rf"(?:(?<=^)|(?<=[ ,;]))\(([{_LIST_LETTERS}])\)(?= )", lambda m: m[1] + ",", needs="("),
    rule("list marker", rf"(?:(?<=^)|(?<=[ ,;]))([{_LIST_LETTERS}])\)(?= )", lambda m: m[1] + ",", needs=")"),
    rule("list marker", r"(?:(?<=^)|(?<=[ ,;(]))(i{1,3}|iv|vi{0,3}|ix|x)[.)](?= \w)", _list_roman, needs=".)"),
    rule("bullet", r"^\s*[•●○◦▪▸►*·‣–-]\s+(?=\S)", "", needs="•●○◦▪▸►*·‣–-"),
    rule("heading mark", r"^#{1,6} (?=\S)", "", needs="#"),
    rule("quote mark", r"^(?:> ?)+(?=\S)", "", needs=">"),
    # Emphasis: the marks around words; a lone "*" or "_" between operands stays for the formulas.
    rule("emphasis", r"(?<![\w*])\*{1,3}(?=[^\s*](?:[^*\n]*[^\s*])?\*)", "", needs="*"),
    rule("emphasis", r"(?<=[^\s*])\*{1,3}(?![\w*(])", "", needs="*"),
    rule("emphasis", r"(?<![\w_])_{1,3}(?=[^\s_](?:[^_\n]*[^\s_])?_)", "", needs="_"),
    rule("emphasis", r"(?<=[^\s_])_{1,3}(?![\w_])", "", needs="_"),
    rule("code mark", r"`+", "", needs="`"),
)
