"""The kernels of whole layers as registered operators, for compiled code.

Eager code calls the functions directly: a call of an operator registered from Python takes tenths
of a millisecond, as long as a small layer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import torch

from cyclemlp.ops.cpu import kernels
from cyclemlp.ops.cpu.kernels import Linear, MixerLayers, MixerTensors, Norm


def mixer(x: torch.Tensor, layers: MixerLayers, folded: bool) -> torch.Tensor:
    """Compute `kernels.mixer` with a norm and with x as the residual."""
    assert layers.norm is not None
    settings = (layers.stepsize, layers.phase, layers.norm.eps, folded)
    return torch.ops.cyclemlp.mixer(x, list(layers.tensors()), *settings)


def add_feed_forward(x: torch.Tensor, norm: Norm, fc1: Linear, fc2: Linear) -> torch.Tensor:
    """Compute `kernels.add_feed_forward_` out of place."""
    tensors = [norm.weight, norm.bias, *fc1, *fc2]
    return torch.ops.cyclemlp.add_feed_forward(x, tensors, norm.eps)


def _norm(weight: torch.Tensor | None, bias: torch.Tensor | None, eps: float) -> Any:
    return SimpleNamespace(weight=weight, bias=bias, eps=eps)


@torch.library.custom_op("cyclemlp::mixer", mutates_args=(), device_types="cpu")
def _mixer(
    x: torch.Tensor,
    tensors: Sequence[torch.Tensor | None],
    stepsize: int,
    phase: str,
    eps: float,
    folded: bool,
) -> torch.Tensor:
    x, *tensors = _resolved(x, *tensors)
    t = MixerTensors(*tensors)
    layers = MixerLayers(
        width=(t.width, t.width_bias),
        height=(t.height, t.height_bias),
        channel=t.channel,
        reweight=None if t.weight1 is None else ((t.weight1, t.bias1), (t.weight2, t.bias2)),
        proj=(t.proj, t.proj_bias),
        stepsize=stepsize,
        phase=phase,
        norm=_norm(t.norm_weight, t.norm_bias, eps),
        residual=x,
    )
    return kernels.mixer(x, layers, folded)


def _resolved(*tensors: torch.Tensor | None) -> list[Any]:
    """Return the same values without torch's negation bit, which compiled code cannot check."""
    return [None if t is None else t.resolve_neg() for t in tensors]


@torch.library.custom_op("cyclemlp::add_feed_forward", mutates_args=(), device_types="cpu")
def _add_feed_forward(
    x: torch.Tensor, tensors: Sequence[torch.Tensor | None], eps: float
) -> torch.Tensor:
    x, norm_weight, norm_bias, weight1, bias1, weight2, bias2 = _resolved(x, *tensors)
    assert weight1 is not None
    assert weight2 is not None
    norm = _norm(norm_weight, norm_bias, eps)
    copy = x.clone(memory_format=torch.contiguous_format)
    return kernels.add_feed_forward_(copy, norm, (weight1, bias1), (weight2, bias2))


@_mixer.register_fake
def _(
    x: torch.Tensor,
    tensors: Sequence[torch.Tensor | None],
    stepsize: int,
    phase: str,
    eps: float,
    folded: bool,
) -> torch.Tensor:
    return x.new_empty(x.shape)


@_add_feed_forward.register_fake
def _(x: torch.Tensor, tensors: Sequence[torch.Tensor | None], eps: float) -> torch.Tensor:
    return x.new_empty(x.shape)


def _each(function: Callable[..., torch.Tensor]) -> Callable[..., Any]:
    """Return the rule of torch.func.vmap for an operator: one call for each entry of the batch."""

    def rule(info: Any, in_dims: tuple[Any, ...], *args: Any) -> tuple[torch.Tensor, int]:
        x_dim, tensor_dims, *_ = in_dims
        x, tensors, *settings = args
        results = []
        for i in range(info.batch_size):
            mine = x if x_dim is None else x.select(x_dim, i)
            others = [
                t if t is None or dim is None else t.select(dim, i)
                for t, dim in zip(tensors, tensor_dims, strict=True)
            ]
            results.append(function(mine, others, *settings))
        return torch.stack(results), 0

    return rule


_mixer.register_vmap(_each(torch.ops.cyclemlp.mixer))
_add_feed_forward.register_vmap(_each(torch.ops.cyclemlp.add_feed_forward))
