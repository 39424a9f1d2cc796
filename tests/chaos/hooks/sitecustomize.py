"""Loaded by every Python process of a chaos run: a speaking process notes each line it says in a journal.

A line whose take was finished already when it was said is the one thing that must never happen: "again". With
CHAOS_LINE_S each line takes so long, so that there is work to be killed in the middle of.
"""

import os
import sys


def _spy() -> None:
    import importlib
    import time
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from narrate.audio.takes import Takes
    from narrate.store import open_files
    from voices import Voice
    from voices.engine import Engine, Line, Spoken

    catalogue = importlib.import_module("voices.catalogue")  # as a name, `voices.catalogue` is a function
    journal = os.open(os.environ["CHAOS_JOURNAL"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    takes = Takes(open_files(os.environ.get("NARRATE_FILES_URL"), Path(os.environ["NARRATE_HOME"])))
    pause_s = float(os.environ.get("CHAOS_LINE_S", "0"))
    load = catalogue.load

    def spied(voice: Voice) -> Engine:
        engine = load(voice)
        speak = engine.speak

        def noting(lines: Sequence[Line]) -> Iterator[Spoken]:
            was_there = {line.id: takes.has(line.id) for line in lines}
            for spoken in speak(lines):
                time.sleep(pause_s)
                word = "again" if was_there[spoken.line_id] else "said"
                os.write(journal, f"{word} {spoken.line_id}\n".encode())
                yield spoken

        engine.speak = noting  # type: ignore[method-assign]
        return engine

    catalogue.load = spied


if "voices.worker" in sys.orig_argv and "CHAOS_JOURNAL" in os.environ:
    _spy()
