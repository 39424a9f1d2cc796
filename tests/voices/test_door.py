"""The door of the library: what it lists is there, and opening it loads no engine."""

import subprocess
import sys

import voices


def test_the_door_lists_exactly_what_it_offers() -> None:
    public = {name for name, thing in vars(voices).items() if not name.startswith("_") and not _is_module(thing)}
    assert sorted(public) == sorted(voices.__all__)


def _is_module(thing: object) -> bool:
    return type(thing).__name__ == "module"


def test_asking_about_every_voice_loads_no_engine_library() -> None:
    script = (
        "import voices\n"
        "for voice in voices.catalogue():\n"
        "    if voices.why_unavailable(voice) is None: voices.fingerprint(voice)\n"
        "loaded = open('/proc/self/maps').read()\n"
        "assert 'libflite' not in loaded and 'libespeak' not in loaded, loaded\n"
        "import sys\n"
        "assert not {'torch', 'TTS', 'kokoro', 'narrate', 'bs4', 'sqlalchemy'} & sys.modules.keys()\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
