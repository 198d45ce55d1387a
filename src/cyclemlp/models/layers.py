"""Cycle FC, the branch weights and the strided convolution, channels last `(B, H, W, C)`."""

from __future__ import annotations

import math

import torch
from timm.models import register_notrace_module
from torch import nn

from cyclemlp.ops.cycle_fc import cycle_fc
from cyclemlp.ops.layout import to_channels_first
from cyclemlp.ops.offsets import check_phase, check_stepsize


class WeightAndBias(nn.Module):
    """The parameters of `torch.nn.Linear`: names, shapes and initial values, bit for bit.

    Not a subclass of it: tools that replace linear layers, for quantization or adapters, would
    compute another function.

    Args:
        in_features: input channels `C`.
        out_features: output channels.
        bias: whether there is a bias.
        device: where the parameters are created.
        dtype: of the parameters.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        self.in_features = in_features
        self.out_features = out_features
        self.weight = nn.Parameter(
            torch.empty(out_features, in_features, device=device, dtype=dtype)
        )
        self.bias: nn.Parameter | None = None
        if bias:
            self.bias = nn.Parameter(torch.empty(out_features, device=device, dtype=dtype))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weight and bias from U(-1/√C, 1/√C)."""
        nn.init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            bound = 1 / math.sqrt(self.in_features) if self.in_features else 0.0
            nn.init.uniform_(self.bias, -bound, bound)

    def extra_repr(self) -> str:
        """Return the arguments that printing the layer shows."""
        return (
            f"in_features={self.in_features}, out_features={self.out_features}, "
            f"bias={self.bias is not None}"
        )


# A leaf for FX: the operator reads sizes as numbers, which symbolic tracing does not have.
@register_notrace_module
class CycleFC(WeightAndBias):
    """`cycle_fc` as a layer: a channel FC whose input channels read different positions.

    Args:
        in_features: input channels `C`.
        out_features: output channels.
        bias: whether to add a bias.
        stepsize: `(S_H, S_W)`; `(1, S)` shifts along the width, `(S, 1)` along the height.
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
        super().__init__(in_features, out_features, bias, device, dtype)
        self.stepsize: tuple[int, int] = check_stepsize(stepsize)
        check_phase(phase)
        self.phase = phase

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """Map `(B, H, W, in_features)` to `(B, H, W, out_features)`."""
        return cycle_fc(input, self.weight, self.bias, self.stepsize, self.phase)

    def extra_repr(self) -> str:
        """Return the arguments that printing the layer shows."""
        return f"{super().extra_repr()}, stepsize={self.stepsize}, phase={self.phase!r}"


def branch_weights(logits: torch.Tensor) -> torch.Tensor:
    """Turn the logits of three branches into weights that add up to 1 for each channel.

    Args:
        logits: `(B, 3C)`; the three of a channel are neighbours, as in the released weights.

    Returns:
        `(3, B, C)`.
    """
    # `stack` makes a copy in which channels are neighbours: compiled code multiplies whole maps by
    # it, vectorized, and the mixer is 1.2 to 1.7 times as fast in bfloat16 on CPU as with views
    return torch.stack(logits.unflatten(1, (-1, 3)).softmax(2).unbind(2))


class ConvLast(nn.Module):
    """A convolution on channels-last features, for the stem and between stages.

    Output sizes are floored as in the released network: the stem maps 225 px to 56 columns.

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
        """Map `(B, H, W, in_chans)` to `(B, H', W', out_chans)`."""
        # permuting before the convolution is cheap: the input has few channels
        return self.conv(to_channels_first(x)).permute(0, 2, 3, 1)
