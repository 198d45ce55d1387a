"""Whether calling a layer computes exactly what its class defines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from timm.layers import DropPath, Mlp
from torch import nn
from torch.nn.modules import module as nn_module

from cyclemlp.ops.layout import is_dense, is_strided


def are_untouched(*layers: nn.Module) -> bool:
    """Return whether calling these layers has no side effects.

    They must have no hooks, no global hooks may exist, and ``forward`` must not be replaced, as
    offloading does.
    """
    return not nn_module._has_any_global_hook() and not any(
        layer._forward_hooks
        or layer._forward_pre_hooks
        or layer._backward_hooks
        or layer._backward_pre_hooks
        or "forward" in layer.__dict__
        for layer in layers
    )


def have_types(layers: Sequence[nn.Module], *types: type[nn.Module]) -> bool:
    """Return whether layers have exactly these types: a subclass may compute another function."""
    return [type(layer) for layer in layers] == list(types)


def does_nothing(layer: nn.Module) -> bool:
    """Return whether a layer returns its input, as dropout in inference does."""
    if isinstance(layer, nn.Dropout | DropPath):
        probability = layer.p if isinstance(layer, nn.Dropout) else layer.drop_prob
        off = not layer.training or not probability
        return off and type(layer) in (nn.Dropout, DropPath) and are_untouched(layer)
    return type(layer) is nn.Identity and are_untouched(layer)


def is_plain_mlp(mlp: nn.Module, x: torch.Tensor, columns: int) -> bool:
    """Return whether a module computes exactly ``fc2(GELU(fc1(x)))``, with biases.

    Args:
        mlp: the module.
        x: `(..., C)`; the parameters must have its dtype and device.
        columns: number of output channels.
    """
    return (
        type(mlp) is Mlp
        and have_types([mlp.fc1, mlp.act, mlp.fc2], nn.Linear, nn.GELU, nn.Linear)
        and mlp.act.approximate == "none"
        and mlp.fc1.bias is not None
        and mlp.fc2.bias is not None
        and suit(x, mlp.fc1, mlp.fc2)
        and has_shape(mlp.fc1, len(mlp.fc1.bias), x.shape[-1])
        and has_shape(mlp.fc2, columns, len(mlp.fc1.bias))
        and all(map(does_nothing, (mlp.drop1, mlp.norm, mlp.drop2)))
        and are_untouched(mlp, mlp.fc1, mlp.act, mlp.fc2)
    )


def is_plain_norm(norm: nn.Module, x: torch.Tensor) -> bool:
    """Return whether a module is a layer norm over channels in the dtype of x."""
    return (
        type(norm) is nn.LayerNorm
        and norm.normalized_shape == (x.shape[-1],)
        and are_untouched(norm)
        and suit(x, norm)
        and all(p.dtype == x.dtype and p.ndim == 1 for p in norm.parameters())
    )


def suit(x: torch.Tensor, *layers: nn.Module) -> bool:
    """Return whether x and all parameters are ordinary tensors of one device and dtype.

    Under autocast any dtype is accepted, because autocast casts them.
    """
    cast = torch.is_autocast_enabled("cpu")
    # compilers cannot read the negation bit, so the registered kernels resolve it
    is_ordinary = is_strided if torch.compiler.is_compiling() else is_dense
    return is_ordinary(x) and all(
        is_ordinary(p) and p.device == x.device and (cast or p.dtype == x.dtype)
        for layer in layers
        for p in layer.parameters(recurse=False)
    )


def has_shape(layer: Any, columns: int, channels: int) -> bool:
    """Return whether a linear layer maps `channels` to `columns`."""
    weight, bias = layer.weight, layer.bias
    return weight.shape == (columns, channels) and (bias is None or bias.shape == (columns,))
