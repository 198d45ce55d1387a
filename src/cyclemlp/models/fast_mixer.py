"""The fused paths of a mixer; see `fast.py`."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from cyclemlp.models.fast_operands import are_available, mlp_operands, operands
from cyclemlp.models.layers import CycleFC, branch_weights
from cyclemlp.models.untouched import (
    are_untouched,
    has_shape,
    have_types,
    is_plain_mlp,
    suit,
)
from cyclemlp.ops.cpu import kernels, registered
from cyclemlp.ops.plain.mixing import branch_means, mix
from cyclemlp.ops.precision import computing_dtype


def run_kernels(
    layers: Any, x: torch.Tensor, norm: Any = None, residual: torch.Tensor | None = None
) -> torch.Tensor:
    """Compute the mixer, or `residual + mixer(norm(x))`, by the kernels in `cyclemlp.ops.cpu`."""
    dtype = computing_dtype(x)
    parameters, x = mixer_operands(layers, dtype, norm, residual), x.to(dtype)
    folded = kernels.folding_pays(x, layers.reweight is not None, layers.stepsize)
    run = registered.mixer if torch.compiler.is_compiling() else kernels.mixer
    return run(x, parameters, folded)


def mixer_operands(
    layers: Any, dtype: torch.dtype, norm: Any, residual: torch.Tensor | None
) -> kernels.MixerLayers:
    """Return the operands of the mixer's kernel in a dtype."""
    reweight = layers.reweight
    return kernels.MixerLayers(
        width=operands(layers.width, dtype),
        height=operands(layers.height, dtype),
        channel=layers.channel.weight.to(dtype),
        reweight=reweight and mlp_operands(reweight, dtype),
        proj=operands(layers.proj, dtype),
        stepsize=layers.stepsize,
        phase=layers.phase,
        norm=norm,
        residual=residual,
    )


def one_product(layers: Any, x: torch.Tensor) -> torch.Tensor:
    """Compute the mixer by one gathered operand, see `cyclemlp.ops.plain.mixing`."""
    dtype, scale = computing_dtype(x), None
    width, height = operands(layers.width, dtype), operands(layers.height, dtype)
    channel = layers.channel.weight.to(dtype)
    x = x.to(dtype)
    if layers.reweight is not None:
        x, moved, mean = branch_means(x, layers.stepsize, layers.phase)
        mean = F.linear(moved[0], *width) + F.linear(moved[1], *height) + mean @ channel.T
        scale = branch_weights(layers.reweight(mean)).transpose(0, 1).to(dtype)  # (B, 3, C)
    branches, proj = (width, height, channel), operands(layers.proj, dtype)
    return mix(x, branches, scale, proj, layers.stepsize, layers.phase)


def is_plain_mixer(layers: Any, x: torch.Tensor) -> bool:
    """Return whether branches and projection are the layers that `CycleMixer` creates."""
    parts = (layers.width, layers.height, layers.channel, layers.proj)
    return (
        have_types(parts, CycleFC, CycleFC, nn.Linear, nn.Linear)
        and (layers.width.stepsize, layers.width.phase) == ((1, layers.stepsize), layers.phase)
        and (layers.height.stepsize, layers.height.phase) == ((layers.stepsize, 1), layers.phase)
        and are_untouched(*parts)
        and suit(x, *parts)
        and all(has_shape(part, x.shape[3], x.shape[3]) for part in parts)
    )


def has_kernels(layers: Any, x: torch.Tensor) -> bool:
    """Return whether there are kernels for this mixer."""
    plain = layers.reweight is None or is_plain_mlp(layers.reweight, x, 3 * x.shape[3])
    return plain and are_available(computing_dtype(x), layers.stepsize)
