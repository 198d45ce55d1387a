"""The fused path of an AS-MLP block for inference on the CPU: when it applies, and the calls.

Products take most of an AS-MLP block's time. The rest is new memory, which the system clears at the
first access, and passes over it. This path writes products
to memory that is used again and the MLP's hidden activation to a few rows that stay in the cache.

`block` uses the attributes that `AxialBlock` has, and does not import it; see `fast.py`.
"""

from __future__ import annotations

from typing import Any

import torch
from timm.layers import DropPath
from torch import nn

from cyclemlp.models.axial import ShiftFC
from cyclemlp.models.untouched import (
    are_untouched,
    does_nothing,
    has_shape,
    have_types,
    is_plain_mlp,
    suit,
)
from cyclemlp.ops.plain.eager import shift
from cyclemlp.ops.plain.feed_forward import add_mlp_
from cyclemlp.ops.precision import computing_dtype
from cyclemlp.ops.tracing import is_eager_on_cpu


def block(layers: Any, x: torch.Tensor) -> torch.Tensor | None:
    """Compute an `AxialBlock` for inference on the CPU, or return None if that does not apply.

    Args:
        layers: the block.
        x: `(B, H, W, C)`.
    """
    if torch.is_grad_enabled() or not is_eager_on_cpu(x) or not _is_plain(layers, x):
        return None
    mixer = layers.axial_shift
    y = layers.norm1(x)
    y = mixer.norm1(_linear(y, mixer.conv1, torch.empty_like(y)))
    torch.ops.aten.gelu_(y)
    mixed = _branches(y, mixer)
    x = x + _linear(mixer.norm2(mixed), mixer.conv3, y)
    fc1, fc2 = layers.mlp.fc1, layers.mlp.fc2
    return add_mlp_(x, layers.norm2(x), (fc1.weight, fc1.bias), (fc2.weight, fc2.bias))


def _branches(y: torch.Tensor, mixer: Any) -> torch.Tensor:
    """Compute the sum of both shifted branches, `(B, H, W, C)`."""
    moved = shift(y, mixer.conv2_1.slices)
    total = torch.ops.aten.gelu_(_linear(moved, mixer.conv2_1, torch.empty_like(y)))
    moved = shift(y, mixer.conv2_2.slices, out=moved)
    return total.add_(torch.ops.aten.gelu_(_linear(moved, mixer.conv2_2, y)))


def _linear(x: torch.Tensor, layer: Any, out: torch.Tensor) -> torch.Tensor:
    """Compute a linear layer of x `(B, H, W, C)` into `out`, of the same shape and contiguous."""
    flat = out.view(-1, out.shape[3])
    torch.addmm(layer.bias, x.reshape(flat.shape), layer.weight.T, out=flat)
    return out


def _is_plain(layers: Any, x: torch.Tensor) -> bool:
    """Return whether the layers are those that `AxialBlock` creates, in the dtype of x."""
    mixer, channels = layers.axial_shift, x.shape[3]
    linear = (mixer.conv1, mixer.conv2_1, mixer.conv2_2, mixer.conv3)
    norms = (layers.norm1, mixer.norm1, mixer.norm2, layers.norm2)
    return (
        x.dtype in (torch.float32, torch.float64)
        and computing_dtype(x) == x.dtype
        and have_types((mixer.conv1, mixer.conv3, mixer.act), nn.Linear, nn.Linear, nn.GELU)
        and have_types((mixer.conv2_1, mixer.conv2_2), ShiftFC, ShiftFC)
        and mixer.act.approximate == "none"
        and all(layer.bias is not None and has_shape(layer, channels, channels) for layer in linear)
        and suit(x, *linear, *norms)
        and are_untouched(mixer, mixer.act, *linear)
        and does_nothing(mixer.proj_drop)
        and type(layers.drop_path) in (DropPath, nn.Identity)
        and does_nothing(layers.drop_path)
        and is_plain_mlp(layers.mlp, x, channels)
    )
