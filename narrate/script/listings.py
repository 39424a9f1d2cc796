"""Code -> inline code as words, blocks named and listed; verse and chats in <pre> are text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from bs4 import Tag
from bs4.element import NavigableString

from narrate.script import paragraphs, snippets, spoken
from narrate.script.numerals import cardinal
from narrate.script.parts import Block, Left, Line, Place, Walk, sign
from narrate.script.pen import Pen
from narrate.script.visible import clean, tidy

_CODE_SIGNS = re.compile(r"[{}\[\]<>=;$@\\|#&^~]|->|::|\(\)|//|\b(?:def|return|import|class|function|let|var|const)\b")
SHOWN = "[code]"
_WHERE = ", is in the notes."
_LANGUAGE = re.compile(r"(?:language-|lang-)?([A-Za-z][A-Za-z+#]{1,15})\Z")


def read(element: Tag, place: Place, walk: Walk) -> list[Block]:
    """<pre>, and `.code-block` wherever it stands."""
    text = _source(element)
    lines = [line for line in text.split("\n") if line.strip()]
    if not lines:
        return walk.blocks(list(element.find_all(["img", "iframe"])), place)
    if is_words(lines):
        return paragraphs.from_lines([Line(written=tidy(line), breaks_before=1) for line in lines], place)
    language = _language(element)
    size = "one line" if len(lines) == 1 else f"{cardinal(len(lines))} lines"
    words = f"A code block, {size}{' of ' + language if language else ''}{_WHERE}"
    left = Left(what="code", text=text.strip("\n"), why="code is for the eye")
    return [sign(SHOWN, spoken.read(words).spoken, place, left)]


def brief(blocks: Iterable[Block]) -> list[Block]:
    """A post's code blocks: only the first says where they all are."""
    out: list[Block] = []
    is_known = False
    for block in blocks:
        if block.kind == "cue" and block.line.written == SHOWN:
            if is_known:
                named = block.line.fixed[0]
                shorter = replace(named, after=named.after.removesuffix(_WHERE) + ".")
                block = replace(block, line=replace(block.line, fixed=(shorter,)))
            is_known = True
        out.append(block)
    return out


def write_inline(element: Tag, pen: Pen, walk: Walk) -> None:
    """<code>, <tt>, <kbd>, <samp> in a line: its text, as words; code that is more sign than word is listed."""
    text = tidy(element.get_text())
    said = snippets.say(text) if element.find(["img", "br", "sup"]) is None else None
    if said is None:
        walk.write(element.contents, pen)
    elif said:
        pen.fix(text, said, "code")
    else:
        article = "" if pen.last_words.endswith((" a", " an", " the", " this")) else "a "
        pen.fix(text, f"{article}piece of code (in the notes)", "code")
        pen.leave(Left(what="code", text=text, why="more signs than words"))


def is_words(lines: list[str]) -> bool:
    """Whether preformatted lines are sentences, verse or a chat: words with hardly a sign of code among them."""
    text = "\n".join(lines)
    words = re.findall(r"[^\W\d_]{2,}", text)
    signs = _CODE_SIGNS.findall(text)
    return len(words) >= 3 and len(signs) * 12 <= len(words) and not re.search(r"\w\(\w*\)|\w\.\w+\(", text)


def _source(element: Tag) -> str:
    """The text of a listing with its line breaks."""
    parts: list[str] = []
    for node in element.descendants:
        if isinstance(node, Tag):
            if node.name in ("br", "p", "div", "tr"):
                parts.append("\n")
        elif type(node) is NavigableString:
            parts.append(node)
    return clean("".join(parts))


def _language(element: Tag) -> str:
    """The language a listing names, "" when it doesn't."""
    inner = element.find("code")
    names = [str(element.get("data-language") or ""), str(element.get("data-highlight-language") or "")]
    for holder in (element, inner):
        if isinstance(holder, Tag):
            names += [c for c in holder.get("class") or () if c.startswith(("language-", "lang-"))]
    for name in names:
        found = _LANGUAGE.match(name)
        if found and found[1].lower() not in ("plain", "plaintext", "text", "none", "auto"):
            return found[1]
    return ""
