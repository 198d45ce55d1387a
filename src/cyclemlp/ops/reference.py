"""The definitions of Cycle FC and of a shift by any table; not optimized."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from cyclemlp.ops.offsets import cycle_offsets
from cyclemlp.ops.tables import table_of


def cycle_fc_reference(
    x: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor | None = None,
    stepsize: tuple[int, int] = (1, 3),
    phase: str = "released",
) -> torch.Tensor:
    """Compute the equation of section 3.2 of the paper, one output position at a time.

    Args:
        x: `(B, H, W, C)`.
        weight: `(C_out, C)`.
        bias: `(C_out,)` or None.
        stepsize: `(S_H, S_W)`.
        phase: see `cycle_offsets`.

    Returns:
        `(B, H, W, C_out)`.
    """
    offsets = cycle_offsets(x.shape[3], stepsize, phase)
    return shift_fc_reference(x, weight, bias, offsets)


def shift_fc_reference(
    x: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor | None,
    offsets: torch.Tensor | Sequence[tuple[int, int]],
) -> torch.Tensor:
    """Compute the equation of section 3.2 for any offsets, one output position at a time.

        Y[b, i, j, :] = Σ_c X[b, i + δi(c), j + δj(c), c] · W[:, c] + bias

    X is 0 outside the image. Differentiable, so it defines the gradients too.

    Args:
        x: `(B, H, W, C)`.
        weight: `(C_out, C)`.
        bias: `(C_out,)` or None.
        offsets: `(C, 2)`, see `shift_fc`.

    Returns:
        `(B, H, W, C_out)`.
    """
    batch, height, width, channels = x.shape
    table = table_of(offsets, channels)
    rows = []
    for i in range(height):
        for j in range(width):
            y = x.new_zeros(batch, weight.shape[0])
            for c in range(channels):
                di, dj = table.period[c % table.length]
                if 0 <= i + di < height and 0 <= j + dj < width:
                    y = y + x[:, i + di, j + dj, c, None] * weight[:, c]
            rows.append(y if bias is None else y + bias)
    if not rows:
        return x.new_zeros(batch, height, width, weight.shape[0])
    return torch.stack(rows, dim=1).unflatten(1, (height, width))
