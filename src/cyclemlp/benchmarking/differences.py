"""Relative differences between tensors."""

from __future__ import annotations

from collections.abc import Iterable

import torch

_NEGLIGIBLE = 1e-2  # of the typical value


def differences(got: Iterable[torch.Tensor], expected: Iterable[torch.Tensor]) -> list[float]:
    """Return the distance of each tensor to the expected one, relative to the latter's norm.

    The rounding errors of a tensor that ought to be zero are as large as the tensor itself. If the
    values of a tensor are below 1% of the typical value of all tensors, its distance is therefore
    relative to that 1%. The computation is in float64.

    Args:
        got: the tensors to check.
        expected: the tensors to compare with, in the same order.
    """
    pairs = [(g.double(), e.double()) for g, e in zip(got, expected, strict=True)]
    many = sum(e.numel() for _, e in pairs)
    typical = (sum(e.square().sum().item() for _, e in pairs) / many) ** 0.5
    return [_relative(g, e, _NEGLIGIBLE * typical * e.numel() ** 0.5) for g, e in pairs]


def _relative(got: torch.Tensor, expected: torch.Tensor, shortest: float) -> float:
    distance = (got - expected).norm().item()
    length = max(expected.norm().item(), shortest)
    return distance / length if length else float(distance > 0)
