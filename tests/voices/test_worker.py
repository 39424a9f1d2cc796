"""The worker process: answers, noise, size, and how it ends."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from voices import Line
from voices.wire import Header, pack_frame, pack_lines, read_frame

WORKER = [sys.executable, "-m", "voices.worker"]
HUMS = tuple(Line(id=str(i), text=f"Line number {i}.", speaker="hum") for i in range(3))


@pytest.fixture
def worker() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(WORKER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        yield process
        process.kill()


def ask(worker: subprocess.Popen[bytes], request: bytes) -> list[Header]:
    """The headers that answer a request, up to the last."""
    source, sink = pipes_of(worker)
    sink.write(request)
    sink.flush()
    headers = [read_frame(source.read)[0]]
    while "spoken" in headers[-1]:
        headers.append(read_frame(source.read)[0])
    return headers


def pipes_of(worker: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    assert worker.stdout
    assert worker.stdin
    return worker.stdout, worker.stdin


def test_lines_are_answered_and_then_it_says_done(worker: subprocess.Popen[bytes]) -> None:
    answers = ask(worker, pack_lines("tone", HUMS))
    assert [answer.get("spoken") for answer in answers] == ["0", "1", "2", None]
    assert answers[-1] == {"done": 3}
    assert ask(worker, pack_lines("tone", ())) == [{"done": 0}]


def test_one_worker_speaks_with_several_engines(worker: subprocess.Popen[bytes]) -> None:
    for voice_id, speaker in (("tone", "hum"), ("flite-kal16", "kal16"), ("espeak-en-gb", "en-gb"), ("tone", "hum")):
        assert ask(worker, pack_lines(voice_id, (Line(id="a", text="Hello.", speaker=speaker),)))[-1] == {"done": 1}


@pytest.mark.parametrize(
    ("voice_id", "line", "why"),
    [
        ("nobody", HUMS[0], "there is no voice 'nobody'"),
        ("tone", Line(id="l", text="…", speaker="hum"), "line l has no letter"),
        ("tone", Line(id="l", text="x" * 301, speaker="hum"), "301 characters"),
    ],
)
def test_a_refusal_names_the_reason_and_the_next_pack_goes_well(
    worker: subprocess.Popen[bytes], voice_id: str, line: Line, why: str
) -> None:
    *spoken, failed = ask(worker, pack_lines(voice_id, (line,)))
    assert spoken == []
    assert why in failed["failed"]
    assert failed["retryable"] is False
    assert failed["line_id"] == ("l" if voice_id == "tone" else None)
    assert ask(worker, pack_lines("tone", HUMS))[-1] == {"done": 3}


def test_a_request_that_makes_no_sense_fails_alone(worker: subprocess.Popen[bytes]) -> None:
    assert "KeyError" in ask(worker, pack_frame({"nonsense": 1}))[-1]["failed"]
    assert ask(worker, pack_lines("tone", HUMS))[-1] == {"done": 3}


def test_what_a_library_prints_does_not_disturb_the_answers() -> None:
    noisy = (
        "import os, voices.engines.tone as tone\n"
        "quiet = tone.Engine.speak\n"
        "def speak(self, lines):\n"
        "    print('noise', flush=True); os.write(1, b'more noise'); os.read(0, 100)\n"
        "    return quiet(self, lines)\n"
        "tone.Engine.speak = speak\n"
        "from voices.worker import main; main()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", noisy], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert ask(process, pack_lines("tone", HUMS))[-1] == {"done": 3}
        process.kill()
        assert process.stderr
        assert b"noise\nmore noise" in process.stderr.read()


def test_it_stays_small_and_imports_no_more_than_it_needs(worker: subprocess.Popen[bytes]) -> None:
    line = Line(id="a", text="Some words of a middling length, said once.", speaker="rms")
    assert ask(worker, pack_lines("flite-rms", (line,) * 20))[-1] == {"done": 20}
    status = dict(line.split(":", 1) for line in Path(f"/proc/{worker.pid}/status").read_text().splitlines())
    assert int(status["VmRSS"].split()[0]) < 60_000  # kB
    script = "import sys, voices.worker; print(*{m.split('.')[0] for m in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert not {"narrate", "feeds", "bs4", "sqlalchemy", "httpx", "pydantic", "torch"} & set(loaded)


def test_it_ends_with_its_stdin(worker: subprocess.Popen[bytes]) -> None:
    ask(worker, pack_lines("tone", HUMS))
    pipes_of(worker)[1].close()
    assert worker.wait(30) == 0


def test_it_ends_with_its_parent_even_in_the_middle_of_a_pack(worker: subprocess.Popen[bytes]) -> None:
    source, sink = pipes_of(worker)
    line = Line(id="a", text="Some words of a middling length. " * 8, speaker="rms")
    sink.write(pack_lines("flite-rms", (line,) * 5000))
    sink.flush()
    source.read(1)
    sink.close()
    source.close()
    worker.wait(20)  # the pack would take longer


def test_it_leaves_ctrl_c_to_its_parent(worker: subprocess.Popen[bytes]) -> None:
    ask(worker, pack_lines("tone", HUMS))
    os.kill(worker.pid, signal.SIGINT)
    assert ask(worker, pack_lines("tone", HUMS))[-1] == {"done": 3}
