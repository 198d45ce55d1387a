"""Equal numbers of parameters for networks that differ in their token mixer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cyclemlp.models.mixers import MixerOptions, create_mixer


class StageSize(NamedTuple):
    """What decides the parameters of the blocks of a stage.

    Attributes:
        dim: channels.
        depth: blocks.
        mlp_ratio: MLP width over channels.
        options: of the mixer.
    """

    dim: int
    depth: int
    mlp_ratio: float
    options: MixerOptions


def equal_mlp_ratios(mixer: str, stages: Sequence[StageSize]) -> tuple[float, ...]:
    """Return the MLP ratios that give a network as many parameters as one of Cycle FCs.

    All widths are those of the given ratios times one factor, rounded. The counts then differ by
    less than 1 %: for `cyclemlp_nano` by less than 0.1 %.

    Args:
        mixer: a name in `cyclemlp.models.mixers.MIXERS`.
        stages: of the network; the ratios are those of the network of Cycle FCs.

    Returns:
        The ratio of MLP width to channels of each stage.

    Raises:
        ValueError: the mixers alone have more parameters than that network.
    """
    ours, theirs = (
        sum(s.depth * _parameters(name, s.dim, s.options) for s in stages)
        for name in (mixer, "cycle")
    )
    mlps = sum(s.depth * int(s.dim * s.mlp_ratio) * (2 * s.dim + 1) for s in stages)
    factor = 1 + (theirs - ours) / mlps
    widths = [round(factor * int(s.dim * s.mlp_ratio)) for s in stages]
    if min(widths) < 1:
        raise ValueError(
            f"mixer={mixer!r} at this size has {ours:,} parameters, more than the mixers and MLPs "
            f"of the Cycle FC network together, {theirs + mlps:,}; equal parameters are not "
            "possible. A spatial FC grows with the square of the pixels: choose a smaller img_size "
            "(the default is 224), or allow more parameters with equal_params=False."
        )
    # half a channel more, because the block rounds down
    return tuple((width + 0.5) / s.dim for width, s in zip(widths, stages, strict=True))


def _parameters(mixer: str, dim: int, options: MixerOptions) -> int:
    module = create_mixer(mixer, dim, options, device="meta")
    return sum(p.numel() for p in module.parameters())
