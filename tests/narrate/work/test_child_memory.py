"""A child process has so much memory and no more; it ends alone, and the reason is told."""

from __future__ import annotations

import sys
from contextlib import closing

import pytest

from narrate.audio.packs import Done, Pack
from narrate.errors import WorkerLost
from narrate.work.runners.child import Child
from narrate.work.workshop import Workshop
from voices import Line

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="RLIMIT_DATA counts memory on Linux alone"),
]

MB = 1_000_000
HELLO = Pack(id="p", voice_id="tone", lines=(Line(id="a", text="Hello.", speaker="hum"),))


def take_up(n_bytes: int) -> int:
    return len(bytearray(n_bytes))


def test_work_that_needs_more_is_told_so_and_the_next_goes_on() -> None:
    with closing(Workshop(1, 400 * MB)) as workshop:
        assert workshop.run(60, take_up, 50 * MB) == 50 * MB
        with pytest.raises(WorkerLost, match=r"more than 0\.4 GB"):
            workshop.run(60, take_up, 800 * MB)
        assert workshop.run(60, take_up, 50 * MB) == 50 * MB


def test_a_voice_that_needs_more_loses_its_pack_and_no_more() -> None:
    roomy, tight = Child(60, 2_000 * MB), Child(60, 8 * MB)
    try:
        assert isinstance(roomy.speak(HELLO), Done)
        assert not isinstance(tight.speak(HELLO), Done)
    finally:
        roomy.discard()
        tight.discard()
