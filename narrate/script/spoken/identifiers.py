"""Names from programs -> the words in them: get_user_name(), maxTokens, train.py, 0xFF, C++, a commit hash."""

from __future__ import annotations

import re

from narrate.script import numerals
from narrate.script.spoken.quantity import say_whole
from narrate.script.spoken.rule import rule
from narrate.script.spoken.spelling import letters
from narrate.script.words import is_word

_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_EXTENSIONS = (
    "py|js|ts|tsx|jsx|json|jsonl|csv|tsv|txt|md|pdf|html|htm|css|sh|bash|zip|tar|gz|exe|dll|so|cpp|hpp|cc|rs|go|java"
    "|rb|"
    "php|pl|yaml|yml|toml|ini|cfg|xml|svg|png|jpg|jpeg|gif|mp3|mp4|wav|tex|bib|doc|docx|xls|xlsx|ppt|pptx|ipynb|log"
    "|sql|"
    "conf|env|lock|hs|ml|lua|swift|kt|scala|r|epub|mobi|pt|ckpt|safetensors|bin|dat|db"
)
#: A member of the forum, "Ann_Author".
_NAME_OF_PERSON = re.compile(r"[A-Z][a-z]+(?:_[A-Z][a-z]+)+")
#: Languages and products whose marks are part of the name.
_NAMES = {
    "C++": "C plus plus", "C#": "C sharp", "F#": "F sharp", "J#": "J sharp", "G++": "G plus plus",
    "g++": "G plus plus", "Notepad++": "Notepad plus plus", ".NET": "dot net", "ASP.NET": "A S P dot net",
    "Node.js": "Node dot J S", "node.js": "node dot J S", "Vue.js": "Vue dot J S", "Next.js": "Next dot J S",
    "D3.js": "D three dot J S", "Google+": "Google plus", "Disney+": "Disney plus", "i++": "i plus plus",
    "AT&T": "A T and T", "A*": "A star", "character.ai": "character dot A I", "Character.AI": "Character dot A I",
    "C.AI": "C dot A I", "c.ai": "C dot A I", "x.ai": "X dot A I", "Fast.ai": "fast dot A I",
    "fast.ai": "fast dot A I", "Q*": "Q star",
}  # fmt: skip


def say_identifier(name: str) -> str:
    """`"get_user_name"`, `"maxTokens"` -> their words, in lower case but for initialisms."""
    parts = _PARTS.findall(name)
    return " ".join(say_whole(p) if p.isdigit() else _say_part(p) for p in parts)


def _say_part(part: str) -> str:
    """One word of a name: an initialism keeps its capitals, SCREAMING_CASE doesn't."""
    shouted = len(part) > 3 and is_word(part.lower())
    return part if len(part) == 1 or (part.isupper() and not shouted) else part.lower()


def _say_file(found: re.Match[str]) -> str:
    stem, _, extension = found[0].rpartition(".")
    stem = re.sub(r"[\\/]", " slash ", stem)
    words = " ".join(w if w == "slash" else say_identifier(w) for w in stem.split())
    return f"{words} dot {_say_extension(extension)}"


def _say_extension(extension: str) -> str:
    said = {
        "py": "py",
        "json": "JSON",
        "exe": "exe",
        "zip": "zip",
        "tar": "tar",
        "tex": "tex",
        "log": "log",
        "doc": "doc",
    }
    if extension in said:
        return said[extension]
    return " ".join(numerals.cardinal(c) if c.isdigit() else c.upper() for c in extension)


def _say_hex(found: re.Match[str]) -> str:
    return "zero x " + letters(found[1].upper())


def _say_hash(found: re.Match[str]) -> str | None:
    text = found[0]
    n_digits = sum(c.isdigit() for c in text)
    if n_digits < 2 or n_digits == len(text):
        return None
    return letters(text) if len(text) <= 12 else f"a hash beginning {letters(text[:4])}"


def _say_member(found: re.Match[str]) -> str | None:
    """`np.array` -> "np dot array"; two English words are a stop without its space."""
    return None if is_word(found[1]) and is_word(found[3]) else " dot "


def _say_dotted(found: re.Match[str]) -> str:
    """`torch.nn.Linear` -> "torch dot nn dot linear"."""
    return " dot ".join(say_identifier(part) for part in found[0].split("."))


def _say_code(found: re.Match[str]) -> str:
    if _NAME_OF_PERSON.fullmatch(found[0]):
        return found[0].replace("_", " ")
    return say_identifier(found[0])


_names = "|".join(sorted(map(re.escape, _NAMES), key=len, reverse=True))

RULES = (
    rule("name", rf"(?<![\w.])(?:{_names})(?![\w+])(?<!A\*(?=\w))", lambda m: _NAMES[m[0]], needs="+#.&*"),
    rule("hexadecimal", r"\b0[xX]([0-9A-Fa-f]+)\b", _say_hex, needs="xX"),
    rule("code point", r"\bU\+([0-9A-F]{4,6})\b", lambda m: f"U plus {letters(m[1])}", needs="+"),
    rule("hash", r"\b(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,64}\b", _say_hash, needs="0123456789"),
    rule("hidden file", r"(?<![\w.])(?:~/)?\.(?=[a-z]{2,}\b)", "dot ", needs="."),
    rule(
        "address",
        r"\b\d{1,3}(?:\.\d{1,3}){3}\b",
        lambda m: " dot ".join(numerals.cardinal(n) for n in m[0].split(".")),
        needs=".",
    ),
    rule(
        "file name",
        rf"(?<![\w@])[~.]?/?(?:[\w.-]{{1,64}}/){{0,8}}[A-Za-z_][\w-]{{0,64}}\.(?:{_EXTENSIONS})\b(?![\w(]|\.\w)",
        _say_file,
        flags=re.ASCII,
        needs=".",
    ),
    rule(
        "call",
        r"\b[a-z_]\w{1,40}(?:\.[A-Za-z_]\w{0,40}){1,6}(?=\([^()]{1,60}\))",
        _say_dotted,
        flags=re.ASCII,
        needs="(",
    ),
    rule(
        "member",
        r"(?<![\w.@])[a-z_]\w{1,40}(?:\.[A-Za-z_]\w{1,40}){2,6}\b(?![.\w@])",
        _say_dotted,
        flags=re.ASCII,
        needs=".",
    ),
    rule("member", r"\b([a-z_]\w*)(?P<dot>\.)([a-z_]\w*)\b(?![.\w(@])", _say_member, needs=".", group="dot"),
    rule("code", r"\b[A-Za-z_]\w{0,64}(?:\.[A-Za-z_]\w{0,64}){0,8}\(\)", _say_code, flags=re.ASCII, needs="("),
    rule(
        "code",
        r"\b_*[A-Za-z]\w*(?:_[A-Za-z0-9]{2,}|[A-Za-z0-9]{2,}_[A-Za-z0-9]+)\w*|\b__\w+__",
        _say_code,
        flags=re.ASCII,
        needs="_",
    ),
    rule(
        "code",
        r"\b(?!(?:i|e)(?:Phone|Pad|OS|Pod|Mac|Bay|Book|Tunes|Cloud|Robot|Reader|Commerce)|mmHg|mRNA|tRNA|rRNA|arXiv"
        r"|macOS|xAI|bioRxiv|medRxiv|pH\b|kW|eV|keV|meV|mL|dB|kB|kHz|mAh|mW|kJ|kN|kPa|mA\b|hPa|eLife|iOS|tvOS|fMRI"
        r"|cDNA|siRNA|miRNA|qPCR|eSIM|vCPU|gRPC|deGrasse)[a-z]+(?:[A-Z][a-z]+)+[A-Z]?\b",
        _say_code,
        flags=re.ASCII,
        needs="ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    ),
)
