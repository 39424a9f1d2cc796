"""Marks that are seen and not said: emphasis, strikes, footnote and citation marks, list markers left in a text."""

from __future__ import annotations

import re

from narrate.script import numerals
from narrate.script.spoken.romans import value
from narrate.script.spoken.rule import rule

_LIST_LETTERS = "abcdefgh"
_PAIR = ("o", "c")
#: Where an opening mark may stand.
_OPEN = r"(?:(?<=^)|(?<=[\s(\[\"'—–/-]))"


def _list_number(found: re.Match[str]) -> str:
    return numerals.cardinal(found[1]) + ","


def _list_roman(found: re.Match[str]) -> str | None:
    n = value(found[1].upper())
    return None if n is None or n > 30 else numerals.cardinal(n) + ","


def _list_ended(found: re.Match[str]) -> str | None:
    """`"2)"` of "1) ..., 2) ...", but not the end of a bracket."""
    before = found.string[max(0, found.start() - 400) : found.start()]
    return None if before.count("(") > before.count(")") else numerals.cardinal(found[1]) + ","


def _list_letter(found: re.Match[str]) -> str | None:
    """`"b)"` of "a) ..., b) ...", but not the end of a bracket: "(a -> b)"."""
    before = found.string[max(0, found.start() - 400) : found.start()]
    return None if before.count("(") > before.count(")") else found[1] + ","


#: "3", "4, 7", "12–14"; a zero is never a mark but an interval.
_NUMBERS = r"[1-9]\d{0,2}(?:(?:, ?|[-–])[1-9]\d{0,2})*"


def _reference(found: re.Match[str]) -> str:
    """`"as in [3]"`: without its number the sentence would break off."""
    said = re.sub(r"\d+", lambda m: numerals.cardinal(m[0]), re.sub(r"[-–]", " to ", re.sub(r"[\[\]]", "", found["r"])))
    many = len(re.findall(r"\d+", found["r"])) > 1
    return said if found["named"] else f"reference{'s' if many else ''} {said}"


def _footnote(found: re.Match[str]) -> str:
    """Nothing; but the space before a mark stays where a word follows it at once."""
    return " " if found[0][0] == " " and found.string[found.end() : found.end() + 1].isalnum() else ""


RULES = (
    rule("list marker", r"(?:(?<=^)|(?<=[ ,;]))(\d{1,2})\)(?= [a-z])", _list_ended, needs=")"),
    # Struck words are still the author's: said, and called what they are.
    rule("strike", r"~~(?=\S)(?=[^~]*[^\s~]~~)", "strikethrough: ", needs="~"),
    rule("strike", r"(?<=\S)~~", ",", needs="~"),
    # Footnote and citation marks: "[3]", "[4, 7]", "[12–14]", "[fn2]", "[^1]"; a zero is never a mark but an interval.
    rule(
        "reference",
        rf"\b(?:[Ii]n|[Ss]ee|[Bb]y|[Ff]rom|[Pp]er|[Ff]ollowing|[Uu]sing|[Cc]f\.?|(?P<named>[Rr]efs?\.?|"
        rf"[Rr]eferences?)) (?P<r>\[{_NUMBERS}\](?:(?:, |,? and |,? or )\[{_NUMBERS}\])*)(?![\w(])",
        _reference,
        needs="[",
        group="r",
    ),
    rule(
        "footnote mark",
        rf"(?<![\s(\[=][A-Za-z])(?<!^[A-Za-z])(?: ?\[(?:\^|fn\.? ?|note |n\.? ?)?{_NUMBERS}\](?![\w(])|"
        rf"\[{_NUMBERS}\](?=\w))(?<!\[1, 0\])",
        "",
        needs="[",
    ),
    rule("footnote mark", r"(?:(?<=[a-z]{3})|(?<=[.,;:!?)\"']))[¹²³⁰⁴⁵⁶⁷⁸⁹]+(?!\w)", "", needs="¹²³⁰⁴⁵⁶⁷⁸⁹"),
    rule("footnote mark", r"^[¹²³⁰⁴⁵⁶⁷⁸⁹]+ ?(?=[A-Z\"'(])", "", needs="¹²³⁰⁴⁵⁶⁷⁸⁹"),
    rule("footnote mark", r"(?<=[A-Za-z.,;!?])[†‡*]{1,3}(?=[\s.,;)]|$)", "", needs="†‡"),
    rule("citation needed", r" ?\[(?:citation needed|cn)\]", " (citation needed)", needs="[", flags=re.I),
    rule(
        "list marker",
        r"(?:(?<=^)|(?<=[.;:,] )|(?<=\band )|(?<=\bor ))(?<![Ee]q\. )(?<![Ee]qs\. )(?<![Ee]qn\. )(?<![Ff]ig\. )"
        r"\((\d{1,2})\)(?= )",
        _list_number,
        needs="(",
    ),
    rule(
        "list marker", r"^(\d{1,2})[.)](?= [A-Z\"'(])", lambda m: numerals.cardinal(m[1]).capitalize() + ".", needs=".)"
    ),
    rule("list marker", rf"(?:(?<=^)|(?<=[ ,;]))\(([{_LIST_LETTERS}])\)(?= )", lambda m: m[1] + ",", needs="("),
    rule("list marker", r"(?:(?<=^)|(?<=[ ,;]))\((i{1,3}|iv|vi{0,3}|ix|x)\)(?= )", _list_roman, needs="("),
    rule("list marker", rf"(?:(?<=^)|(?<=[ ,;]))([{_LIST_LETTERS}])\)(?= )", _list_letter, needs=")"),
    rule(
        "list marker",
        r"(?:(?<=^)(?=[ivx])|(?<=[ ,;])(?=ii|iv|vi|ix))(i{1,3}|iv|vi{0,3}|ix|x)(?:\.|\)(?<!\(i\)))(?= \w)",
        _list_roman,
        needs=".)",
    ),
    rule("bullet", r"^\s*[•●○◦▪▸►*·‣–-]\s+(?=\S)", "", needs="•●○◦▪▸►*·‣–-"),
    rule("heading mark", r"^#{1,6} (?=\S)", "", needs="#"),
    rule("quote mark", r"^(?:>+ )+(?=\S)", "", needs=">"),
    # Emphasis: the marks around words; a lone "*" or "_" between operands stays for the formulas.
    rule(
        "emphasis",
        rf"{_OPEN}(?P<o>\*{{2,3}})(?=\S)(?:[^*\n]|\*(?!\*))+?(?<=\S)(?P<c>\*{{2,3}})(?![\w*])",
        "",
        needs="*",
        group=_PAIR,
    ),
    rule("emphasis", rf"{_OPEN}(?P<o>\*)(?=[^\s*])[^*\n]*?(?<=[^\s*])(?P<c>\*)(?![\w*])", "", needs="*", group=_PAIR),
    rule(
        "emphasis",
        r"(?<=[A-Za-z]{2})(?P<o>\*{1,2})[A-Za-z]{2,}(?P<c>\*{1,2})(?=[A-Za-z]{2})",
        "",
        needs="*",
        group=_PAIR,
        glue=True,
    ),
    rule(
        "emphasis",
        rf"{_OPEN}(?P<o>_{{1,3}})(?=[^\s_])[^_\n]*?(?<=[^\s_])(?P<c>_{{1,3}})(?![\w_])",
        "",
        needs="_",
        group=_PAIR,
    ),
    rule(
        "emphasis",
        r"(?:(?<=^)|(?<= ))(?P<o>/)(?=[a-z])[a-z ']{2,30}(?<=[a-z])(?P<c>/)(?=[\s.,;:!?)]|$)",
        "",
        needs="/",
        group=_PAIR,
    ),
    # Tags of a page that somebody typed into it.
    rule(
        "strike",
        r"(?P<o><(s|del|strike)>)[^<>\n]{1,200}(?P<c></\2>)",
        lambda _: ("strikethrough: ", ","),
        needs="<",
        group=_PAIR,
    ),
    rule("tag", r"(?P<o><(b|i|em|strong|u|small|ins|mark)>)[^<>\n]{1,400}(?P<c></\2>)", "", needs="<", group=_PAIR),
    rule("tag", r"<[bh]r ?/?>", " ", needs="<"),
    rule(
        "tag",
        r"(?:(?<!\w)(?=<)|(?=<\|?/?[A-Za-z][\w-]))(?P<o><\|?/?)[A-Za-z][\w-]*(?P<c>/?\|?>)",
        " ",
        needs="<",
        group=_PAIR,
    ),
    rule("code mark", r"`+", "", needs="`"),
)
