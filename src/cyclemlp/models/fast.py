"""When a mixer or block may take the operators' fused paths instead of calling its layers.

The layers one by one are the definition. Exporters, tracers and counters see them, and compilers
too where no kernel serves.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from timm.layers import DropPath, Mlp
from torch import nn
from torch.autograd import forward_ad
from torch.nn.modules import module as nn_module

from cyclemlp.ops.cpu import library
from cyclemlp.ops.plain.mixing import Branch


def is_compiled_on_cpu(x: torch.Tensor) -> bool:
    """Whether torch.compile sees this call, on the CPU, in inference: it may call kernels.

    Exported graphs are for other runtimes; autocast and derivatives know ordinary operators.
    """
    return (
        torch.compiler.is_dynamo_compiling()
        and not torch.compiler.is_exporting()
        and not torch.is_grad_enabled()
        and x.device.type == "cpu"
        and not torch.is_autocast_enabled("cpu")
        and forward_ad._current_level < 0  # kernels have no tangents
    )


@torch.compiler.assume_constant_result
def kernels_serve(dtype: torch.dtype, stepsize: int = 1) -> bool:
    """Whether this CPU has kernels for a dtype and stepsize; compilers ask once."""
    return library.why_not(dtype, stepsize) is None


def are_untouched(*layers: nn.Module) -> bool:
    """Whether calling these layers would do nothing but compute.

    No hooks anybody added, to them or to all modules, and no other ``forward`` put in the place of
    theirs, as offloading does.
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
    """Whether layers are of exactly these types: a subclass may compute something else."""
    return [type(layer) for layer in layers] == list(types)


def does_nothing(layer: nn.Module) -> bool:
    """Whether a layer hands on what it is given, as dropout does when it is off."""
    if isinstance(layer, nn.Dropout | DropPath):
        probability = layer.p if isinstance(layer, nn.Dropout) else layer.drop_prob
        off = not layer.training or not probability
        return off and type(layer) in (nn.Dropout, DropPath) and are_untouched(layer)
    return type(layer) is nn.Identity and are_untouched(layer)


def is_plain_mlp(mlp: nn.Module, x: torch.Tensor, columns: int) -> bool:
    """Whether calling this module is ``fc2(GELU(fc1(x)))``, with biases, and nothing else.

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
    """Whether a module normalizes the channels of each position by itself, in x's dtype."""
    return (
        type(norm) is nn.LayerNorm
        and norm.normalized_shape == (x.shape[-1],)
        and are_untouched(norm)
        and suit(x, norm)
        and all(p.dtype == x.dtype and p.ndim == 1 for p in norm.parameters())
    )


def suit(x: torch.Tensor, *layers: nn.Module) -> bool:
    """Whether all parameters are plain tensors beside x, of its dtype or made so by autocast."""
    cast = torch.is_autocast_enabled("cpu")
    return all(
        type(p) in (torch.Tensor, nn.Parameter)
        and p.device == x.device
        and (cast or p.dtype == x.dtype)
        for layer in layers
        for p in layer.parameters(recurse=False)
    )


def has_shape(layer: Any, columns: int, channels: int) -> bool:
    """Whether a linear layer takes so many channels to so many."""
    weight, bias = layer.weight, layer.bias
    return weight.shape == (columns, channels) and (bias is None or bias.shape == (columns,))


def operands(layer: Any, dtype: torch.dtype) -> Branch:
    """A linear layer's weight and bias in a dtype."""
    bias = layer.bias
    return layer.weight.to(dtype), None if bias is None else bias.to(dtype)
