"""`python -m voices.bare VOICE_ID`: a JSON list of lines on stdin -> the seconds of speech they make, on stdout.

The engine alone, nothing kept: what benchmarks hold everything else against.
"""

from __future__ import annotations

import json
import sys

import voices


def main() -> None:
    voice = voices.find(sys.argv[1])
    engine = voices.load(voice)
    lines = [voices.Line(id=str(n), text=text, speaker=voice.speaker) for n, text in enumerate(json.load(sys.stdin))]
    print(sum(spoken.sound.duration_s for spoken in engine.speak(lines)))


if __name__ == "__main__":
    main()
