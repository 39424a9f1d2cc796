"""Frames: what goes in comes out."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voices import Line, Spoken, Waveform, WordTime
from voices.wire import BadFrame, pack_frame, pack_lines, pack_spoken, read_frame, unpack_lines, unpack_spoken


@given(
    st.builds(
        Line,
        id=st.text(),
        text=st.text(),
        speaker=st.text(),
        pronunciations=st.lists(st.tuples(st.integers(0), st.integers(0), st.text())).map(tuple),
        speed=st.floats(0.25, 4),
        seed=st.integers(),
    )
)
def test_lines_travel_unchanged(line: Line) -> None:
    header, _ = read_frame(io.BytesIO(pack_lines("tone", (line, line))).read)
    assert unpack_lines(header) == ("tone", (line, line))


def test_sound_and_times_travel_unchanged() -> None:
    sound = Waveform.from_pcm16(np.array([-32768, -1, 0, 1, 32767], np.int16), 16_000)
    header, payload = read_frame(
        io.BytesIO(pack_spoken(Spoken(line_id="ü", sound=sound, words=(WordTime(0, 2, 1, 4),)))).read
    )
    arrived = unpack_spoken(header, payload)
    assert (arrived.line_id, arrived.words, arrived.sound.rate_hz) == ("ü", (WordTime(0, 2, 1, 4),), 16_000)
    assert np.array_equal(arrived.sound.samples, sound.samples)


def test_frames_follow_one_another() -> None:
    pipe = io.BytesIO(pack_frame({"a": 1}, b"xyz") + pack_frame({"b": "ü"}))
    assert read_frame(pipe.read) == ({"a": 1}, b"xyz")
    assert read_frame(pipe.read) == ({"b": "ü"}, b"")


def test_a_broken_pipe_is_an_end() -> None:
    def read(n_bytes: int) -> bytes:
        raise EOFError

    with pytest.raises(EOFError):
        read_frame(read)


@given(st.binary(max_size=60))
def test_bytes_that_are_no_frame_are_an_end_and_nothing_else(data: bytes) -> None:
    pipe = io.BytesIO(data)

    def read(n_bytes: int) -> bytes:
        if len(part := pipe.read(n_bytes)) < n_bytes:
            raise EOFError
        return part

    with pytest.raises(EOFError):
        unpack_spoken(*read_frame(read))


@pytest.mark.parametrize(
    "frame",
    [
        b"INFO: loading the model\n", pack_frame({}).replace(b"{}", b"[]"), pack_frame({}).replace(b"{}", b"{:"),
        pack_frame({"spoken": "x", "rate_hz": 16_000, "words": []}, b"odd"),
        pack_frame({"spoken": "x", "rate_hz": 16_000, "words": [["a"]]}),
        pack_frame({"spoken": "x", "words": []}),
    ],
    ids=["a library's chatter", "no object", "no JSON", "half a sample", "no word", "no rate"],
)  # fmt: skip
def test_a_malformed_frame_is_told_as_one(frame: bytes) -> None:
    with pytest.raises(BadFrame, match="no frame"):
        unpack_spoken(*read_frame(io.BytesIO(frame + bytes(2**16)).read))


def test_a_malformed_request_is_told_as_one() -> None:
    with pytest.raises(BadFrame, match="no frame"):
        unpack_lines({"voice": "tone", "lines": [["x"]]})
