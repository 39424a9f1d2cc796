"""Signs, Greek letters, arrows, logic and all else that isn't a letter -> its name, or nothing where it is a mark."""

from __future__ import annotations

import re
import unicodedata

from narrate.script.spoken.rule import DIGITS, GAP, rule

GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ϵ": "epsilon", "ζ": "zeta", "η": "eta",
    "θ": "theta", "ϑ": "theta", "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "µ": "mu", "ν": "nu", "ξ": "xi",
    "ο": "omicron", "π": "pi", "ρ": "rho", "σ": "sigma", "ς": "sigma", "τ": "tau", "υ": "upsilon", "φ": "phi",
    "ϕ": "phi", "χ": "chi", "ψ": "psi", "ω": "omega", "Γ": "gamma", "Δ": "delta", "Θ": "theta", "Λ": "lambda",
    "Ξ": "xi", "Π": "pi", "Σ": "sigma", "Υ": "upsilon", "Φ": "phi", "Ψ": "psi", "Ω": "omega", "Α": "alpha",
    "Β": "beta", "Ε": "epsilon", "Ζ": "zeta", "Η": "eta", "Ι": "iota", "Κ": "kappa", "Μ": "mu", "Ν": "nu",
    "Ο": "omicron", "Ρ": "rho", "Τ": "tau", "Χ": "chi",
}  # fmt: skip
_NAMES = {
    "→": "to", "⟶": "to", "➔": "to", "➜": "to", "➝": "to", "➞": "to", "⇒": "implies", "⟹": "implies", "⇨": "implies",
    "←": "from", "⟵": "from", "⇐": "is implied by", "⟸": "is implied by", "↔": "to and from", "⟷": "to and from",
    "⇔": "if and only if", "⟺": "if and only if", "↦": "maps to", "⟼": "maps to", "↑": "up", "↓": "down", "⇑": "up",
    "⇓": "down", "↗": "up", "↘": "down", "≤": "is at most", "≥": "is at least", "⩽": "is at most",
    "⩾": "is at least", "≦": "is at most", "≧": "is at least", "≠": "is not equal to", "≈": "is approximately",
    "≃": "is approximately", "≅": "is congruent to", "≡": "is equivalent to", "≢": "is not equivalent to",
    "∝": "is proportional to", "≪": "is much less than", "≫": "is much greater than", "≺": "is preferred less than",
    "≻": "is preferred to", "≼": "is at most as preferred as", "≽": "is at least as preferred as",
    "≲": "is about at most", "≳": "is about at least", "≔": "is defined as", "≜": "is defined as", "∈": "in",
    "∉": "not in", "∋": "contains", "∌": "does not contain", "⊂": "is a subset of", "⊆": "is a subset of",
    "⊊": "is a proper subset of", "⊄": "is not a subset of", "⊈": "is not a subset of", "⊃": "is a superset of",
    "⊇": "is a superset of", "∪": "union", "∩": "intersection", "∖": "minus", "∅": "the empty set", "∀": "for all",
    "∃": "there exists", "∄": "there does not exist", "¬": "not", "∧": "and", "∨": "or", "⊕": "xor", "⊗": "tensor",
    "⊢": "proves", "⊬": "does not prove", "⊨": "models", "⊭": "does not model", "⊥": "bottom", "⊤": "top",
    "□": "box", "◻": "box", "◇": "diamond", "∴": "therefore", "∵": "because", "∑": "the sum of",
    "∏": "the product of", "∫": "the integral of", "∂": "partial", "∇": "nabla", "√": "the square root of",
    "∛": "the cube root of", "∞": "infinity", "×": "times", "÷": "divided by", "⋅": "times", "∘": "composed with",
    "∓": "minus or plus", "±": "plus or minus", "−": "minus", "°": "degrees", "º": "degrees", "§": "section",
    "¶": "paragraph", "№": "number", "℮": "e", "‰": "per mille", "©": "copyright", "℗": "copyright", "ℵ": "aleph",
    "ℏ": "h bar", "⌊": "floor of", "⌈": "ceiling of", "⟨": "(", "⟩": ")", "⌋": "", "⌉": "", "✓": "check",
    "✔": "check", "✅": "check", "☑": "check", "✗": "cross", "✘": "cross", "❌": "cross", "✕": "cross", "❎": "cross",
    "★": "star", "☆": "star", "⭐": "star", "&": "and", "@": "at", "#": "number", "$": "dollars", "£": "pounds",
    "€": "euros", "¥": "yen", "¢": "cents", "%": "percent", "+": "plus", "=": "equals", "<": "is less than",
    ">": "is greater than", "^": "to the", "℃": "degrees Celsius", "℉": "degrees Fahrenheit", "⊙": "dot",
    "⊖": "minus", "≮": "is not less than", "≯": "is not greater than", "≰": "is not at most", "≱": "is not at least",
    "₿": "bitcoin", "₹": "rupees", "₽": "rubles", "Ⓡ": "", "∷": "as", "≟": "equals, perhaps,", "≝": "is defined as",
    "⊻": "xor", "⊼": "nand", "⊽": "nor", "⋀": "and", "⋁": "or", "⋂": "intersection", "⋃": "union", "△": "triangle",
    "▽": "nabla", "⋄": "diamond", "◊": "diamond", "•": "", "·": "", "¡": "", "¿": "", "♀": "female", "♂": "male",
    "⚠": "warning", "☠": "", "∥": "parallel to", "∦": "not parallel to", "∠": "angle", "⟂": "perpendicular to",
    "⁺": "plus", "⁻": "minus", "₊": "plus", "₋": "minus", "⁼": "equals", "⊦": "proves", "⊩": "forces",
    "⇏": "does not imply", "↛": "does not go to", "⇎": "is not equivalent to", "⫫": "is independent of",
    "⪰": "is at least as preferred as", "⪯": "is at most as preferred as", "ⁿ": "to the n",
}  # fmt: skip
#: Longer signs, in the order they are tried.
_RELATIONS = frozenset("=<>≤≥≈≠≡")
_ARROWS = {
    "<=>": "if and only if", "<==>": "if and only if", "<->": "to and from", "<-->": "to and from", "-->": "to",
    "->": "to", "==>": "implies", "=>": "implies", "<--": "from", "<-": "from", "<==": "is implied by",
    ":=": "is defined as", "!=": "is not equal to", "=/=": "is not equal to", "==": "equals", "<=": "is at most",
    ">=": "is at least", "~=": "is approximately", "&&": "and", "||": "or", "+=": "plus equals",
    "-=": "minus equals", "<<": "is much less than", ">>": "is much greater than", "=<": "is at most",
    "/=": "is not equal to", "!==": "is not equal to", "===": "equals", "|-": "proves", "|=": "models", "-→": "to",
    "+/-": "plus or minus", "<>": "is not equal to",
}  # fmt: skip
_arrows = "|".join(sorted(map(re.escape, _ARROWS), key=len, reverse=True))
#: Letters, the marks of DESIGN section 4, white space and decided text: everything else is for the last rule.
_ODD = rf"[^A-Za-z ,.;:?!'\"()\-–—…{GAP}\s]"
_OPERAND = rf"[\w)\]{GAP}]"


#: A verb that a relation after it must not repeat: "that's ≈ 3".
_IS_BEFORE = re.compile(r"(?:\b(?:is|are|was|were|be)|'s|'re) ?\Z", re.I)


def _greek(found: re.Match[str]) -> str:
    return " ".join(GREEK[char] for char in found[0])


#: "the $ sign"
CURRENCY = {"$": "dollar", "£": "pound", "€": "euro", "¢": "cent"}


def _name(found: re.Match[str]) -> str | None:
    """The last word on a character: a letter stays, a known sign is named, any other mark is passed over."""
    char = found[0]
    if char.isalpha():
        return None
    if char in CURRENCY and re.match(r" (?:sign|symbol|amount|value|cost|figure)s?\b", found.string[found.end() :][:9]):
        return CURRENCY[char]
    if char in _NAMES:
        said = _NAMES[char]
        if said.startswith("is ") and _IS_BEFORE.search(found.string, max(0, found.start() - 6), found.start()):
            said = said.removeprefix("is ")
        return f" {said} " if char in _RELATIONS else said or _gap(found)
    if unicodedata.category(char) in ("Mn", "Me", "Cf", "Mc"):
        return ""
    return _gap(found)


def _gap(found: re.Match[str]) -> str:
    """What a mark that isn't said leaves: a space only where it kept two words apart."""
    text = found.string
    return (
        " "
        if text[found.start() - 1 : found.start()].isalnum() and text[found.end() : found.end() + 1].isalnum()
        else ""
    )


_ACCENTS = {
    "\u0302": "hat",
    "\u0304": "bar",
    "\u0305": "bar",
    "\u0303": "tilde",
    "\u0307": "dot",
    "\u20d7": "vector",
    "\u0308": "double dot",
}


_ACCENT_MARKS = "".join(_ACCENTS) + "âêîôûĝĥĵŝŵŷẑāēīōūȳȧċḋėḟġḣṁṅȯṗṙṡṫẇẋẏżãẽĩñõũṽỹẍÿ"


def _accented(found: re.Match[str]) -> str | None:
    """A lone letter under a mathematical accent: "x̄" -> "x bar"."""
    decomposed = unicodedata.normalize("NFD", found[0])
    letter, marks = decomposed[0], decomposed[1:]
    if not marks or any(mark not in _ACCENTS for mark in marks):
        return None
    return " ".join((letter, *(_ACCENTS[mark] for mark in marks)))


_LOWERED = "ᵢⱼₖₙₘₓₜₐₑₒᵣᵤᵥₗₚₛₕ"
_RAISED = "ᵏᵐᵗᵀᵃᵇᵉʰʲˡʳˢᵘˣʸᶻ"


def _small(found: re.Match[str]) -> str:
    letters = unicodedata.normalize("NFKC", found[0])
    if letters == "T":
        return " transpose"
    return (" to the " if found[0][0] in _RAISED else " ") + " ".join(letters)


def _distributed(found: re.Match[str]) -> str:
    before = found.string[max(0, found.start() - 6) : found.start()]
    return " be distributed as " if re.match(r"\W?[Ll]et ", before) else " is distributed as "


def _by(found: re.Match[str]) -> str:
    """`2x4` is "two by four"; in an equation it is a product."""
    return " times " if re.match(r"[\d.,]+\s?=", found.string[found.end() : found.end() + 24]) else " by "


SIGNS = (
    rule(
        "sign",
        r"(?:(?<=^)|(?<=[\s(\[\"'=<>≤≥:,~≈≠/×*{|#—]))(?<!\d )(?<![)] )(?<![a-z] )[-−–](?=\.?\d)|(?<=[a-z,;:(=<>≤≥≈] "
        r")[-−–](?=\.?\d)|(?<=[a-z][a-z] )−(?=\S)|(?:(?<=^)|(?<=[(=+*/^])|(?<=[=(+<>≤≥] ))-(?=[a-zA-Z](?!\w))|"
        r"(?<=\s)-(?=[a-zA-Z] ?[=<>≤≥])",
        "minus ",
        needs="-−–",
    ),
)
#: "4 - idk if ...": what is said of number four.
_NUMBERED = re.compile(rf"\(?\d{{1,2}}\)? - {GAP}+(?: [A-Za-z']+){{2}}")

MORE_SIGNS = (
    rule("symbol", r"Σ ?(?=[a-zP]\w?[(\ue000]|_|[a-zP] ?[·⋅*×])", "the sum of ", needs="Σ"),
    rule("symbol", r"\{[^{}|\n]{1,40}(?P<n> ?\| ?)", " such that ", needs="{", group="n"),
    rule("symbol", r" \| ", ", ", needs="|"),
    rule("symbol", r"(?<=\b[A-Z]) \\ (?=[A-Z{]\b)", " minus ", needs="\\"),
    rule("symbol", r"(?<=[A-Z\ue000])\|\|(?=[A-Z])", " from ", needs="|"),
    rule("symbol", r"(?<=[\w\ue000]) ~ (?=[A-Z]\w*\(|[A-Z]\b)", _distributed, needs="~"),
    rule("symbol", r"(?<=\d)\s?x\s?(?=\d)|(?<=\ue000) x (?=\ue000)", _by, needs="x"),
    rule("sign", r"−", "minus", needs="−"),
    rule(
        "minus",
        rf"(?<=[\d)\]{GAP}]) - (?=[\d(\[{GAP}])|(?<=\b[A-Za-z]) - (?=[\dA-Za-z]\b|{GAP})|(?<=[\d{GAP}]) - "
        rf"(?=[A-Za-z]\b)|(?<=\b[b-zB-HJ-Z]) - (?=[\d(])|(?<=\b[a-z])-(?=\d)",
        lambda m: " – " if m.start() < 4 and _NUMBERED.match(m.string) else " minus ",
        needs="-–",
    ),
    rule("sign", rf"(?<={_OPERAND})\+\+", " plus plus", needs="+"),
    rule("sign", r"\+(?=[\s,.;:)]|$)(?<=\w\+)", " plus", needs="+"),
)
_COMPARED = {"<": "less than", ">": "greater than", "≤": "at most", "≥": "at least"}

COMPARISONS = (
    rule(
        "symbol",
        r"\b(?:[Ii]s|[Aa]re|[Ww]as|[Ww]ith|[Ff]or|[Ww]here) [^\s<>≤≥=]{1,12} ?(?P<n>[<>≤≥])(?![<>=-])",
        lambda m: _COMPARED[m["n"]],
        needs="<>≤≥",
        group="n",
    ),
    rule("symbol", rf"(?:{_arrows})", lambda m: _ARROWS[m[0]], needs="<>=!&|+~-:"),
    rule("symbol", r"(?<=\S) ?& ?(?=\S)", " and ", needs="&"),
    rule("number sign", r"(?<![\w#])#\s?(?=[\d\ue000]|[nNkx]\b)", "number ", needs="#"),
    rule("section", r"§§ ?", "sections ", needs="§"),
    rule("section", r"§ ?", "section ", needs="§"),
)
NAMES = (
    rule("symbol", r"ħ(?=[^a-z]|$)", " h bar ", needs="ħ"),
    rule(
        "Greek letter",
        rf"(?<![\u0370-\u03ff\u1f00-\u1fff])[{''.join(GREEK)}](?![\u0370-\u03ff\u1f00-\u1fff])",
        _greek,
        needs=GREEK,
    ),
    rule("footnote mark", r"(?<=[a-z]{3})\*(?=[\s,.;:)]|$)", "", needs="*"),
    rule("symbol", r"(?<=[A-Za-z\ue000θπφ])\*(?=[\s,.;:)]|$)", " star", needs="*"),
    rule(
        "symbol",
        r"(?<=[\w\ue000)])(?:[*⋅·∙](?=[\d\ue000(])|[*⋅∙](?=[A-Za-z]\b)| [*⋅·∙] (?=[\w(\ue000]))",
        " times ",
        needs="*⋅·∙",
    ),
    rule("symbol", r"(?<=\b[A-Za-z\ue000])\|(?=[A-Za-z\ue000]\b)", " given ", needs="|"),
    rule("symbol", r"(?<=\b[A-Za-z])·(?=[A-Za-z]\b)", "times", needs="·"),
    rule(
        "accent",
        r"(?<![^\W\d_])[a-zA-Zα-ωâêîôûĝĥĵŝŵŷẑāēīōūȳȧċḋėḟġḣṁṅȯṗṙṡṫẇẋẏżãẽĩñõũṽỹäëïöüẍÿÂÊẐX̄][\u0302-\u0305\u0307\u0308\u20d7]*(?![^\W\d_])",
        _accented,
        needs=_ACCENT_MARKS,
    ),
    rule("subscript", rf"[{_LOWERED}]+|[{_RAISED}]+", _small, needs=_LOWERED + _RAISED),
    rule("point", r"(?<=\ue000)\.(?=[A-Z]\b)", " ", needs="."),
    rule("point", r"(?<=\b[A-Z])\.(?=\ue000|\d)", " point ", needs="."),
    rule("degrees", r"(?<=\ue000) ?°(?=[CF]\b)", " degrees ", needs="°"),
    rule("ellipsis", r"(?: ?\.){3,}|…[.…]+|‥", "…", needs=".…‥"),
    rule("ellipsis", r" ?\[(?:\.{3}|…|\ue000)\] ?", " … ", needs="["),
)
LEFTOVERS = (rule("symbol", _ODD, _name),)
_ = DIGITS
