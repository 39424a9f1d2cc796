"""`make samples`: every voice that can speak here says the same lines, as a page to listen to in ./voice-samples."""

from __future__ import annotations

import sys
from html import escape
from pathlib import Path

import voices
from narrate.audio.sample import write_wav
from narrate.company import tell_voices
from narrate.options import read_options
from narrate.script import ScriptOptions
from narrate.settings import read_settings
from narrate.trying import read_text, speak
from voices import Voice

FOLDER = Path("voice-samples")
#: As written: what a listener should judge a voice by, plain prose first.
LINES = (
    "It isn't that the map is wrong. It is that we forgot who drew it, and for whom.",
    "In 2019, about 37% of the 1,204 people we asked said they would rather not know.",
    "“You can't mean that,” she said. Did he? He wasn't sure; nobody had asked him before.",
    "Bayes' theorem says that P(A|B) = P(B|A)P(A)/P(B), and Löb's says something stranger.",
)
_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Voices</title>
<style>body {{ max-width: 44rem; margin: 2rem auto; padding: 0 1rem; font: 1.1rem/1.6 Georgia, serif; }}
audio {{ width: 100%; }} h2 {{ margin-top: 3rem; }} p {{ margin-bottom: .3rem; }}</style>
<h1>Voices that can speak here</h1>
{voices}
"""


def main() -> int:
    """Write the page and say where it lies."""
    settings = read_settings()
    tell_voices(settings)
    options = read_options(settings)
    ready = [voice for voice in voices.catalogue() if voice.preference > 0 and voices.why_unavailable(voice) is None]
    FOLDER.mkdir(exist_ok=True)
    page = FOLDER / "index.html"
    page.write_text(_PAGE.format(voices="\n".join(_section(voice, options) for voice in ready)), encoding="utf-8")
    print(f"\nListen: open {page.resolve().as_uri()} in a browser. {len(ready)} voices.")
    return 0


def _section(voice: Voice, options: ScriptOptions) -> str:
    """Speak a voice's samples, and its part of the page."""
    print(voice.id)
    rows = [f"<h2>{escape(voice.title)}</h2>", f"<p><code>{escape(voice.id)}</code> · {escape(voice.licence)}</p>"]
    rows.append(f"<p>{escape(voice.quality)}</p>")
    for n, line in enumerate(LINES, 1):
        file = f"{voice.id}-{n}.wav"
        write_wav(FOLDER / file, speak(read_text(line, options), voice.id))
        rows.append(f'<p>{escape(line)}</p><audio controls preload="none" src="{file}"></audio>')
    return "\n".join(rows)


if __name__ == "__main__":
    sys.exit(main())
