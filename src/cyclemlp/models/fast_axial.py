"""The fused path of an AS-MLP block for inference on the CPU: when it applies, and the calls.

Products take most of an AS-MLP block's time. The rest is new memory, which the system clears at the
first access, and passes over it. The kernels normalize, shift and activate rows that are in the
cache for a product. Without kernels, products are written to memory that is used again and the
MLP's hidden activation to a few rows that stay in the cache.

`block` uses the attributes that `AxialBlock` has, and does not import it; see `fast.py`.
"""

from __future__ import annotations

from typing import Any

import torch
from timm.layers import DropPath
from torch import nn

from cyclemlp.models.axial import ImageNorm, ShiftFC
from cyclemlp.models.fast_operands import are_available, mlp_operands, operands, planned
from cyclemlp.models.untouched import (
    are_untouched,
    does_nothing,
    has_shape,
    have_types,
    is_plain_mlp,
    suit,
)
from cyclemlp.ops.cpu import kernels
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
    if torch.is_grad_enabled() or not is_eager_on_cpu(x):
        return None
    if (y := planned(layers, x)) is not None:
        return y
    if not _is_plain(layers, x):
        return None
    if _has_kernels(layers, x):
        mixer, mlp = kernels.AxialMixer(_mixer_layers(layers), pack=False), layers.mlp
        fc1, fc2 = mlp_operands(mlp, x.dtype)
        return kernels.add_feed_forward_(mixer(x), layers.norm2, fc1, fc2, images=True)
    return _operators(layers, x)


def packed_kernels(
    layers: Any, x: torch.Tensor
) -> tuple[kernels.AxialMixer, kernels.PackedFeedForward] | None:
    """Return both kernels of a block for inputs such as x, with weights packed, or None.

    Args:
        layers: the block.
        x: `(B, H, W, C)`, of the dtype of the parameters.
    """
    if not _is_plain(layers, x) or not _has_kernels(layers, x):
        return None
    mlp = mlp_operands(layers.mlp, x.dtype)
    packed = kernels.PackedFeedForward(layers.norm2, *mlp, images=True)
    return kernels.AxialMixer(_mixer_layers(layers)), packed


def _mixer_layers(layers: Any) -> kernels.AxialLayers:
    mixer = layers.axial_shift
    dtype = mixer.conv1.weight.dtype
    return kernels.AxialLayers(
        norms=(layers.norm1, mixer.norm1, mixer.norm2),
        products=(
            operands(mixer.conv1, dtype),
            operands(mixer.conv2_1, dtype),
            operands(mixer.conv2_2, dtype),
            operands(mixer.conv3, dtype),
        ),
        slices=(tuple(mixer.conv2_1.slices), tuple(mixer.conv2_2.slices)),
    )


def _operators(layers: Any, x: torch.Tensor) -> torch.Tensor:
    """Compute the block by torch's operators."""
    mixer, x = layers.axial_shift, x.contiguous()  # results are written into views of rows
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


def _has_kernels(layers: Any, x: torch.Tensor) -> bool:
    """Return whether kernels compute the block, whose other layers are plain."""
    mixer, channels = layers.axial_shift, x.shape[3]
    norms = (layers.norm1, mixer.norm1, mixer.norm2, layers.norm2)
    return (
        are_available(x.dtype)
        and have_types(norms, *[ImageNorm] * len(norms))
        and are_untouched(*norms)
        and all(norm.weight.shape == norm.bias.shape == (channels,) for norm in norms)
    )


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
