"""The axial shift of AS-MLP as a token mixer, channels last `(B, H, W, C)`."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from timm.models import register_notrace_module
from torch import nn

from cyclemlp.models.layers import WeightAndBias
from cyclemlp.ops.plain.eager import shift_fc_eager
from cyclemlp.ops.shift_fc import shift_fc
from cyclemlp.ops.tables import axial_offsets, table_of


# A leaf for FX: the operator reads sizes as numbers, which symbolic tracing does not have.
@register_notrace_module
class ShiftFC(WeightAndBias):
    """`shift_fc` as a layer: a channel FC whose input channels read the positions of a table.

    Args:
        in_features: input channels `C`.
        out_features: output channels.
        offsets: `(C, 2)`, see `cyclemlp.ops.shift_fc`.
        bias: whether to add a bias.
        device: where the parameters are created.
        dtype: of the parameters.

    Shape:
        `(B, H, W, in_features)` to `(B, H, W, out_features)`, any H and W.

    Raises:
        ValueError: a table that is not one pair of integers for each channel.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        offsets: torch.Tensor,
        bias: bool = True,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__(in_features, out_features, bias, device, dtype)
        self.table = table_of(offsets, in_features)
        self.slices: list[tuple[int, int, int, int, int]] = self.table.slices()  # for TorchScript

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """Map `(B, H, W, in_features)` to `(B, H, W, out_features)`."""
        if torch.jit.is_scripting():
            return shift_fc_eager(input, self.weight, self.bias, self.slices)
        else:  # TorchScript compiles only the branch above
            return shift_fc(input, self.weight, self.bias, self.table)

    def extra_repr(self) -> str:
        """Return the arguments that printing the layer shows."""
        offsets = sorted(set(self.table.period))
        return f"{super().extra_repr()}, offsets from {offsets[0]} to {offsets[-1]}"


class ImageNorm(nn.Module):
    """Group norm of one group, channels last: an image is normalized over positions and channels.

    Args:
        dim: channels `C`.
        eps: added to the variance.
        device: where the parameters are created.
        dtype: of the parameters.

    Shape:
        `(B, H, W, C)` to the same.
    """

    def __init__(
        self,
        dim: int,
        eps: float = 1e-5,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(dim, device=device, dtype=dtype))
        self.bias = nn.Parameter(torch.zeros(dim, device=device, dtype=dtype))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map `(B, H, W, C)` to the same shape."""
        # nested, because TorchScript compiles both operands of `and`
        if not torch.jit.is_scripting():  # noqa: SIM102
            if torch.compiler.is_exporting():  # group_norm adds guards that a side is not 1
                return F.layer_norm(x, x.shape[1:], eps=self.eps) * self.weight + self.bias
        x = x.permute(0, 3, 1, 2)
        return F.group_norm(x, 1, self.weight, self.bias, self.eps).permute(0, 2, 3, 1)


class AxialShift(nn.Module):
    """Token mixing by AS-MLP: two channel FCs over groups of channels that are shifted.

    One shifts along the width, the other along the height; a channel FC precedes and one follows.
    Modules have the names of the authors' code, where `conv2_1` shifts along the width.

    Args:
        dim: channels `C`.
        shift_size: `S`, the number of groups; see `cyclemlp.ops.axial_offsets`.
        proj_drop: dropout after the last channel FC.
        device: where the parameters are created.
        dtype: of the parameters.

    Shape:
        `(B, H, W, C)` to the same.

    Raises:
        ValueError: a shift size that is not a positive integer.

    Source:
        Lian et al., "AS-MLP: An Axial Shifted MLP Architecture for Vision", ICLR 2022, section
        3.2, and its released code.
    """

    def __init__(
        self,
        dim: int,
        shift_size: int = 5,
        proj_drop: float = 0.0,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        width, height = (axial_offsets(dim, shift_size, axis) for axis in ("width", "height"))
        self.conv1 = nn.Linear(dim, dim, device=device, dtype=dtype)
        self.norm1 = ImageNorm(dim, device=device, dtype=dtype)
        self.act = nn.GELU()
        self.conv2_1 = ShiftFC(dim, dim, width, device=device, dtype=dtype)
        self.conv2_2 = ShiftFC(dim, dim, height, device=device, dtype=dtype)
        self.norm2 = ImageNorm(dim, device=device, dtype=dtype)
        self.conv3 = nn.Linear(dim, dim, device=device, dtype=dtype)
        self.proj_drop = nn.Dropout(proj_drop)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map `(B, H, W, C)` to the same shape."""
        x = self.act(self.norm1(self.conv1(x)))
        x = self.act(self.conv2_1(x)) + self.act(self.conv2_2(x))
        return self.proj_drop(self.conv3(self.norm2(x)))
