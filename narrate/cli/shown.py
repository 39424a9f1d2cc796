"""Script -> lines for a terminal: what is said, or what is written against what is said.

Colour is only where there is a terminal; elsewhere the marks of wdiff, `[-written-]{+said+}`, with the rule in angles.
"""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from narrate.pages import byline
from narrate.proof import Passage, passages, runs
from narrate.records import Omission, Script, Utterance

_LONGEST_OMISSION = 100


def reading(script: Script) -> Iterator[Text]:
    """What is said, line by line, then what isn't and the words that no lexicon knows."""
    yield from _title(script)
    for chapter in script.chapters:
        yield Text(f"{'#' * max(chapter.level, 1)} {chapter.title}")
        yield Text()
        for u in chapter.utterances:
            yield Text(f"  [{u.role:7}] {_speaker(u)}{u.spoken}")
        yield Text()
    if script.omissions:
        yield Text("Not spoken:")
        yield from (Text(f"  {_omission(o)}") for o in script.omissions)
    yield from _unknown(script)


def differences(script: Script, *, in_colour: bool) -> Iterator[Text]:
    """The whole post as written, chapter by chapter, with every rewrite and its rule where it stands."""
    yield from _title(script)
    for passage in passages(script):
        if passage.chapter is not None:
            yield Text(f"{'#' * max(passage.chapter.level, 1)} {passage.chapter.title}", style="bold")
            yield Text()
        yield from _passage(passage, in_colour)
        yield Text()
    n = sum(len(u.rewrites) for u in script.utterances)
    yield Text(f"{n} rewrites, {len(script.omissions)} not spoken", style="dim")
    yield from _unknown(script)


def _passage(passage: Passage, in_colour: bool) -> Iterator[Text]:
    for utterance in passage.utterances:
        line = Text("  ", style="italic" if utterance.role == "aside" else "")
        line.append(_speaker(utterance), style="bold")
        for run in runs(utterance):
            if not run.rule:
                line.append(run.after)
            elif in_colour:
                line.append(run.before, style="red strike")
                line.append(f" {run.after}" if run.after.strip() else "", style="green")
                line.append(f" ‹{run.rule}›", style="dim cyan")
            else:
                line.append(f"[-{run.before}-]{{+{run.after}+}}<{run.rule}>")
        yield line
    for omission in passage.omissions:
        yield Text(f"  {'▏' if in_colour else '- '}not spoken: {_omission(omission)}", style="yellow")


def _title(script: Script) -> Iterator[Text]:
    yield Text(f"{script.title}, by {byline(script.authors)}", style="bold")
    yield Text()


def _unknown(script: Script) -> Iterator[Text]:
    if script.unknown_words:
        yield Text()
        yield Text("In no lexicon, so a voice guesses:")
        yield Text(f"  {', '.join(script.unknown_words)}")


def _speaker(utterance: Utterance) -> str:
    return f"{utterance.speaker}: " if utterance.speaker else ""


def _omission(omission: Omission) -> str:
    text = " ".join(omission.text.split())[:_LONGEST_OMISSION]
    where = f" ({omission.href})" if omission.href and not text else ""
    return f"{omission.what}: {omission.why}{f': {text}' if text else ''}{where}"
