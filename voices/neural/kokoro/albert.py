"""The reader of phonemes: ALBERT (Lan et al. 2020), one layer run many times. Names as in Kokoro's checkpoint."""

from __future__ import annotations

from typing import Any

from torch import arange, nn
from torch.nn.functional import gelu, scaled_dot_product_attention

from voices.neural.kokoro.config import BertSizes
from voices.neural.kokoro.extent import Extent

_EPSILON = 1e-12


class Albert(nn.Module):  # type: ignore[misc]  # torch is untyped here
    """Token ids -> what they mean where they stand."""

    def __init__(self, n_token: int, sizes: BertSizes) -> None:
        super().__init__()
        wide, narrow = sizes.hidden_size, sizes.embedding_size
        self.embeddings = nn.ModuleDict({
            "word_embeddings": nn.Embedding(n_token, narrow),
            "position_embeddings": nn.Embedding(sizes.max_position_embeddings, narrow),
            "token_type_embeddings": nn.Embedding(2, narrow),
            "LayerNorm": nn.LayerNorm(narrow, eps=_EPSILON),
        })  # fmt: skip
        layer = nn.ModuleDict({
            "attention": _Attention(wide, sizes.num_attention_heads),
            "ffn": nn.Linear(wide, sizes.intermediate_size),
            "ffn_output": nn.Linear(sizes.intermediate_size, wide),
            "full_layer_layer_norm": nn.LayerNorm(wide, eps=_EPSILON),
        })  # fmt: skip
        self.encoder = nn.ModuleDict({
            "embedding_hidden_mapping_in": nn.Linear(narrow, wide),
            "albert_layer_groups": nn.ModuleList([nn.ModuleDict({"albert_layers": nn.ModuleList([layer])})]),
        })  # fmt: skip
        self._n_layers = sizes.num_hidden_layers

    def forward(self, tokens: Any, extent: Extent) -> Any:
        """(rows, n_tokens) -> (rows, n_tokens, hidden_size). What fills a row up is looked at by none of its tokens."""
        parts = self.embeddings
        positions = parts["position_embeddings"](arange(tokens.shape[1], device=tokens.device))
        x = parts["word_embeddings"](tokens) + positions + parts["token_type_embeddings"].weight[0]
        x = self.encoder["embedding_hidden_mapping_in"](parts["LayerNorm"](x))
        layer = self.encoder["albert_layer_groups"][0]["albert_layers"][0]
        seen = None if extent.filling is None else ~extent.filling[:, None]
        for _ in range(self._n_layers):
            x = layer["attention"](x, seen)
            x = layer["full_layer_layer_norm"](x + layer["ffn_output"](gelu(layer["ffn"](x), approximate="tanh")))
        return x


class _Attention(nn.Module):  # type: ignore[misc]
    def __init__(self, wide: int, n_heads: int) -> None:
        super().__init__()
        self.query, self.key, self.value, self.dense = (nn.Linear(wide, wide) for _ in range(4))
        self.LayerNorm = nn.LayerNorm(wide, eps=_EPSILON)
        self._n_heads = n_heads

    def forward(self, x: Any, seen: Any) -> Any:
        query, key, value = (
            part(x).unflatten(2, (self._n_heads, -1)).transpose(1, 2) for part in (self.query, self.key, self.value)
        )
        heard = scaled_dot_product_attention(query, key, value, attn_mask=seen).transpose(1, 2).flatten(2)
        return self.LayerNorm(x + self.dense(heard))
