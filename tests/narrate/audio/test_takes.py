from __future__ import annotations

import io
import wave

import numpy as np
import obstore
import pytest
from hypothesis import given
from hypothesis import strategies as st
from obstore.exceptions import GenericError
from obstore.store import LocalStore, MemoryStore, ObjectStore

from narrate.audio.sounds import Take
from narrate.audio.takes import Takes, TakeSize
from narrate.errors import DiskFull, StorageError, TakeMissing
from voices import WordTime

KEY = "ab" * 32


def make_take(
    pcm: list[int] | None = None, words: tuple[WordTime, ...] = (WordTime(0, 2, 1, 3),), key: str = KEY
) -> Take:
    return Take(key=key, rate_hz=16_000, pcm=np.array(pcm or [0, 1, -1, 32767, -32768], np.int16), words=words)


def content(store: ObjectStore, takes: Takes) -> bytes:
    return bytes(obstore.get(store, takes.path(KEY)).bytes())


@given(
    pcm=st.lists(st.integers(-32768, 32767), max_size=50),
    words=st.lists(st.tuples(*[st.integers(0, 10**7)] * 4), max_size=5),
    rate_hz=st.sampled_from([8_000, 16_000, 22_050, 24_000, 48_000]),
)
def test_a_take_is_read_as_it_was_written(pcm: list[int], words: list[tuple[int, ...]], rate_hz: int) -> None:
    takes = Takes(MemoryStore())
    times = tuple(WordTime(*times) for times in words)
    takes.write(Take(key=KEY, rate_hz=rate_hz, pcm=np.array(pcm, np.int16), words=times))
    take = takes.read(KEY)
    assert (take.key, take.rate_hz, take.pcm.tolist(), take.words) == (KEY, rate_hz, pcm, times)
    assert takes.size(KEY) == TakeSize(len(pcm), rate_hz)


def test_any_player_opens_a_take(any_store: ObjectStore) -> None:
    takes = Takes(any_store)
    takes.write(make_take())
    with wave.open(io.BytesIO(content(any_store, takes))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate(), file.getnframes()) == (1, 2, 16_000, 5)
        assert np.frombuffer(file.readframes(5), "<i2").tolist() == [0, 1, -1, 32767, -32768]


def test_a_take_lies_under_the_first_two_digits_of_its_key() -> None:
    assert Takes(MemoryStore(), prefix="t").path(KEY) == f"t/ab/{KEY}.wav"


def test_a_take_is_there_once_it_is_written(any_store: ObjectStore) -> None:
    takes = Takes(any_store)
    assert not takes.has(KEY)
    takes.write(make_take())
    assert takes.has(KEY)
    assert takes.n_samples(KEY) == 5
    assert takes.read_pcm(KEY).tolist() == [0, 1, -1, 32767, -32768]


def test_the_first_take_of_a_key_stays(any_store: ObjectStore) -> None:
    takes = Takes(any_store)
    takes.write(make_take([1, 2]))
    takes.write(make_take([3, 4, 5]))
    assert takes.read_pcm(KEY).tolist() == [1, 2]


def test_lengths_of_many_takes_leave_out_those_that_are_not_there(any_store: ObjectStore) -> None:
    takes = Takes(any_store)
    keys = [f"{n:064x}" for n in range(40)]
    for n, key in enumerate(keys[:30]):
        takes.write(make_take([7] * (n + 1), key=key))
    assert takes.sizes(keys) == {key: TakeSize(n + 1, 16_000) for n, key in enumerate(keys[:30])}


@pytest.mark.parametrize("n_bytes", [0, 1, 20, 43, 44, 50, 70])
def test_a_take_that_was_cut_short_is_absent_and_removed(any_store: ObjectStore, n_bytes: int) -> None:
    takes = Takes(any_store)
    takes.write(make_take())
    whole = content(any_store, takes)
    assert n_bytes < len(whole)
    obstore.put(any_store, takes.path(KEY), whole[:n_bytes])
    assert not takes.has(KEY)
    assert list(any_store.list().collect()) == []
    takes.write(make_take([9]))
    assert takes.read_pcm(KEY).tolist() == [9]


@pytest.mark.parametrize("place", [0, 9, 13, 24, 37, 41, 46, -20, -3])
def test_a_damaged_take_is_refused_and_removed(any_store: ObjectStore, place: int) -> None:
    takes = Takes(any_store)
    takes.write(make_take())
    damaged = bytearray(content(any_store, takes))
    damaged[place] ^= 0x5A
    obstore.put(any_store, takes.path(KEY), bytes(damaged))
    with pytest.raises(TakeMissing, match="spoken again"):
        takes.read(KEY)
    assert not takes.has(KEY)


def test_a_take_that_never_was_is_missing() -> None:
    with pytest.raises(TakeMissing):
        Takes(MemoryStore()).read(KEY)
    with pytest.raises(TakeMissing):
        Takes(MemoryStore()).n_samples(KEY)


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ("Generic LocalFileSystem error: Unable to copy data to file: No space left on device (os error 28)", DiskFull),
        ("Generic LocalFileSystem error: Permission denied (os error 13)", StorageError),
    ],
)
def test_what_a_store_says_becomes_one_clear_line(
    monkeypatch: pytest.MonkeyPatch, said: str, error: type[StorageError]
) -> None:
    def put(*args: object, **options: object) -> None:
        raise GenericError(f"{said}\n\nDebug source:\nGeneric {{")

    monkeypatch.setattr(obstore, "put", put)
    with pytest.raises(error) as caught:
        Takes(MemoryStore()).write(make_take())
    assert type(caught.value) is error
    assert "\n" not in str(caught.value)


def test_an_unwritable_folder_is_a_storage_error(tmp_path: object) -> None:
    store = LocalStore(str(tmp_path))
    obstore.put(store, "takes", b"a file where a folder should be")
    with pytest.raises(StorageError):
        Takes(store).write(make_take())
