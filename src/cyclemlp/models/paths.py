"""When a mixer or block may take the operators' fused paths instead of calling its layers.

The layers one by one are the definition, and what compilers, exporters, tracers and counters see.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from cyclemlp.ops.mixing import Branch


def are_untouched(*layers: nn.Module) -> bool:
    """Whether calling these layers would do nothing but compute: no hooks anybody added."""
    return not any(
        layer._forward_hooks
        or layer._forward_pre_hooks
        or layer._backward_hooks
        or layer._backward_pre_hooks
        for layer in layers
    )


def computing_dtype(x: torch.Tensor) -> torch.dtype:
    """In which dtype layers compute on x, autocast considered."""
    return torch.get_autocast_dtype("cpu") if torch.is_autocast_enabled("cpu") else x.dtype


def have_dtype(dtype: torch.dtype, *layers: nn.Module) -> bool:
    """Whether all parameters are of this dtype, or autocast would make them so."""
    if torch.is_autocast_enabled("cpu"):
        return True
    return all(p.dtype == dtype for layer in layers for p in layer.parameters(recurse=False))


def operands(layer: Any, dtype: torch.dtype) -> Branch:
    """A linear layer's weight and bias in a dtype."""
    bias = layer.bias
    return layer.weight.to(dtype), None if bias is None else bias.to(dtype)
