"""Other operators in the place of the Cycle FC."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from timm.layers import Mlp
from torch import nn
from torchvision.ops import deform_conv2d

from cyclemlp.models.layers import CycleFC
from cyclemlp.ops.offsets import cycle_offsets


class DeformableFC(nn.Module):
    """The authors' implementation: a deformable 1×1 convolution with constant offsets.

    Args:
        layer: the `CycleFC` whose parameters it shares.
    """

    def __init__(self, layer: Any) -> None:
        super().__init__()
        self.weight, self.bias = layer.weight, layer.bias
        offsets = cycle_offsets(layer.in_features, layer.stepsize, layer.phase)
        self.register_buffer("offset", offsets.flatten()[None, :, None, None].to(self.weight))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map `(B, H, W, C)` to `(B, H, W, C_out)`."""
        # The buffer is cast with the weights; offsets are small integers, exact in any dtype.
        offset = self.get_buffer("offset").expand(len(x), -1, *x.shape[1:3])
        return self._deformed(x, offset, self.weight, self.bias)

    def _deformed(self, x: torch.Tensor, offset: torch.Tensor, weight: Any, bias: Any) -> Any:
        y = deform_conv2d(x.permute(0, 3, 1, 2), offset, weight[:, :, None, None], bias)
        return y.permute(0, 2, 3, 1)


class DefinitionFC(DeformableFC):
    """The same in every dtype: the reference of the Cycle FC.

    torchvision's operator has no bfloat16, so this computes in float32 and casts the result, which
    rounds it as a matrix product does.
    """

    def _deformed(self, x: torch.Tensor, offset: torch.Tensor, weight: Any, bias: Any) -> Any:
        bias = None if bias is None else bias.float()
        return super()._deformed(x.float(), offset.float(), weight.float(), bias).to(x.dtype)


class RolledFC(nn.Module):
    """The plain definition of an axial shift: pad, roll chunks of channels, and cut, in NCHW.

    Args:
        layer: the `ShiftFC` of an `AxialShift` whose parameters it shares.
    """

    def __init__(self, layer: Any) -> None:
        super().__init__()
        self.weight, self.bias = layer.weight, layer.bias
        self.table = layer.table
        self.pad = max(abs(n) for offset in self.table.period for n in offset)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map `(B, H, W, C)` to `(B, H, W, C_out)`."""
        x, (height, width) = x.permute(0, 3, 1, 2), x.shape[1:3]
        groups = list(dict.fromkeys(self.table.whole))
        padded = F.pad(x, [self.pad] * 4)
        pairs = zip(padded.chunk(len(groups), 1), groups, strict=True)
        moved = torch.cat([chunk.roll((-di, -dj), (2, 3)) for chunk, (di, dj) in pairs], 1)
        moved = moved.narrow(2, self.pad, height).narrow(3, self.pad, width)
        return F.conv2d(moved, self.weight[:, :, None, None], self.bias).permute(0, 2, 3, 1)


def channel_fc(layer: Any) -> nn.Linear:
    """Return a channel FC that shares the weights of a `CycleFC`: the arithmetic without shifts."""
    linear = nn.Linear(layer.in_features, layer.out_features, device="meta")
    linear.weight, linear.bias = layer.weight, layer.bias
    return linear


def with_operator(
    network: nn.Module, replace: Callable[[Any], nn.Module], kind: type[nn.Module] = CycleFC
) -> nn.Module:
    """Return a copy of a network with every Cycle FC, or layer of another kind, replaced.

    Args:
        network: the network to copy.
        replace: returns the module that replaces a layer.
        kind: type of the layers.
    """
    network = copy.deepcopy(network)
    for parent in list(network.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, kind):
                setattr(parent, name, replace(child))
    return network


def layer_by_layer(network: nn.Module) -> nn.Module:
    """Disable the fused MLPs of a network, since the authors' network calls its layers one by one.

    Mixers disable their fused path if one of their operators is replaced.
    """
    for module in network.modules():
        if isinstance(module, Mlp):
            module.act = nn.Sequential(module.act)  # the fused path requires a plain GELU
    return network
