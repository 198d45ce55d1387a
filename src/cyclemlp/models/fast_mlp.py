"""The fused paths of a block's MLP; see `fast.py`."""

from __future__ import annotations

from typing import Any

import torch

from cyclemlp.models.fast_operands import are_available, mlp_operands
from cyclemlp.models.untouched import does_nothing, is_plain_mlp, is_plain_norm
from cyclemlp.ops.cpu import kernels, registered
from cyclemlp.ops.plain.feed_forward import add_feed_forward_, feed_forward, recomputing_pays
from cyclemlp.ops.precision import computing_dtype


def add_mlp(layers: Any, x: torch.Tensor) -> torch.Tensor:
    """Compute `x + drop_path2(mlp(norm2(x)))`; x may be overwritten."""
    if is_plain_mlp(layers.mlp, x, x.shape[-1]):
        fused = _train_mlp(layers, x) if torch.is_grad_enabled() else _infer_mlp(layers, x)
        if fused is not None:
            return fused
    return x + layers.drop_path2(layers.mlp(layers.norm2(x)))


def _train_mlp(layers: Any, x: torch.Tensor) -> torch.Tensor | None:
    """Compute `add_mlp` without keeping the hidden activation, or return None."""
    dtype = computing_dtype(x)
    if not recomputing_pays(x.shape, dtype):
        return None
    y = feed_forward(layers.norm2(x).to(dtype), *mlp_operands(layers.mlp, dtype))
    return x + layers.drop_path2(y)


def _infer_mlp(layers: Any, x: torch.Tensor) -> torch.Tensor | None:
    """Compute `add_mlp` some rows at a time, or return None."""
    norm, dtype = layers.norm2, computing_dtype(x)
    if not is_plain_norm(norm, x) or not does_nothing(layers.drop_path2):
        return None
    native = dtype == x.dtype and are_available(dtype)
    fc1, fc2 = mlp_operands(layers.mlp, dtype)
    if torch.compiler.is_compiling():
        return registered.add_feed_forward(x, norm, fc1, fc2) if native else None
    add_ = kernels.add_feed_forward_ if native else add_feed_forward_
    return add_(x.contiguous(), norm, fc1, fc2)
