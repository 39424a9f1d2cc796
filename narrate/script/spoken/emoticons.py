"""Emoticons and emoji are seen, not said: dropped, each with its rewrite, unless one is all that somebody says."""

from __future__ import annotations

import re
import unicodedata

from narrate.script.spoken.rule import rule

_EMOTICONS = (
    r"[:;][\-o'^]?[)(\]\[DPpOo/\\|*3>](?![\w/])|=-?[)(DP](?![\w/])|8-\)|[:;=]'[-]?[()]|[xX]D+\b|<3+(?=\W*$|[.!])|</3"
    r"|\^_+\^|\^\^(?!\w)|[oO]_+[oO0]|-_+-|>[:;]\(|:'\(|¯\\?_?\\?\(ツ\)\\?_?/¯|"
    r"\\o/|T_T|:3(?!\d)|\(:(?=\s|$)"
)
_EMOJI = (
    "\U0001f000-\U0001faff\u2600-\u2604\u2607-\u2612\u2614-\u2617\u2619-\u263f\u2641\u2643-\u26a0\u26a2-\u26ff\u2702-\u2712"
    "\u2716\u2721-\u274b\u274d-\u2767\u2795-\u2797\u27b0\u27bf\u2b1b\u2b1c\u2b50\u2b55\u231a\u231b\u2328\u23cf\u23e9-\u23f3\u23f8-\u23fa"
)


def _named(found: re.Match[str]) -> str:
    """All that somebody answered, "[Ann: 👍]"."""
    name = unicodedata.name(found[1], "").lower().removesuffix(" sign")
    return re.sub(r"\A(?:heavy )?(?:black |white )?", "", name)


RULES = (
    rule("emoticon", r"(?<=\bI )<3(?= )", "love", needs="<"),
    rule(
        "emoticon",
        rf"(?:(?<=^)|(?<=[\s(.,!?])) ?(?:{_EMOTICONS})(?=[\s.,;:!?)\]\"'—–-]|$)",
        "",
        needs=":;=8xX<^oO-¯\\T",
    ),
    rule("emoji", rf"(?<=\w: )([{_EMOJI}])[{_EMOJI}\U0001f3fb-\U0001f3ff]*(?=[\])]|$)", _named, needs=":"),
    rule("emoji", rf" ?[{_EMOJI}\u20e3]+", "", needs=""),
)
