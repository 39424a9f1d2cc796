"""A ZIP file somewhere on the web, for sets of weights that no hub has: a source for `install`.

The archive is downloaded beside the half-made set, resumed where a line broke off, and deleted when its files are out.
There is no checksum with it: its files are proved by the catalogue, by an earlier installation, or by nothing yet.
"""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from voices.engine import WeightsRefused
from voices.weights import WeightFile, Weights

if TYPE_CHECKING:
    from voices.hub import Hub, Offered, OnBytes


class Archive:
    """A set's archive as it is offered now."""

    commit = ""

    def __init__(self, hub: Hub, weights: Weights, offered: Offered) -> None:
        self.name = weights.archive
        self.n_bytes = offered.n_bytes
        self._hub, self._offered = hub, offered
        self._path: Path | None = None

    def bring(self, file: WeightFile, path: Path, on_bytes: OnBytes) -> str:
        """The file of that name out of the archive, in whatever folder it lies there. Its checksum isn't known: ""."""
        if self._path is None:
            half = path.parents[len(PurePosixPath(file.name).parts) - 1]
            self._path = half.with_name(half.name + ".zip")
            self._hub.download(self._offered, self._path, on_bytes)
        try:
            with zipfile.ZipFile(self._path) as archive:
                inside = [name for name in archive.namelist() if f"/{name}".endswith(f"/{file.name}")]
                if len(inside) != 1:
                    raise WeightsRefused(
                        f"{self.name} holds {file.name} {len(inside)} times; it isn't the archive we know"
                    )
                with archive.open(inside[0]) as source, path.open("wb") as out:  # checks the archive's own CRC
                    shutil.copyfileobj(source, out)
        except zipfile.BadZipFile as cause:
            self._path.unlink()
            self._path = None
            raise WeightsRefused(f"{self.name} isn't a whole ZIP file ({cause}); run the same command again") from cause
        return ""

    def done(self) -> None:
        """Everything is out."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)
