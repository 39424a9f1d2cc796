"""Latin, scholarly, web and everyday abbreviations, titles and places -> the words they stand for.

A stop that may also end the sentence is kept: "etc." at the end of a block becomes "et cetera.".
"""

from __future__ import annotations

import re

from narrate.script import numerals
from narrate.script.spoken.romans import value
from narrate.script.spoken.rule import Rule, rule
from narrate.script.spoken.spelling import letters, stands_clear

#: Always the same words, whatever follows. Written with their stops; the stop is part of the abbreviation.
_LATIN = {
    r"e\.\s?g\.|eg\.": "for example", r"i\.\s?e\.|ie\.": "that is", r"E\.\s?g\.": "For example",
    r"I\.\s?e\.": "That is", r"c\.?f\.?": "compare", r"Cf\.?": "Compare", r"viz\.": "namely",
    r"[Nn]\.[Bb]\.": "nota bene", r"ca\.": "circa", r"est\.(?= \d{4})": "established",
    r"est\.(?= [$~\d])": "estimated", r"et seq\.": "and following", r"op\. cit\.": "op cit",
    r"loc\. cit\.": "loc cit", r"[Qq]\.[Vv]\.": "which see", r"[Aa]\.k\.a\.?|[Aa]ka": "also known as",
    r"w\.r\.t\.?|wrt": "with respect to", r"w\.p\.": "with probability", r"s\.t\.": "such that",
    r"[Ii]\.[Ii]\.[Dd]\.?": "IID", r"[Vv]s\.?": "versus", r"w/r/t": "with respect to", r"et\. al\.?": "et al",
    r"e\.?g(?=[, ])": "for example", r"i\.?e(?=[, ])": "that is", r"[Gg]ov't": "government",
    r"EG(?= [a-z\"'])": "For example",
    r"[Ww]\.?l\.?o\.?g\.?": "without loss of generality",
}  # fmt: skip
#: These may end a sentence, and then the stop stays.
_CLOSING = {
    "et al": "et al", "etc": "et cetera", "ibid": "ibid", "Jr": "Junior", "Sr": "Senior", "Ltd": "Limited",
    "Inc": "Incorporated", "Corp": "Corporation", "Bros": "Brothers", "Ave": "Avenue", "Blvd": "Boulevard",
    "approx": "approximately", "Esq": "Esquire", "esp": "especially", "resp": "respectively", "incl": "including",
    "excl": "excluding", "Assn": "Association", "Univ": "University", "Dept": "Department", "dept": "department",
    "govt": "government", "mgmt": "management", "& Co": "and Company",
}  # fmt: skip
#: Only with a name or a number after them.
_BEFORE_NAME = {
    "Dr": "Doctor", "Assoc": "Associate", "Asst": "Assistant", "Mr": "Mister", "Mrs": "Missus", "Ms": "Ms",
    "Mx": "Mix", "Prof": "Professor", "Lt": "Lieutenant", "Col": "Colonel", "Gen": "General", "Sgt": "Sergeant",
    "Capt": "Captain", "Cpt": "Captain", "Maj": "Major", "Cmdr": "Commander", "Adm": "Admiral", "Rev": "Reverend",
    "Hon": "Honorable", "Gov": "Governor", "Sen": "Senator", "Rep": "Representative", "Pres": "President",
    "Messrs": "Messieurs", "Fr": "Father", "St": "Saint", "Mt": "Mount", "Ft": "Fort",
}  # fmt: skip
#: Before a number (or a Roman numeral or a letter): parts of books and papers.
_NUMBERED = {
    "Fig": "figure", "fn": "footnote", "Fn": "footnote", "Appx": "appendix", "Figs": "figures", "Eq": "equation",
    "Eqs": "equations", "Eqn": "equation", "Ch": "chapter", "Chs": "chapters", "Eqns": "equations",
    "Chap": "chapter", "Sec": "section", "Sect": "section", "Secs": "sections", "p": "page", "pp": "pages",
    "Iss": "issue", "pg": "page", "Vol": "volume", "Vols": "volumes", "No": "number", "Nos": "numbers", "Nr": "number",
    "Art": "article", "App": "appendix", "Ex": "example", "Thm": "theorem", "Def": "definition",
    "Prop": "proposition", "Tab": "table", "Par": "paragraph", "para": "paragraph", "Ref": "reference",
    "Refs": "references", "ed": "edition", "ll": "lines", "col": "column", "v": "version",
}  # fmt: skip
_WEB = {
    "WWI": "World War One", "WWII": "World War Two", "WW1": "World War One", "WW2": "World War Two",
    "WW3": "World War Three", "WWIII": "World War Three", "IMO": "in my opinion", "IMHO": "in my humble opinion",
    "FWIW": "for what it's worth", "AFAICT": "as far as I can tell", "AFAIK": "as far as I know",
    "AFAIU": "as far as I understand", "IIRC": "if I recall correctly", "IIUC": "if I understand correctly",
    "BTW": "by the way", "OTOH": "on the other hand", "OTOOH": "on the other other hand",
    "YMMV": "your mileage may vary", "TBH": "to be honest", "TBF": "to be fair", "IOW": "in other words",
    "IANAL": "I am not a lawyer", "FTFY": "fixed that for you", "LMK": "let me know",
    "ICYMI": "in case you missed it", "ISTM": "it seems to me", "IME": "in my experience",
    "ELI5": "explain like I'm five", "AFAIR": "as far as I remember", "AIUI": "as I understand it",
    "WLOG": "without loss of generality", "ASAP": "as soon as possible", "IDK": "I don't know",
    "ITT": "in this thread", "OOTH": "on the other hand", "FYI": "for your information",
    "w.l.o.g": "without loss of generality",
}  # fmt: skip
_SHORT = {
    r"&c\.(?= *[a-z,;)])|&c(?=[.,;)])": "et cetera",
    r"[Hh]/[Tt]": "hat tip", r"s/he": "she or he", r"(?:ETA|Eta)(?=:)": "Edited to add",
    r"& Co\.(?= [a-z])": "and Company",
    r"w/o": "without", r"w/e": "whatever", r"w/in": "within",
    r"b/c": "because", r"b/w": "between", r"c/o": "care of", r"n/a": "not applicable", r"N/A": "not applicable",
    r"(?i:tldr)": "TLDR", r"[Tt][Ll];?\s?[Dd][Rr]": "TL DR", r"iff": "if and only if", r"ppl": "people",
    r"B\.Sc\.?": "Bachelor of Science", r"M\.Sc\.?": "Master of Science", r"Ph\.\s?[Dd]\.?|PhD": "PhD",
    r"[Ss]\.t\.": "such that",
}  # fmt: skip
_LETTER = re.compile(r"[A-Za-z]")
#: What may follow a stop that doesn't end a sentence: a lower-case word, a comma and the like, a number, a bracket.
_GOES_ON = r"(?=\s*[a-z,;:)\]—–\-]|\s+[\d(]|'s)"
_NAME = r"(?=\s(?:[A-Z][\w'.]|[A-Z]\b))"


def _table(name: str, words: dict[str, str], shape: str, *, needs: str = "", flags: int = 0) -> Rule:
    """One rule for a table of plain abbreviations; `shape` holds {} for their alternation."""
    pattern = shape.format("|".join(sorted(map(re.escape, words), key=len, reverse=True)))
    return rule(name, pattern, lambda m: words[m[1]], needs=needs, group=0, flags=flags)


def _alternatives(name: str, words: dict[str, str], *, needs: str = "") -> Rule:
    """One rule for a table whose keys are patterns."""
    compiled = [(re.compile(key), said) for key, said in words.items()]

    def say(found: re.Match[str]) -> str | None:
        return next((said for key, said in compiled if key.fullmatch(found[0])), None) or next(
            (said for key, said in compiled if key.match(found.string, found.start(), found.end() + 8)), None
        )

    return rule(name, rf"(?<![\w.'])(?:{'|'.join(words)})(?![\w])", say, needs=needs)


def _numbered(found: re.Match[str]) -> str:
    word = found[1]
    said = _NUMBERED.get(word) or _NUMBERED.get(word.capitalize()) or _NUMBERED[word.lower()]
    start = found.string[max(0, found.start() - 12) : found.start()].rstrip()
    opens = not start or start[-1] in ".!?:"
    return said.capitalize() if opens and word[0].isupper() else said


def _numbered_in_roman(found: re.Match[str]) -> str | None:
    """`Vol. I`, `Ch. V`: after these words even one letter is a number."""
    n = value(found["roman"])
    return None if n is None else f"{_numbered(found)} {numerals.cardinal(n)}"


def _initials(found: re.Match[str]) -> str:
    """`"U.S."` -> "U S"; the last stop stays where the sentence ends with it."""
    capitals = "".join(_LETTER.findall(found[1])).upper()
    text = found.string
    said = letters(capitals) if stands_clear(text, found.start(), found.end()) else capitals
    rest = text[found.end() : found.end() + 12]
    ends = found[0].endswith(".") and (not rest.strip(" \"')") or bool(_OPENERS.match(rest)))
    return said + ("." if ends else "")


#: Words that open a new sentence after a stop that an abbreviation ends with.
_OPENERS = re.compile(
    r" (?:The|This|That|It|He|She|They|We|I|In|But|And|So|If|When|A|An|As|At|For|There|These|What|However|You|My|Our)\b"
)


_NO_NAMES = (
    "Plan|Option|Type|Appendix|Vitamin|Part|Section|Case|Team|Player|Agent|Box|Group|Grade|Figure|Table|Series|World|"
    "Class|Theory|System|Model|Hypothesis|Scenario|Policy|Step"
)
_NAME_BEFORE = re.compile(rf"(?:^|[(,;\"] ?|\b[A-Z]\. |\b(?!(?:{_NO_NAMES})\b)[A-Z][a-z]+ )\Z")


def _initial(found: re.Match[str]) -> str | None:
    """The "J." of "Eric J. Michaud"; in "went from A to B. Since ..." the stop ends a sentence."""
    text = found.string
    if re.match(r" [A-Z]\. ?[A-Z][a-z]", text[found.end() : found.end() + 6]):
        return found[1]
    if _OPENERS.match(text, found.end()) or not _NAME_BEFORE.search(text, max(0, found.start() - 30), found.start()):
        return None
    return found[1]


#: Typed in small letters as often as in capitals.
_LOWER_WEB = "imo|imho|fwiw|iirc|iiuc|afaict|afaik|afaiu|btw|tbh|idk|otoh|ymmv|asap|fyi"


def _street(found: re.Match[str]) -> str:
    return {"St": "Street", "Rd": "Road", "Sq": "Square", "Ln": "Lane", "Dr": "Drive", "Ct": "Court"}[found[1]]


_closing = "|".join(sorted(map(re.escape, _CLOSING), key=len, reverse=True))
_numbered_words = "|".join(sorted(_NUMBERED, key=len, reverse=True))

RULES = (
    rule("circa", r"\b(?:c\.|ca\.) ?(\d{3,4})\b(?!,\d)", lambda m: f"circa {numerals.year(int(m[1]))}", needs="."),
    rule(
        "latin abbreviation",
        r"(?<![\w.'])(?:(?P<i>i\.e)|e\.g)\.(?=[A-Za-z]{2})",
        lambda m: "that is " if m["i"] else "for example ",
        needs=".",
    ),
    _alternatives("latin abbreviation", _LATIN),
    rule("abbreviation", r"\b(esp|incl|excl)\.(?=\s+\w)", lambda m: _CLOSING[m[1]], needs="."),
    rule("abbreviation", rf"\b({_closing})\.{_GOES_ON}", lambda m: _CLOSING[m[1]], needs="."),
    rule("abbreviation", rf"\b({_closing})(?=\.)", lambda m: _CLOSING[m[1]], needs="."),
    rule("abbreviation", r"\betc\b(?!\.)", "et cetera", needs="c"),
    rule("circa", r"\b(c\.) ?(?=\d)", "circa ", needs="."),
    rule("title", rf"\b({'|'.join(_BEFORE_NAME)})\.(?=\s?[A-Z]| & )", lambda m: _BEFORE_NAME[m[1]], needs="."),
    rule("title", r"(?<![.!?] )(?<!^)\b(Dr|Mr|Mrs|Prof)(?= [A-Z])", lambda m: _BEFORE_NAME[m[1]], needs="DMP"),
    rule("title", r"^(Dr|Mr|Mrs|Prof)(?= [A-Z])", lambda m: _BEFORE_NAME[m[1]], needs="DMP"),
    rule(
        "part of a work",
        r"(?<![\w.])(Vol|Ch|Chap|Sec|Sect|Fig|App|Art|Tab|Eq)\. (?P<roman>[IVX]{1,5})\b(?!['.]\w)",
        _numbered_in_roman,
        needs="IVX",
    ),
    rule(
        "part of a work",
        rf"(?<![\w.])({_numbered_words}|sec|figs?|eqs?|chs?|vol)\.\s?(?=\(?[\dA-Z§]\b|[A-Z]\d|\(?\d|[IVXLC]+\b)(?<!\bno\.)"
        rf"(?<!\bNo\. )(?=\S)",
        lambda m: _numbered(m) + " ",
        needs=".",
    ),
    rule(
        "part of a work",
        r"(?<![\w.-])(pp?|[Ff]igs?|[Ee]qs?|[Ee]qns?|[Vv]ol|[Cc]hs?|[Ss]ec|pg)(?= ?\d| \(\d+\))",
        _numbered,
        needs="pfFeEvV",
    ),
    rule("part of a work", r"(?<![\w.])([Nn]os?)\.\s?(?=\d)", lambda m: _numbered(m) + " ", needs="Nn"),
    rule("versus", r"\b[A-Z]\w+ (?P<v>v\.?)(?= (?:the )?[A-Z])", "versus", needs="v", group="v"),
    _alternatives("web abbreviation", _SHORT),
    rule("web abbreviation", r"(?<![\w.'/])w/(?=\s?[^\s/).?])(?!(?:in|o|e)\b)", "with ", needs="w"),
    _table("web abbreviation", _WEB, r"(?<![\w/.-])(?<!\bthe )(?<!\bat )({})(?! gold| problem| medal| 20\d\d|[\w/])"),
    rule(
        "web abbreviation",
        rf"(?<![\w/.-])(?:{_LOWER_WEB})(?![\w/])",
        lambda m: _WEB[m[0].upper()],
        needs="abiofty",
    ),
    rule("initials", r"(?<![\w.])(?!(?<=\d )[aApP]\.[mM]\.)((?:[A-Za-z]\.){2,}[A-Z]?)(?![\w])", _initials, needs="."),
    rule("initials", r"\b([A-HJ-Z])\.(?= (?:[A-Z]\. ?)*[A-Z][a-z]+)", _initial, needs="."),
    rule(
        "street", r"(?:(?<=[A-Za-z][a-z]{2} )|(?<='s ))(St|Rd|Sq|Ln|Ct|Dr)\.(?=\s*[a-z,;:)]|\s+\d)", _street, needs="."
    ),
    rule("street", r"(?:(?<=[a-z] )|(?<='s ))(St|Rd|Sq|Ln|Ct|Dr)(?=\.(?:\s|$))", _street, needs="."),
)
