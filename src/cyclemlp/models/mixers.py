"""The token mixers of `CycleMLP`; a new mixer is a file beside this one and a line here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import nn

from cyclemlp.models.axial import AxialShift
from cyclemlp.models.channel import ChannelMixer
from cyclemlp.models.mixer import CycleMixer
from cyclemlp.models.spatial import Grid, SpatialMixer


@dataclass(frozen=True)
class MixerOptions:
    """The arguments of `CycleMLP` that a mixer may use; see there.

    Attributes:
        stepsize: `S` of the branches `(1, S)` and `(S, 1)`, or a pair for 2-D branches; the number
            of groups of an axial shift.
        fusion: how branches are combined.
        phase: where the cycles of channels start.
        proj_drop: dropout after the projection.
        grid: rows and columns of the maps; only the spatial mixer uses it.
    """

    stepsize: int | tuple[int, int]
    fusion: str
    phase: str
    proj_drop: float
    grid: Grid


def _cycle(dim: int, options: MixerOptions, **dd: Any) -> nn.Module:
    return CycleMixer(dim, options.stepsize, options.fusion, options.phase, options.proj_drop, **dd)


def _channel(dim: int, options: MixerOptions, **dd: Any) -> nn.Module:
    return ChannelMixer(dim, options.proj_drop, **dd)


def _spatial(dim: int, options: MixerOptions, **dd: Any) -> nn.Module:
    return SpatialMixer(dim, options.grid, options.proj_drop, **dd)


def _axial(dim: int, options: MixerOptions, **dd: Any) -> nn.Module:
    if not isinstance(options.stepsize, int):
        raise ValueError(
            f"mixer='axial' takes one stepsize, the number of groups along each axis; received "
            f"{options.stepsize!r}. AS-MLP uses 5; 3 reads as far as the default Cycle FC."
        )
    return AxialShift(dim, options.stepsize, options.proj_drop, **dd)


MIXERS: dict[str, Callable[..., nn.Module]] = {
    "cycle": _cycle,
    "channel": _channel,
    "spatial": _spatial,
    "axial": _axial,
}
"""Functions of `(dim, options, device=…, dtype=…)` that create a module, which maps `(B, H, W, C)`
to the same shape."""


def create_mixer(name: str, dim: int, options: MixerOptions, **dd: Any) -> nn.Module:
    """Create a token mixer.

    Args:
        name: one of `MIXERS`.
        dim: channels `C`.
        options: see `MixerOptions`.
        **dd: device and dtype of the parameters.

    Raises:
        ValueError: there is no such mixer, or it does not accept the options.
    """
    if name not in MIXERS:
        raise ValueError(
            f"mixer must be one of {', '.join(map(repr, MIXERS))}; received {name!r}. Use 'cycle' "
            "for the published models, the others to compare with."
        )
    return MIXERS[name](dim, options, **dd)
