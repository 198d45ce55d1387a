"""What a mixer's kernel takes: its parameters and settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import torch

from cyclemlp.ops.cpu.calling import Linear, Norm, parameters


class MixerTensors(NamedTuple):
    """The parameters of a mixer, in the order of `struct mixer` (`csrc/mixer_plan.h`).

    Every parameter is a tensor, or None if the mixer does not have it.
    """

    norm_weight: Any
    norm_bias: Any
    width: Any
    height: Any
    channel: Any
    width_bias: Any
    height_bias: Any
    weight1: Any
    bias1: Any
    weight2: Any
    bias2: Any
    proj: Any
    proj_bias: Any


@dataclass(frozen=True)
class MixerLayers:
    """The parameters and settings of a mixer.

    Attributes:
        width: along the width, from C channels to C.
        height: along the height.
        channel: the channel FC's weight.
        reweight: the MLP that computes branch weights from means, None for a plain sum.
        proj: the projection after the branches.
        stepsize: `S`, at most `MOST_POSITIONS`.
        phase: see `cyclemlp.ops.cycle_offsets`.
        norm: a layer norm before the branches, or None.
        residual: a tensor that the result is added to, or None.
    """

    width: Linear
    height: Linear
    channel: torch.Tensor
    reweight: tuple[Linear, Linear] | None
    proj: Linear
    stepsize: int
    phase: str
    norm: Norm | None = None
    residual: torch.Tensor | None = None

    @property
    def reduced(self) -> int:
        """Hidden width of the MLP for branch weights; 0 if there is none."""
        return len(self.reweight[0][0]) if self.reweight else 0

    def tensors(self) -> MixerTensors:
        """Return all parameters."""
        (weight1, bias1), (weight2, bias2) = self.reweight or ((None, None), (None, None))
        norm_weight, norm_bias = parameters(self.norm)
        return MixerTensors(
            norm_weight=norm_weight,
            norm_bias=norm_bias,
            width=self.width[0],
            height=self.height[0],
            channel=self.channel,
            width_bias=self.width[1],
            height_bias=self.height[1],
            weight1=weight1,
            bias1=bias1,
            weight2=weight2,
            bias2=bias2,
            proj=self.proj[0],
            proj_bias=self.proj[1],
        )
