"""Written text -> Reading: the ordered rules applied once each, every change kept with its place, rule and words.

    view (characters normalised) -> claims (rule by rule, on text no earlier rule has claimed) -> rewrites + spoken

The invariant everything downstream trusts: `rewrites` applied to `written` give `spoken`, white space aside.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from narrate.records import Rewrite
from narrate.script.spoken.rule import GAP, Rule
from narrate.script.spoken.view import Change, View, look


@dataclass(frozen=True, slots=True)
class Reading:
    """`spoken` holds only letters, spaces and , . ; : ? ! ' " - – — … ( )."""

    spoken: str
    rewrites: tuple[Rewrite, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """`after` is said for characters start:end of a view."""

    start: int
    end: int
    rule: str
    after: str
    glue: bool = False


def read_by(rules: Sequence[Rule], written: str, fixed: Sequence[Rewrite] = ()) -> Reading:
    """`written` by `rules`, in their order; `fixed` spans are said as the caller decided and stop every rule."""
    view = look(written, fixed)
    claims = sorted(_claims(rules, view.text), key=lambda claim: (claim.start, claim.end))
    rewrites = _rewrites(written, view, _spaced(view, claims))
    return Reading(_apply(written, rewrites), rewrites)


def _claims(rules: Sequence[Rule], text: str) -> list[Claim]:
    """Every rule's claims. A claimed stretch is masked before the next rule looks."""
    claims: list[Claim] = []
    chars = set(text)
    has_digit = any(char.isdecimal() for char in chars)
    for rule in rules:
        if (rule.needs_digit and not has_digit) or (rule.needs and rule.needs.isdisjoint(chars)):
            continue
        first = len(claims)
        for found in rule.pattern.finditer(text):
            after = rule.say(found)
            if after is None:
                continue
            said = (after,) * len(rule.groups) if isinstance(after, str) else after
            for group, words in zip(rule.groups, said, strict=True):
                start, end = found.span(group)
                if start < end and GAP not in text[start:end]:
                    claims.append(Claim(start, end, rule.name, words, rule.glue))
        if len(claims) > first:
            text = _masked(text, claims[first:])
    return claims


def _masked(text: str, claims: Iterable[Claim]) -> str:
    """`text` with each claim's characters replaced by as many GAPs: offsets stay valid."""
    parts: list[str] = []
    at = 0
    for claim in claims:
        parts += (text[at : claim.start], GAP * (claim.end - claim.start))
        at = claim.end
    parts.append(text[at:])
    return "".join(parts)


#: A word said right after one of these needs a space.
_JOINS = frozenset(")]%")


def _spaced(view: View, claims: Sequence[Claim]) -> list[Claim]:
    """The claims with a space added where words would run into each other: "3x" -> "three" + " times"."""
    text = view.text
    gaps = [i for i, char in enumerate(text) if char == GAP] if view.fixed else []
    fixed = {i: span.after for i, span in zip(gaps, view.fixed, strict=True)}
    out: list[Claim] = []
    last, at = "", 0  # the last character said, and the end of the last claim
    is_word = False  # whether the last claim that said anything may need a space after it
    for i, claim in enumerate(claims):
        if claim.start > at:
            last = fixed.get(claim.start - 1, text[claim.start - 1])[-1:]
            is_word = False
        after = claim.after
        if after and not claim.glue and (last.isalnum() or last in _JOINS) and after[0].isalnum():
            after = " " + after
        last, at = after[-1:] or last, claim.end
        is_word = not claim.glue if after else is_word
        ends_run = i + 1 == len(claims) or claims[i + 1].start > at
        following = fixed.get(at, text[at : at + 1])[:1]
        if ends_run and is_word and last.isalnum() and (following.isalnum() or following == "("):
            after += " "
        out.append(Claim(claim.start, claim.end, claim.rule, after, claim.glue))
    return out


def _rewrites(written: str, view: View, claims: Sequence[Claim]) -> tuple[Rewrite, ...]:
    """Claims in the written text's own offsets, merged with the caller's spans and the normalised characters."""
    starts, ends = view.starts, view.ends
    if starts is None or ends is None:
        return tuple(
            Rewrite(start=c.start, end=c.end, rule=c.rule, before=written[c.start : c.end], after=c.after)
            for c in claims
        )
    taken = [
        Rewrite(
            start=(start := starts[c.start]),
            end=(end := ends[c.end - 1]),
            rule=c.rule,
            before=written[start:end],
            after=c.after,
        )
        for c in claims
    ]
    merged = sorted((*taken, *view.fixed), key=lambda r: (r.start, r.end))
    return tuple(_with_changes(written, merged, view.changes))


def _with_changes(written: str, rewrites: Sequence[Rewrite], changes: Sequence[Change]) -> list[Rewrite]:
    """`rewrites` with a one-character rewrite for every change that no rewrite covers."""
    out: list[Rewrite] = []
    i = 0
    for change in changes:
        while i < len(rewrites) and rewrites[i].end <= change.start:
            out.append(rewrites[i])
            i += 1
        if i < len(rewrites) and rewrites[i].start < change.end:
            continue
        before = written[change.start : change.end]
        name = "character" if change.text else "invisible character"
        out.append(Rewrite(start=change.start, end=change.end, rule=name, before=before, after=change.text))
    out.extend(rewrites[i:])
    return out


def _apply(written: str, rewrites: Iterable[Rewrite]) -> str:
    """The definition of `spoken`."""
    parts: list[str] = []
    at = 0
    for rewrite in rewrites:
        parts += (written[at : rewrite.start], rewrite.after)
        at = rewrite.end
    parts.append(written[at:])
    return " ".join("".join(parts).split())
