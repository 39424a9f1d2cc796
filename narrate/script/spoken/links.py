"""Addresses -> what a person says of them: the site of a URL, an e-mail's parts, handles, tags, arXiv ids, DOIs."""

from __future__ import annotations

import re

from narrate.script import numerals
from narrate.script.spoken.quantity import say_whole
from narrate.script.spoken.rule import rule
from narrate.script.spoken.spelling import letters

_TLD = (
    "com|org|net|edu|gov|io|ai|co|uk|us|eu|de|fr|info|me|app|dev|xyz|tv|ca|au|jp|cn|ru|ch|nl|se|at|blog|news|fyi|"
    "substack|wiki|page|site|online|live|fm|ly|gg|im|is|so|to|it|be|no|fi|dk|pl|cz|es|pt|in|nz|za|mil|int|house"
    "|games|zone|club|art|space|tech|cloud|world|life|today|ventures|academy|institute|foundation|science|engineering"
)
#: Top-level domains that end a bare host name ("example.com") without a scheme or a path.
_BARE_TLD = "com|org|net|edu|gov|io|ai|uk|info|app|dev|xyz|fyi|wiki|blog"
_HOST = r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,6}"
_PATH = r"(?:[/?#][^\s\ue000<>\"\u201d]*[^\s\ue000<>\"\u201d.,;:!?)'\]]/?|/)?"
_URL = re.compile(r"(?:[a-z][a-z0-9+.-]*://)?(?:[^/@\s]*@)?(?:www\d?\.)?([^/?#:\s]+)", re.I)
_CAMEL = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def _split_words(text: str) -> str:
    """`"AISafety"` -> "AI Safety", `"some_one7"` -> "some one seven"."""
    return " ".join(say_whole(part) if part.isdigit() else part for part in _CAMEL.findall(text))


def say_host(host: str) -> str:
    """`"www.lesswrong.com"` -> "lesswrong dot com"; digits and hyphens become words."""
    labels = [part for part in host.split(".") if part]
    return " dot ".join(_split_words(label) or label for label in labels)


def _say_url(found: re.Match[str]) -> str | None:
    host = _URL.match(found[0])
    return say_host(host[1]) if host else None


def _say_email(found: re.Match[str]) -> str:
    return f"{_say_dotted(found[1])} at {say_host(found[2])}"


def _say_dotted(name: str) -> str:
    words = re.split(r"[._+\-]", name)
    marks = {".": "dot", "_": "underscore", "+": "plus", "-": "dash"}
    out = [_split_words(words[0])]
    for mark, word in zip(re.findall(r"[._+\-]", name), words[1:], strict=True):
        out += [marks[mark], _split_words(word)]
    return " ".join(part for part in out if part)


def _say_arxiv(found: re.Match[str]) -> str:
    year, number = found["yymm"], found["number"]
    version = f" version {numerals.cardinal(found['version'])}" if found["version"] else ""
    return f"arXiv {numerals.cardinal(year[:2])} {_pair(year[2:])} point {numerals.digits(number)}{version}"


def _pair(two: str) -> str:
    return f"oh {numerals.cardinal(two[1])}" if two[0] == "0" else numerals.cardinal(two)


def _say_tag(found: re.Match[str]) -> str:
    return f"hashtag {_split_words(found[1])}"


RULES = (
    rule(
        "arxiv",
        r"\barxiv[: ] ?(?P<yymm>\d{4})\.(?P<number>\d{4,5})(?:v(?P<version>\d+))?\b",
        _say_arxiv,
        needs="0123456789",
        flags=re.I,
    ),
    rule("doi", r"\bdoi: ?10\.\d{4,9}/[^\s\ue000\"<>]*[^\s\ue000\"<>.,;)\]]", "D O I", needs="/", flags=re.I),
    rule(
        "url",
        r"\b(?:https?|ftp|file|chrome|ipfs)://[^\s\ue000<>\"]*[^\s\ue000<>\".,;:!?)'\]}*_]/?",
        _say_url,
        needs="/",
        flags=re.I,
    ),
    rule("url", rf"(?<![\w.-])www\d?\.{_HOST}(?:{_TLD})\b{_PATH}", _say_url, needs=".", flags=re.I),
    rule("e-mail", rf"\b(?:mailto:)?([A-Za-z0-9][\w.+\-]{{0,63}})@({_HOST}[A-Za-z]{{2,}})\b", _say_email, needs="@"),
    rule(
        "url",
        rf"(?<![\w@./])(?:{_HOST})(?:{_TLD})(?:/[^\s\ue000<>\"]*[^\s\ue000<>\".,;:!?)'\]*]/?|/)",
        _say_url,
        needs="/",
    ),
    rule("url", rf"(?<![\w@./\-]){_HOST}(?:{_BARE_TLD})\b(?![\w(]|\.\w|-\w)", _say_url, needs="."),
    rule("subreddit", r"(?<![\w/])/?r/([A-Za-z]\w{2,20})\b", lambda m: f"r slash {_split_words(m[1])}", needs="/"),
    rule("subreddit", r"(?<![\w/])/?u/([A-Za-z][\w-]{2,20})\b", lambda m: f"u slash {_split_words(m[1])}", needs="/"),
    rule("url", r"(?P<o><)\ue000+(?P<c>>)", "", needs="<", group=("o", "c")),
    rule("handle", r"(?<![\w@.])@([A-Za-z]\w*)", lambda m: f"at {_split_words(m[1])}", needs="@"),
    rule("colour", r"(?<![\w#&])#(?=[A-F]*\d)([0-9A-Fa-f]{6})\b", lambda m: f"hash {letters(m[1])}", needs="#"),
    rule("hashtag", r"(?<![\w#&])#([A-Za-z]\w+)", _say_tag, needs="#"),
)
