"""A checkpoint of Kokoro -> the network, strictly: every tensor has its place. Voice packs -> styles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch

from voices.engine import UnknownVoice, VoiceUnavailable
from voices.neural.checkpoints import fill, read_file
from voices.neural.kokoro.config import Config
from voices.neural.kokoro.network import KokoroNetwork
from voices.neural.kokoro.speakers import Blend

PARTS = ("bert", "bert_encoder", "predictor", "text_encoder", "decoder")
_PARALLEL = "module."  # how a part's names begin when it was trained on several GPUs
_UNUSED = ("bert.pooler.", "bert.embeddings.position_ids")  # ALBERT's, of no use here


def load_network(path: Path, config: Config) -> KokoroNetwork:
    """A checkpoint's network, in float64 but for its decoder. VoiceUnavailable, in one line, for a wrong file."""
    found = read_file(path)
    if not isinstance(found, Mapping) or not all(_holds_tensors(found.get(part)) for part in PARTS):
        raise VoiceUnavailable(
            f"{path.name} isn't a checkpoint of Kokoro ({', '.join(PARTS)}); install the voice again"
        )
    network = KokoroNetwork(config)
    network.double().decoder.float()
    known = network.state_dict()
    tensors = {
        name: tensor for name, tensor in known.items() if ".norm." in name
    }  # published without them: they do nothing
    tensors |= {name: tensor for part in PARTS for name, tensor in _fold(part, found[part])}
    if surplus := sorted(name for name in tensors if name not in known and not name.startswith(_UNUSED)):
        raise VoiceUnavailable(
            f"{path.name} holds {len(surplus)} tensors that its configuration has no place for, {surplus[0]} for one; "
            "model and configuration must be of one voice: install it again"
        )
    fill(network, tensors, path)
    return network


def _holds_tensors(part: Any) -> bool:
    return isinstance(part, Mapping) and all(isinstance(tensor, torch.Tensor) for tensor in part.values())


def _fold(part: str, tensors: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """A part's tensors under the network's names, plain weights in place of normed ones (Salimans and Kingma 2016)."""
    plain = {name.removeprefix(_PARALLEL): tensor for name, tensor in tensors.items()}
    for name, tensor in plain.items():
        if name.endswith(".weight_v") and (size := plain.get(name[:-1] + "g")) is not None:
            direction = tensor.double()
            length = torch.linalg.vector_norm(direction, dim=tuple(range(1, tensor.dim())), keepdim=True)
            weight = direction * (size.double() / length)
            yield f"{part}.{name[:-2]}", weight.to(tensor.dtype) if part == "decoder" else weight
        elif not name.endswith(".weight_g"):
            yield f"{part}.{name}", tensor


class Packs:
    """The voices of a folder: for each length of a line a style, (n_lengths, 2 * style_dim)."""

    def __init__(self, folder: Path, names: tuple[str, ...], config: Config) -> None:
        self._paths = {name: folder / "voices" / f"{name}.pt" for name in names}
        self._wide = 2 * config.style_dim
        self._known: dict[Blend, Any] = {}

    def style(self, blend: Blend, n_phonemes: int) -> Any:
        """float32 (2 * style_dim,) for a line of so many phonemes."""
        if blend not in self._known:
            packs = [self._read(name) * share for name, share in blend]
            n = min(len(pack) for pack in packs)
            self._known[blend] = sum(pack[:n] for pack in packs)
        pack = self._known[blend]
        return pack[min(n_phonemes, len(pack)) - 1]

    def _read(self, name: str) -> Any:
        if name not in self._paths:
            raise UnknownVoice(f"there is no voice pack {name!r}, only {', '.join(self._paths)}")
        path = self._paths[name]
        pack = read_file(path)
        if not isinstance(pack, torch.Tensor) or pack.dim() != 3 or pack.shape[1:] != (1, self._wide) or not len(pack):
            raise VoiceUnavailable(
                f"{path.name} isn't a voice pack of {self._wide} numbers a style; install the voice again"
            )
        return pack[:, 0].float()
