"""What goes to a runner and what comes back. A voice engine speaks; a runner runs engines somewhere.

Both runners (local children, a cluster) fit `Runner`; one contract test suite covers them. Nobody else imports either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from voices.engine import Line, Spoken


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """Lines for one engine at one go. `voice_id` is the catalogue's."""

    id: str
    voice_id: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Done:
    """Every line of the pack, spoken."""

    pack_id: str
    spoken: tuple[Spoken, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The engine refused a line or broke, and said why. `line_id` names the line where it is known."""

    pack_id: str
    why: str
    retryable: bool
    line_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """Whoever held the pack is gone (killed, crashed, out of time): try it elsewhere.

    `counts` is False when it can't have been the pack's doing: its machine went, or the way to it.
    """

    pack_id: str
    why: str
    counts: bool = True


Outcome = Done | Failed | Lost


class Runner(Protocol):
    """Where packs are spoken. Four calls; used from one thread."""

    def free_slots(self) -> int:
        """How many packs would start at once if submitted now."""
        ...

    def submit(self, pack: Pack) -> None:
        """Hand over a pack. Only while free_slots() is above zero."""
        ...

    def wait(self, timeout_s: float) -> Sequence[Outcome]:
        """What has ended since the last call, waiting up to timeout_s for the first. Empty when nothing did."""
        ...

    def close(self) -> None:
        """Stop everything. Packs in flight are dropped. Safe to call twice."""
        ...
