"""The layers that are not torch's, channels last `(B, H, W, C)`: Cycle FC and the strided step."""

from __future__ import annotations

import torch
from timm.models import register_notrace_module
from torch import nn

from cyclemlp.ops.cycle_fc import cycle_fc
from cyclemlp.ops.offsets import check_phase, check_stepsize


# FX keeps the layer as a leaf: the operator reads sizes as numbers, which symbolic tracing has not
@register_notrace_module
class CycleFC(nn.Linear):
    """`cycle_fc` as a layer: a channel FC whose input channels look at different positions.

    Args:
        in_features: input channels `C`.
        out_features: output channels.
        bias: whether there is one.
        stepsize: `(S_H, S_W)`; `(1, S)` moves along the width, `(S, 1)` along the height.
        phase: `"released"` or `"paper"`, see `cyclemlp.ops.cycle_offsets`.
        device: where the parameters are created.
        dtype: of the parameters.

    Shape:
        `(B, H, W, in_features)` to `(B, H, W, out_features)`, any H and W.

    Raises:
        ValueError: a stepsize that is not two positive integers, or an unknown phase.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        stepsize: tuple[int, int] = (1, 3),
        phase: str = "released",
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        self.stepsize: tuple[int, int] = check_stepsize(stepsize)
        check_phase(phase)
        self.phase = phase
        super().__init__(in_features, out_features, bias, device=device, dtype=dtype)

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """`(B, H, W, in_features)` to `(B, H, W, out_features)`."""
        return cycle_fc(input, self.weight, self.bias, self.stepsize, self.phase)

    def extra_repr(self) -> str:
        """What printing the layer shows."""
        return f"{super().extra_repr()}, stepsize={self.stepsize}, phase={self.phase!r}"


class ConvLast(nn.Module):
    """A convolution on channels-last features: the strided step into a stage.

    Padding is the released network's and floors: 225 px through the stem give 56 columns.

    Args:
        in_chans: input channels.
        out_chans: output channels.
        kernel_size: side of the kernel in pixels.
        stride: in pixels.
        padding: zeros on each side, in pixels.
        device: where the parameters are created.
        dtype: of the parameters.

    Shape:
        `(B, H, W, in_chans)` to `(B, H', W', out_chans)`,
        `H' = ⌊(H + 2·padding - kernel_size) / stride⌋ + 1`.
    """

    def __init__(
        self,
        in_chans: int,
        out_chans: int,
        kernel_size: int,
        stride: int,
        padding: int,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(
            in_chans, out_chans, kernel_size, stride, padding, device=device, dtype=dtype
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """`(B, H, W, in_chans)` to `(B, H', W', out_chans)`."""
        # an image batch comes channels first: turned here it is a few channels, after it many
        x = x.permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)
        return self.conv(x).permute(0, 2, 3, 1)
