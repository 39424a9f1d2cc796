"""Who may import whom, read from the imports themselves; the doors are true; heavy libraries stay behind theirs."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

#: A room (longest prefix wins) -> what of ours it may import besides itself. ANYTHING is for the edges, which wire.
ANYTHING = ("narrate", "voices", "feeds")
NOUNS = ("narrate.records", "narrate.errors")
RULES: dict[str, tuple[str, ...]] = {
    "narrate": (),
    "narrate.records": (),
    "narrate.errors": (),
    "voices": (),
    "feeds": (),
    "narrate.script": NOUNS,
    "narrate.sources": (*NOUNS, "narrate", "narrate.guarded"),
    "narrate.settings": NOUNS,
    "narrate.guarded": NOUNS,
    "narrate.options": (*NOUNS, "narrate.script", "narrate.settings", "voices.phones"),
    "narrate.audio": (*NOUNS, "voices"),
    "narrate.choose": NOUNS,
    "narrate.limits": NOUNS,
    "narrate.logs": (),
    "narrate.standing": (*NOUNS, "narrate.limits", "narrate.settings", "narrate.store"),
    "narrate.backfill": (*NOUNS, "narrate.choose", "narrate.settings", "narrate.sources", "narrate.store"),
    "narrate.finding": (*NOUNS, "narrate.choose", "narrate.settings", "narrate.sources", "narrate.store"),
    "narrate.channels": (*NOUNS, "narrate.choose"),
    "narrate.taste": (*NOUNS, "narrate.channels"),
    "narrate.paragraphs": (),
    "narrate.store": (*NOUNS, "narrate.choose", "narrate.channels", "narrate.paragraphs"),
    "narrate.pages": (*NOUNS, "narrate.audio.sounds", "narrate.paragraphs"),
    "narrate.proof": (*NOUNS, "narrate.pages", "narrate.script"),
    "narrate.notes": (*NOUNS, "narrate.pages", "feeds"),
    "narrate.editions": NOUNS,
    "narrate.corrections": NOUNS,
    "narrate.licences": (),
    "narrate.marks": (*NOUNS, "narrate.audio.sounds", "narrate.pages", "narrate.paragraphs", "feeds"),
    "narrate.books": (*NOUNS, "narrate.notes", "feeds"),
    "narrate.binding": ANYTHING,
    "narrate.produce": (
        *NOUNS, "narrate.audio", "narrate.corrections", "narrate.editions", "narrate.licences", "narrate.marks",
        "narrate.notes", "narrate.pages", "narrate.script", "voices", "feeds",
    ),
    "narrate.company": (*NOUNS, "narrate.audio", "narrate.settings", "voices"),
    "narrate.clarity": (*NOUNS, "narrate.audio", "narrate.company", "narrate.settings", "voices"),
    "narrate.trying": (*NOUNS, "narrate.script", "voices"),
    "narrate.pipeline": (
        *NOUNS, "narrate.audio", "narrate.company", "narrate.produce", "narrate.script", "narrate.sources", "voices",
    ),
    "narrate.items": (*NOUNS, "narrate.channels", "narrate.notes", "narrate.pages", "narrate.settings", "feeds"),
    "narrate.release": (*NOUNS, "narrate.audio", "narrate.channels", "narrate.items", "narrate.pages", "feeds"),
    "narrate.publishing": ANYTHING,
    "narrate.web": (
        *NOUNS, "narrate", "narrate.channels", "narrate.choose", "narrate.finding", "narrate.guarded", "narrate.items",
        "narrate.limits", "narrate.mail", "narrate.notify", "narrate.pages", "narrate.seals", "narrate.settings",
        "narrate.sources", "narrate.standing", "narrate.store", "narrate.subscribing", "narrate.taste", "feeds",
        "narrate.script.document", "narrate.audio.sounds", "voices.catalogue",
    ),
    "narrate.subscribing": (),
    "narrate.hubs": (*NOUNS, "narrate.guarded", "narrate.settings", "narrate.store"),
    "narrate.notify": (*NOUNS, "narrate.mail", "narrate.pages", "narrate.seals", "narrate.store"),
    "narrate.seals": (),
    "narrate.mail": (*NOUNS, "narrate.settings", "narrate.store"),
    "narrate.work.runners": (*NOUNS, "narrate.audio.packs", "voices"),
    "narrate.work": ANYTHING,
    "narrate.home": ANYTHING,
    "narrate.backup": (*NOUNS, "narrate", "narrate.settings", "narrate.store"),
    "narrate.cleaning": ANYTHING,
    "narrate.checkup": ANYTHING,
    "narrate.bench": ANYTHING,
    "narrate.bench_script": ANYTHING,
    "narrate.samples": ANYTHING,
    "narrate.cli": ANYTHING,
    "narrate.__main__": ANYTHING,
}  # fmt: skip

#: Rooms that are the same answer for the same arguments: no files, clocks, network, environment or randomness.
PURE = (
    "voices/batching.py", "voices/neural/reading.py", "voices/neural/tokens.py", "voices/neural/espeak_ipa.py",
    "voices/neural/kokoro/phonemes.py", "voices/neural/kokoro/speakers.py",
    "narrate/script", "narrate/proof", "narrate/audio/assemble.py", "narrate/audio/master.py",
    "narrate/audio/timing.py", "narrate/audio/cast.py", "narrate/records.py", "narrate/choose.py", "narrate/notes.py",
    "narrate/editions.py", "narrate/corrections.py", "narrate/marks.py", "narrate/books.py", "narrate/licences.py",
    "narrate/channels.py", "narrate/paragraphs.py",
    "narrate/items.py",
    "narrate/limits.py", "narrate/taste.py", "narrate/subscribing.py", "narrate/store/words.py", "feeds/rss.py",
    "feeds/opml.py", "feeds/chapters.py", "feeds/transcripts.py", "feeds/id3.py", "feeds/item_extras.py",
    "voices/waveform.py",
)  # fmt: skip
IMPURE = {"os", "time", "random", "socket", "subprocess", "httpx", "sqlalchemy", "secrets", "tempfile", "obstore"}


def files() -> Iterator[tuple[str, Path]]:
    """(module name, file) of everything we ship."""
    for package in ANYTHING:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in path.parts:
                name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
                yield name.removesuffix(".__init__"), path


def imports(path: Path) -> Iterator[str]:
    """Every module (or module.name) a file imports, type checking included."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room_of(module: str) -> str:
    return max((room for room in RULES if module == room or module.startswith(f"{room}.")), key=len)


def allowed(importer: str, imported: str) -> bool:
    room = room_of(importer)
    for prefix in (room, *RULES[room]):
        if prefix == "narrate" and "narrate" in RULES[room] and RULES[room] is not ANYTHING:
            if imported in ("narrate.__version__", "narrate.pages"):
                return True
        elif imported == prefix or imported.startswith(f"{prefix}."):
            return True
    return False


MODULES = list(files())


@pytest.mark.parametrize(("module", "path"), MODULES, ids=[m for m, _ in MODULES])
def test_a_room_imports_only_what_its_rule_allows(module: str, path: Path) -> None:
    ours = [name for name in imports(path) if name.partition(".")[0] in ANYTHING]
    assert [name for name in ours if not allowed(module, name)] == []


@pytest.mark.parametrize("place", PURE)
def test_pure_rooms_touch_nothing_outside(place: str) -> None:
    paths = [ROOT / place] if place.endswith(".py") else sorted((ROOT / place).rglob("*.py"))
    assert paths
    for path in paths:
        assert {name.partition(".")[0] for name in imports(path)} & IMPURE == set(), path


@pytest.mark.parametrize("door", ["voices", "feeds", "narrate.store", "narrate.sources", "narrate.script"])
def test_a_door_lists_exactly_what_it_offers(door: str) -> None:
    module = importlib.import_module(door)
    assert sorted(module.__all__) == sorted(set(module.__all__))
    for name in module.__all__:
        assert hasattr(module, name), name


@pytest.mark.parametrize(
    ("module", "kept_out"),
    [
        ("narrate.web.app", ["torch", "TTS", "kokoro", "ray", "narrate.audio.perform", "narrate.pipeline"]),
        ("narrate.cli", ["torch", "ray", "numpy", "bs4", "sqlalchemy", "fastapi", "httpx", "PIL"]),
        ("voices.worker", ["torch", "narrate", "bs4", "sqlalchemy", "fastapi", "feeds"]),
        ("voices", ["torch", "TTS", "kokoro"]),
    ],
)
def test_importing_a_room_leaves_heavy_things_alone(module: str, kept_out: list[str]) -> None:
    code = f"import sys, {module}; print(*[m for m in {kept_out!r} if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == []


def test_no_module_is_named_like_one_of_pythons_own() -> None:
    names = {path.stem for _, path in MODULES} - {"__init__", "__main__"}
    assert len(names) > 50
    assert names & sys.stdlib_module_names == set()
