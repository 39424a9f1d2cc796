"""How far each row of a batch reaches, so that what fills it up to the longest is never heard by its neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch

_NOTHING = 1e-12  # group norm wants to add something to a variance


@dataclass(frozen=True)
class Extent:
    """`lengths` of the rows, and the `length` they are filled up to: steps of time on the last axis."""

    lengths: Sequence[int]
    length: int
    device: str

    @cached_property
    def counts(self) -> Any:
        """The lengths as int64 (rows, 1, 1), on the device."""
        return torch.tensor(self.lengths, device=self.device)[:, None, None]

    @cached_property
    def filling(self) -> Any:
        """True where a row is filled up: bool (rows, 1, length). None where no row is."""
        if min(self.lengths) == self.length:
            return None
        return torch.arange(self.length, device=self.device) >= self.counts

    def clear(self, x: Any) -> Any:
        """x, of shape (rows, channels, length), with zeros for filling; in place. What stood there may be anything."""
        return x if self.filling is None else x.masked_fill_(self.filling, 0)

    def stretched(self, factor: int, more: int = 0) -> Extent:
        """The same rows at a higher rate: so many steps for one, and so many more at the end."""
        return Extent([n * factor + more for n in self.lengths], self.length * factor + more, self.device)

    def moments(self, x: Any) -> tuple[Any, Any]:
        """Mean and variance over a row's own steps, each (rows, channels, 1). x has zeros for filling.

        One pass over x, by the one function of torch that is both steady and quick on a processor (group norm with a
        channel a group); the zeros are taken out of the two sums afterwards.
        """
        rows, channels, length = x.shape
        _, mean, spread = torch.native_group_norm(
            x.contiguous(), None, None, rows, channels, length, channels, _NOTHING
        )
        mean, variance = mean[:, :, None], spread[:, :, None].pow(-2) - _NOTHING
        if self.filling is None:
            return mean, variance
        share = self.counts.to(x.dtype) / length
        own = mean / share
        return own, (variance / share - own.square() * (1 - share)).clamp_(min=0)
