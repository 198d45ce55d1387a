"""What a layer would compute if it were called: nothing but what its class says, or more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from timm.layers import DropPath, Mlp
from torch import nn
from torch.nn.modules import module as nn_module

from cyclemlp.ops.layout import is_dense, is_strided


def are_untouched(*layers: nn.Module) -> bool:
    """Return whether calling these layers would do nothing but compute.

    No hooks on them or on all modules, and no other ``forward`` in the place of theirs, as
    offloading puts there.
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
    """Return whether layers are of exactly these types: a subclass may compute something else."""
    return [type(layer) for layer in layers] == list(types)


def does_nothing(layer: nn.Module) -> bool:
    """Return whether a layer returns its input, as dropout does when it is off."""
    if isinstance(layer, nn.Dropout | DropPath):
        probability = layer.p if isinstance(layer, nn.Dropout) else layer.drop_prob
        off = not layer.training or not probability
        return off and type(layer) in (nn.Dropout, DropPath) and are_untouched(layer)
    return type(layer) is nn.Identity and are_untouched(layer)


def is_plain_mlp(mlp: nn.Module, x: torch.Tensor, columns: int) -> bool:
    """Return whether calling a module is ``fc2(GELU(fc1(x)))``, with biases, and nothing else.

    Args:
        mlp: the module.
        x: `(..., C)`, beside which its parameters have to be.
        columns: how many channels come out.
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
    """Return whether a module normalizes the channels of each position, in x's dtype."""
    return (
        type(norm) is nn.LayerNorm
        and norm.normalized_shape == (x.shape[-1],)
        and are_untouched(norm)
        and suit(x, norm)
        and all(p.dtype == x.dtype and p.ndim == 1 for p in norm.parameters())
    )


def suit(x: torch.Tensor, *layers: nn.Module) -> bool:
    """Return whether x and all parameters are ordinary tensors of one device and dtype.

    Autocast makes them of one dtype, so under it any will do.
    """
    cast = torch.is_autocast_enabled("cpu")
    # a compiler cannot ask for the negation bit, which the registered kernels resolve
    is_ordinary = is_strided if torch.compiler.is_compiling() else is_dense
    return is_ordinary(x) and all(
        is_ordinary(p) and p.device == x.device and (cast or p.dtype == x.dtype)
        for layer in layers
        for p in layer.parameters(recurse=False)
    )


def has_shape(layer: Any, columns: int, channels: int) -> bool:
    """Return whether a linear layer takes so many channels to so many columns."""
    weight, bias = layer.weight, layer.bias
    return weight.shape == (columns, channels) and (bias is None or bias.shape == (columns,))
