"""Decisions only: packs go out of and into a Backlog as values."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrate.audio.backlog import Backlog, Refusal
from narrate.audio.packs import Failed, Lost, Pack
from voices import Line


def make_line(id: str, n_chars: int = 10) -> Line:
    return Line(id=id, text="x" * n_chars, speaker="s")


def filled(n_lines: int, n_chars: int = 10, max_lines: int = 24) -> Backlog:
    backlog = Backlog(lambda voice_id: max_lines)
    backlog.add(("v", make_line(f"{n:04}", n_chars)) for n in range(n_lines))
    return backlog


def drain(backlog: Backlog, n_slots: int = 1) -> list[Pack]:
    """Take packs until none waits; all land."""
    packs = []
    while pack := backlog.next_pack(n_slots):
        backlog.landed(pack.id, {})
        packs.append(pack)
    return packs


def play(backlog: Backlog, outcome: Callable[[Pack], Failed | Lost | None]) -> tuple[list[str], list[Refusal], int]:
    """Run to the end: (ids that were spoken, refusals, packs handed out). None from `outcome` is a landing."""
    spoken: list[str] = []
    refusals: list[Refusal] = []
    n_packs = 0
    while pack := backlog.next_pack(1):
        n_packs += 1
        assert n_packs < 1000
        ended = outcome(pack)
        if ended is None:
            backlog.landed(pack.id, {})
            spoken += [line.id for line in pack.lines]
        else:
            refusals += backlog.retry(ended)
    return spoken, refusals, n_packs


@given(sizes=st.lists(st.integers(1, 300), max_size=200), n_slots=st.integers(1, 16), max_lines=st.integers(8, 48))
def test_every_line_is_handed_out_once_in_packs_of_bounded_size(sizes: list[int], n_slots: int, max_lines: int) -> None:
    backlog = Backlog(lambda voice_id: max_lines)
    backlog.add(("v", make_line(str(n), size)) for n, size in enumerate(sizes))
    assert backlog.n_chars == sum(sizes)
    packs = drain(backlog, n_slots)
    assert sorted(line.id for pack in packs for line in pack.lines) == sorted(str(n) for n in range(len(sizes)))
    assert all(1 <= len(pack.lines) <= max_lines for pack in packs)
    assert backlog.n_chars == backlog.n_flying == 0
    assert len({pack.id for pack in packs}) == len(packs)


def test_the_longest_lines_go_first_and_the_last_packs_are_small() -> None:
    backlog = Backlog()
    backlog.add(("v", make_line(f"{n:03}", 1 + n % 250)) for n in range(300))
    packs = drain(backlog, n_slots=2)
    lengths = [len(line.text) for pack in packs for line in pack.lines]
    assert lengths == sorted(lengths, reverse=True)
    weight = [sum(len(line.text) for line in pack.lines) for pack in packs]
    assert max(weight[-2:]) < sum(weight) / 50


def test_each_voice_has_packs_of_the_size_it_likes() -> None:
    backlog = Backlog(lambda voice_id: {"gpu": 300, "cpu": 10}[voice_id])
    backlog.add((voice_id, make_line(f"{voice_id}{n}")) for voice_id in ("gpu", "cpu") for n in range(1000))
    packs = drain(backlog)
    for voice_id, most in (("gpu", 300), ("cpu", 10)):
        assert max(len(pack.lines) for pack in packs if pack.voice_id == voice_id) == most


def test_a_pack_has_one_voice_and_an_earlier_script_goes_first() -> None:
    backlog = Backlog()
    backlog.add([("rms", make_line("a1")), ("slt", make_line("a2"))])
    backlog.add([("rms", make_line(f"b{n}")) for n in range(30)])
    packs = drain(backlog)
    assert {line.id for line in packs[0].lines} >= {"a1"}
    assert (packs[1].voice_id, [line.id for line in packs[1].lines]) == ("slt", ["a2"])


def test_a_lost_pack_is_tried_twice_more_as_it_is() -> None:
    losses = iter([True, True, False])
    spoken, refusals, n_packs = play(filled(8), lambda p: Lost(pack_id=p.id, why="") if next(losses) else None)
    assert (len(spoken), refusals, n_packs) == (8, [], 3)


def test_the_line_that_kills_its_speaker_is_found_and_the_others_are_spoken() -> None:
    def deadly(pack: Pack) -> Lost | None:
        return Lost(pack_id=pack.id, why="killed") if any(line.id == "0013" for line in pack.lines) else None

    spoken, refusals, _ = play(filled(24), deadly)
    assert [(refusal.line.id, refusal.why) for refusal in refusals] == [("0013", "killed")]
    assert sorted(spoken) == [f"{n:04}" for n in range(24) if n != 13]


@pytest.mark.parametrize(("retryable", "n_tries"), [(True, 3), (False, 1)])
def test_a_line_the_engine_names_is_refused_alone(retryable: bool, n_tries: int) -> None:
    n_seen = 0

    def refuse(pack: Pack) -> Failed | None:
        nonlocal n_seen
        if not any(line.id == "0003" for line in pack.lines):
            return None
        n_seen += 1
        return Failed(pack_id=pack.id, why="no", retryable=retryable, line_id="0003")

    spoken, refusals, _ = play(filled(8), refuse)
    assert ([r.line.id for r in refusals], len(spoken), n_seen) == (["0003"], 7, n_tries)


def test_a_pack_that_fails_for_good_without_a_name_is_halved_at_once() -> None:
    def fail(pack: Pack) -> Failed:
        return Failed(pack_id=pack.id, why="no voice", retryable=False)

    spoken, refusals, n_packs = play(filled(8), fail)
    assert (spoken, len(refusals), n_packs) == ([], 8, 15)


def test_a_wrong_sound_is_asked_for_again_alone_and_refused_in_the_end() -> None:
    backlog = filled(8)
    pack = backlog.next_pack(1)
    assert pack is not None
    assert backlog.landed(pack.id, {"0002": "silence"}) == ()
    for _ in range(2):
        again = backlog.next_pack(1)
        assert again is not None
        assert [line.id for line in again.lines] == ["0002"]
        refusals = backlog.landed(again.id, {"0002": "silence"})
    assert [(r.line.id, r.why) for r in refusals] == [("0002", "silence")]
    assert "0002" not in backlog


def test_what_nobody_wants_any_more_is_dropped_but_for_what_flies() -> None:
    backlog = filled(40)
    flying = backlog.next_pack(1)
    assert flying is not None
    backlog.keep(lambda line_id: line_id == "0039")
    assert [line.id for pack in drain(backlog) for line in pack.lines] == ["0039"]
    assert flying.lines[0].id in backlog
    assert "0038" not in backlog


def test_what_is_put_first_is_spoken_first_and_what_is_added_later_comes_last() -> None:
    backlog = Backlog(lambda voice_id: 8)
    for name in "abc":
        backlog.add(("v", make_line(f"{name}{n}")) for n in range(8))
    backlog.reorder(lambda line_id: "cab".index(line_id[0]))
    backlog.add(("v", make_line(f"d{n}")) for n in range(8))
    assert [pack.lines[0].id[0] for pack in drain(backlog)] == list("cabd")


@given(places=st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 9), min_size=8))
def test_a_new_order_loses_no_line(places: dict[str, int]) -> None:
    backlog = Backlog(lambda voice_id: 1)
    for voice_id in "vw":
        backlog.add((voice_id, make_line(name + voice_id)) for name in places)
    backlog.reorder(lambda line_id: places[line_id[0]])
    packs = drain(backlog)
    spoken = [line.id for pack in packs for line in pack.lines]
    assert sorted(spoken) == sorted(name + voice_id for name in places for voice_id in "vw")
    for voice_id in "vw":
        ranks = [places[line_id[0]] for line_id in spoken if line_id[1] == voice_id]
        assert ranks == sorted(ranks)


def test_a_pack_that_was_lost_with_its_machine_is_tried_again_for_ever_and_never_halved() -> None:
    backlog = filled(8)
    sizes = set()
    for _ in range(50):
        pack = backlog.next_pack(1)
        assert pack
        sizes.add(len(pack.lines))
        assert backlog.retry(Lost(pack_id=pack.id, why="the machine is gone", counts=False)) == ()
    assert sizes == {8}
    assert len(drain(backlog)) == 1
