"""How far each row of a batch reaches, so that what fills it up to the longest is never heard by its neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch


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

        One pass over x; the zeros are taken out of the two sums afterwards.
        """
        variance, mean = torch.var_mean(x, dim=2, correction=0, keepdim=True)
        if self.filling is None:
            return mean, variance
        share = self.counts.to(x.dtype) / self.length
        own = mean / share
        return own, (variance / share - own.square() * (1 - share)).clamp_(min=0)
